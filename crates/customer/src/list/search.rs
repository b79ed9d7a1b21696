//! What people type into the search of a list, as the patterns that its query takes.

use crate::{
    contact::{Email, TelegramHandle},
    name::name_patterns,
};

/// What was typed into the search, as the queries take it.
#[derive(Default)]
pub(crate) struct SearchPatterns {
    /// What is typed, in lower case: it may be a public id.
    pub(crate) exact: Option<String>,
    /// The `LIKE` pattern for e-mail addresses.
    pub(crate) email: Option<String>,
    /// The `LIKE` pattern for Telegram handles.
    pub(crate) telegram: Option<String>,
    /// The `LIKE` patterns that a name has to fit, all of them.
    pub(crate) names: [Option<String>; 3],
}

impl SearchPatterns {
    pub(crate) fn parse(typed: Option<&String>) -> Self {
        let typed = typed.map(|typed| kernel::text::address(typed));
        let Some(typed) = typed.filter(|typed| !typed.is_empty()) else {
            return Self::default();
        };
        let lower = typed.to_lowercase();
        // A whole address or handle in any of its forms is looked for in the one that is stored, else a part of it as typed.
        let email = typed
            .parse::<Email>()
            .map_or_else(|_| lower.clone(), |email| email.key());
        let telegram = match typed.parse::<TelegramHandle>() {
            // A number is a whole id: public ids are numbers, too.
            Ok(id) if id.as_str().starts_with(|c: char| c.is_ascii_digit()) => {
                pattern_literal(id.as_str())
            }
            Ok(name) => pattern_anywhere(name.as_str()),
            Err(_) => pattern_anywhere(lower.strip_prefix('@').unwrap_or(&lower)),
        };
        SearchPatterns {
            email: Some(pattern_anywhere(&email)),
            telegram: Some(telegram),
            names: name_patterns(&typed).map_or_else(Default::default, |names| names.map(Some)),
            exact: Some(lower),
        }
    }

    /// Whether every pattern is looked up by trigrams: then one plan finds all such, and another is needed for how something begins.
    pub(crate) fn are_trigrams(&self) -> bool {
        let by_trigrams = |pattern: &String| pattern.starts_with('%') || !pattern.ends_with('%');
        [&self.email, &self.telegram]
            .into_iter()
            .flatten()
            .all(by_trigrams)
    }
}

/// The pattern that finds this text and nothing else.
fn pattern_literal(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}

/// The pattern of a part of something. Without a trigram to look up every row would be read: then of its beginning.
fn pattern_anywhere(text: &str) -> String {
    let before = if has_trigram(text) { "%" } else { "" };
    format!("{before}{}%", pattern_literal(text))
}

/// Whether PostgreSQL's `pg_trgm` finds the text anywhere by its index: by three letters or digits in a row, of which one or
/// two may be the edge of a word.
fn has_trigram(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric();
    let edge = |c: char| c.is_ascii() && !inside(c);
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).any(|two| edge(two[0]) && inside(two[1]))
        || chars
            .windows(3)
            .any(|three| inside(three[0]) && inside(three[1]) && three[2].is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_taken_literally() {
        let search = SearchPatterns::parse(Some(&" A_b%\\ ".to_owned()));
        assert_eq!(search.email.as_deref(), Some(r"%a\_b\%\\%"));
        assert!(
            SearchPatterns::parse(Some(&" \u{200b}".to_owned()))
                .exact
                .is_none()
        );
    }

    #[test]
    fn a_search_takes_what_people_paste() {
        let search = |typed: &str| SearchPatterns::parse(Some(&typed.to_owned()));
        for pasted in [
            "Ada@Example.com",
            "mailto:ada@example.com",
            "<ada@example.com>\u{200b}",
        ] {
            let email = search(pasted).email;
            assert_eq!(email.as_deref(), Some("%ada@example.com%"), "{pasted}");
        }
        for pasted in [
            "@Ada_L",
            "https://t.me/ada_l",
            "tg://resolve?domain=ada_l",
            "ada_l",
        ] {
            let telegram = search(pasted).telegram;
            assert_eq!(telegram.as_deref(), Some(r"%ada\_l%"), "{pasted}");
        }
        assert_eq!(search("@ad").telegram.as_deref(), Some("ad%"));
        let number = search("\u{feff}100001 ");
        assert_eq!(number.exact.as_deref(), Some("100001"));
        assert_eq!(number.telegram.as_deref(), Some("100001"));
    }

    #[test]
    fn what_is_looked_up_by_trigrams_is_known() {
        let are = |typed: &str| SearchPatterns::parse(Some(&typed.to_owned())).are_trigrams();
        for typed in ["ada", "ada@example.com", "100001", "a b c"] {
            assert!(are(typed), "{typed}");
        }
        for typed in ["a", "ab", "@ad", "@b", "éa"] {
            assert!(!are(typed), "{typed}");
        }
        assert!(SearchPatterns::default().are_trigrams());
    }

    #[test]
    fn what_has_no_trigram_is_looked_for_at_the_beginning() {
        for beginning in ["a", "ab", "..", "a.", "éa", "aéb"] {
            assert_eq!(pattern_anywhere(beginning), format!("{beginning}%"));
        }
        for part in ["abc", "@b", "ab.", "1.b"] {
            assert_eq!(pattern_anywhere(part), format!("%{part}%"));
        }
    }
}
