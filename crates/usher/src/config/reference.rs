//! What there is to say about a key; the keys themselves stand in [`super::keys`].

/// How a key's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// Text that is never shown, and may be read from a file.
    Secret,
    /// Several secrets; in an environment variable set apart by commas.
    Secrets,
    Bool,
    Number,
    /// Several texts; in an environment variable set apart by commas.
    List,
}

impl Kind {
    /// Whether its value must not be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Secrets)
    }

    /// A value, written in the table as in the environment, as it is written in TOML.
    #[must_use]
    pub fn in_toml(self, value: &str) -> String {
        match self {
            Self::Bool | Self::Number => value.to_owned(),
            Self::Text | Self::Secret => format!("{value:?}"),
            Self::List | Self::Secrets => {
                let entries: Vec<String> = value
                    .split(',')
                    .filter(|entry| !entry.is_empty())
                    .map(|entry| format!("{entry:?}"))
                    .collect();
                format!("[{}]", entries.join(", "))
            }
        }
    }

    /// Its name in the reference.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Secret => "secret",
            Self::Secrets => "list of secrets",
            Self::Bool => "true or false",
            Self::Number => "number",
            Self::List => "list of texts",
        }
    }
}

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Its dotted name: `section.key`.
    pub name: &'static str,
    pub kind: Kind,
    /// As it would stand in the environment.
    pub default: Option<&'static str>,
    /// What is allowed, to follow "use".
    pub allowed: &'static str,
    /// What it is for.
    pub doc: &'static str,
}

impl Key {
    /// The environment variable that sets it.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("USHER_{}", self.name.replace('.', "__").to_uppercase())
    }
}

/// A row of the table.
pub(super) const fn key(
    name: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    allowed: &'static str,
    doc: &'static str,
) -> Key {
    Key {
        name,
        kind,
        default,
        allowed,
        doc,
    }
}
