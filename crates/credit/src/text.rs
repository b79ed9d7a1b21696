//! What people type about a proposal. Whoever types may name people: all of it is erasable.

use std::{fmt, str::FromStr};

use kernel::text::is_printable;

/// Longer ones are no purpose.
const LONGEST_PURPOSE: usize = 140;
/// Longer ones are an essay.
const LONGEST_NOTE: usize = 1000;

/// What the money is for, in one line, without the white space around it and what nobody sees. The customer reads it, too.
#[derive(Clone, PartialEq, Eq)]
pub struct Purpose(String);

/// What colleagues should know, in some lines, without the white space around it and what nobody sees. The customer never sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Note(String);

/// Why it can't be taken; a sentence for beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A purpose has to be there.
    #[error("Enter what the money is for: the customer and whoever decides ask for it.")]
    NoPurpose,
    /// It has more characters than the field takes.
    #[error("This purpose is too long: 140 characters at most. The note takes more.")]
    LongPurpose,
    /// It has line breaks or characters in it that nobody sees.
    #[error("This purpose has a character in it that can't be shown: write one line.")]
    UnprintablePurpose,
    /// It has more characters than the field takes.
    #[error("This note is too long: 1000 characters at most.")]
    LongNote,
    /// A character that nobody sees, other than a line break or a tab.
    #[error("This note has a character in it that can't be shown.")]
    UnprintableNote,
}

impl Purpose {
    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Purpose {
    type Err = TextError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = kernel::text::text(typed);
        if typed.is_empty() {
            Err(TextError::NoPurpose)
        } else if typed.chars().count() > LONGEST_PURPOSE {
            Err(TextError::LongPurpose)
        } else if !typed.chars().all(is_printable) {
            Err(TextError::UnprintablePurpose)
        } else {
            Ok(Self(typed))
        }
    }
}

impl Note {
    /// As it was typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// None when nothing but white space was typed.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn optional(typed: &str) -> Result<Option<Self>, TextError> {
        let typed = kernel::text::text(typed);
        let shown = |c: char| is_printable(c) || matches!(c, '\n' | '\r' | '\t');
        if typed.is_empty() {
            Ok(None)
        } else if typed.chars().count() > LONGEST_NOTE {
            Err(TextError::LongNote)
        } else if !typed.chars().all(shown) {
            Err(TextError::UnprintableNote)
        } else {
            Ok(Some(Self(typed)))
        }
    }
}

impl fmt::Debug for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Purpose(…)")
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Note, Purpose, TextError::*};

    #[test]
    fn a_purpose_is_one_printable_line_and_a_note_some() {
        let purpose = |typed: &str| -> Result<String, _> { typed.parse().map(|it: Purpose| it.0) };
        assert_eq!(purpose("  a new mill "), Ok("a new mill".to_owned()));
        assert_eq!(purpose(" \t"), Err(NoPurpose));
        assert_eq!(purpose(&"ü".repeat(140)), Ok("ü".repeat(140)));
        assert_eq!(purpose(&"x".repeat(141)), Err(LongPurpose));
        assert_eq!(purpose("a\nb"), Err(UnprintablePurpose));
        assert_eq!(purpose("a\u{202e}b\u{feff}"), Ok("ab".to_owned()));
        let note = |typed: &str| Note::optional(typed).map(|it| it.map(|note| note.0));
        assert_eq!(note(" \r\n "), Ok(None));
        assert_eq!(note(" two\r\nlines "), Ok(Some("two\r\nlines".to_owned())));
        assert_eq!(note(&"ü".repeat(1001)), Err(LongNote));
        assert_eq!(note("a\0b"), Err(UnprintableNote));
        assert_eq!(note("a\u{200b}b"), Ok(Some("ab".to_owned())));
        assert_eq!(note("\u{200b}\u{feff}"), Ok(None));
    }
}
