use std::fmt;

use serde::Deserialize;

/// A key or token. Never shows itself in `Debug`, and has no `Display`.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself: for a digest or a header, never for a log or a page.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it. An empty secret signs nothing and verifies nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_nothing_of_it() {
        let shown = format!(
            "{:?} {:#?}",
            Secret::new("hunter2"),
            Some(Secret::new("hunter2"))
        );
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
