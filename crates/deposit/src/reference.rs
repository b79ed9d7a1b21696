//! What a deposit or withdrawal is known by outside: a wire's number, say.

use std::{fmt, str::FromStr};

use kernel::text::is_printable;

/// Longer ones are no reference.
const LONGEST: usize = 140;
/// Characters of which fewer find too much.
const SHORTEST_BEGINNING: usize = 3;

/// A typed reference, without the white space around it and what nobody sees. Whoever types one may name people: it is
/// erasable.
#[derive(Clone, PartialEq, Eq)]
pub struct Reference(String);

/// Why this is no reference; a sentence for beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It is empty. A form may leave it out: see [`Reference::optional`].
    #[error("Enter the reference.")]
    Missing,
    /// It has more characters than a reference may have.
    #[error("This reference is too long: 140 characters at most.")]
    TooLong,
    /// It has line breaks or characters in it that nobody sees.
    #[error("This reference has a character in it that can't be shown.")]
    Unprintable,
}

impl Reference {
    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it is compared by: in any case, however composed, with any blanks.
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.0)
    }

    /// None when nothing but white space was typed.
    ///
    /// # Errors
    /// [`ReferenceError`].
    pub fn optional(typed: &str) -> Result<Option<Self>, ReferenceError> {
        match typed.parse() {
            Ok(reference) => Ok(Some(reference)),
            Err(ReferenceError::Missing) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = kernel::text::text(typed);
        // Joiners between nothing are nothing.
        if key(&typed).is_empty() {
            Err(ReferenceError::Missing)
        } else if typed.chars().count() > LONGEST {
            Err(ReferenceError::TooLong)
        } else if !typed.chars().all(is_printable) {
            Err(ReferenceError::Unprintable)
        } else {
            Ok(Self(typed))
        }
    }
}

/// As [`Reference::key`], of what is stored.
pub(crate) fn key(stored: &str) -> String {
    kernel::text::folded(stored)
}

/// What the keys of references that begin so begin with; none of so little that it finds too much.
pub(crate) fn beginning(typed: &str) -> Option<String> {
    let key = key(typed);
    (key.chars().count() >= SHORTEST_BEGINNING).then_some(key)
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reference(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Reference, ReferenceError::*};

    #[test]
    fn a_reference_is_short_and_printable() {
        let optional = |typed: &str| {
            Reference::optional(typed).map(|found| found.map(|it| it.as_str().to_owned()))
        };
        assert_eq!(optional("  WIRE-1 "), Ok(Some("WIRE-1".to_owned())));
        assert_eq!(optional(" \t"), Ok(None));
        assert_eq!(optional(&"ü".repeat(140)), Ok(Some("ü".repeat(140))));
        assert_eq!(optional(&"x".repeat(141)), Err(TooLong));
        assert_eq!(optional("a\nb"), Err(Unprintable));
        assert_eq!(optional("a\0b"), Err(Unprintable));
        for unseen in ['\u{ad}', '\u{200b}', '\u{202e}', '\u{2060}', '\u{feff}'] {
            let typed = format!("{unseen}WIRE{unseen}-1{unseen}");
            assert_eq!(
                optional(&typed),
                Ok(Some("WIRE-1".to_owned())),
                "{unseen:?}"
            );
        }
        for broken in ['\u{2028}', '\u{2029}', '\u{e000}'] {
            let typed = format!("WIRE{broken}-1");
            assert_eq!(optional(&typed), Err(Unprintable), "{broken:?}");
        }
        assert_eq!(optional("\u{200d}\u{200b}"), Ok(None));
        let persian = "نامه\u{200c}ها";
        assert_eq!(optional(persian), Ok(Some(persian.to_owned())));
    }

    #[test]
    fn a_reference_is_compared_by_what_it_says() {
        let key = |typed: &str| typed.parse::<Reference>().map(|it| it.key());
        for same in ["wire-1 a", "WIRE-1\u{a0} A ", "Ｗire‑1\u{200d} a"] {
            assert_eq!(key(same), Ok("wire-1 a".to_owned()), "{same}");
        }
        assert_ne!(key("WIRE-1"), key("WIRE-10"));
    }
}
