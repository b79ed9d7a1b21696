//! What was typed into the search of everything. Each domain looks for what of its own it could be.

use uuid::Uuid;

use crate::text;

/// Characters of which more are nobody's name or address.
const LONGEST: usize = 254;
/// Digits of a public id, at most.
const DIGITS: usize = 18;
/// Digits of Sumsub's ids.
const APPLICANT: usize = 24;

/// What kind of thing was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Nothing to look for.
    Nothing,
    /// A UUID, in any of its forms.
    Id(Uuid),
    /// Digits: a public id above all, also a Telegram id or a part of something.
    Number(String),
    /// It looks like one of Sumsub's ids.
    Applicant(String),
    /// An e-mail address, a Telegram handle or link, or a part of one: nobody's name.
    Contact(String),
    /// Anything else: words of a name, a part of an e-mail address, an account, a reference.
    Words(String),
}

impl Sought {
    /// What was typed or pasted.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let typed: String = text::address(typed)
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        let typed = typed.trim();
        if !typed.chars().any(char::is_alphanumeric) {
            return Self::Nothing;
        }
        if let Ok(id) = Uuid::parse_str(typed) {
            return Self::Id(id);
        }
        let number = typed.trim_start_matches(['#', '№']).trim_start();
        if (1..=DIGITS).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) {
            return Self::Number(number.to_owned());
        }
        if typed.len() == APPLICANT && typed.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Self::Applicant(typed.to_ascii_lowercase());
        }
        let lower = typed.to_lowercase();
        let is_link = ["t.me/", "telegram.me/", "tg://"]
            .iter()
            .any(|place| lower.contains(place));
        if lower.contains('@') || is_link {
            return Self::Contact(typed.to_owned());
        }
        // A letter of an alphabet begins half of all names; one of another script may be a whole one.
        if typed.is_ascii() && typed.len() < 2 {
            return Self::Nothing;
        }
        Self::Words(typed.to_owned())
    }

    /// What is looked for in texts; none when an id was typed that stands in none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Nothing | Self::Id(_) => None,
            Self::Number(text)
            | Self::Applicant(text)
            | Self::Contact(text)
            | Self::Words(text) => Some(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Sought::{self, *};

    #[test]
    fn what_was_typed_has_a_kind() {
        let id = "0198c0de-0000-7000-8000-000000000000";
        for typed in [
            id.to_owned(),
            id.to_uppercase(),
            format!("{{{id}}}"),
            format!("\u{a0}{id}\u{200b}\n"),
        ] {
            assert_eq!(Sought::parse(&typed), Id(id.parse().unwrap()), "{typed}");
        }
        for typed in ["100001", " 100001 ", "#100001", "№ 100001", "１００００１"] {
            assert_eq!(Sought::parse(typed), Number("100001".to_owned()), "{typed}");
        }
        assert_eq!(
            Sought::parse("65F1A2B3C4D5E6F708192A3B"),
            Applicant("65f1a2b3c4d5e6f708192a3b".to_owned())
        );
        for typed in [
            "ada@bank.example",
            "@ada",
            "https://t.me/ada",
            "tg://resolve?domain=ada",
        ] {
            assert_eq!(Sought::parse(typed), Contact(typed.to_owned()));
        }
        for typed in [
            "Ada Lovelace",
            "DEP-100001",
            "WIRE-1",
            "李",
            "O'Brien",
            "50%",
            "a_b",
            "ad",
        ] {
            assert_eq!(Sought::parse(typed), Words(typed.to_owned()));
        }
        for typed in ["", " \u{200b}\t", "%", "_", "'\"--", "a", "\0", "@"] {
            assert_eq!(Sought::parse(typed), Nothing, "{typed:?}");
        }
        // Too long for a public id.
        assert!(matches!(Sought::parse(&"1".repeat(19)), Words(_)));
        assert_eq!(Sought::parse("a\0da"), Words("ada".to_owned()));
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_breaks_it(typed in any::<String>()) {
            if let Some(text) = Sought::parse(&typed).text() {
                prop_assert!(!text.contains('\0') && text.trim() == text && !text.is_empty());
            }
        }
    }
}
