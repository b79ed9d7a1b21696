//! What a name is looked for by: its words, spelled in ASCII alone.
//!
//! PostgreSQL's trigrams are made of what the language of the database takes for letters; in the language `C` these are ASCII's. So every
//! other letter stands here as its number, and a name in any script is found by the same index in any database.

use es_entity::AtomicOperation as _;
use kernel::{
    Error,
    text::{letters, letters_spelled_out},
};
use uuid::Uuid;

use crate::onboarding::Onboarding;

/// Names whose keys are made in one transaction.
const BATCH: i64 = 1000;
/// So many words of what is typed are looked for, the longest.
const WORDS: usize = 3;

/// What the column holds: a blank before each word. Names with letters that passports spell out stand there in both spellings.
pub(crate) fn name_key(name: &str) -> String {
    let plain = words(name, letters);
    let spelled = words(name, letters_spelled_out);
    let more = spelled.iter().filter(|word| !plain.contains(word));
    let words: Vec<String> = plain.iter().chain(more).cloned().collect();
    format!(" {}", words.join(" "))
}

/// The `LIKE` patterns of what was typed, all of which a key has to fit; `None` when no word was typed. A word is looked for
/// anywhere, or, too short for a trigram, where a word begins.
pub(crate) fn name_patterns(typed: &str) -> Option<[String; WORDS]> {
    let mut words = words(typed, letters);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let pattern = |word: &String| {
        let begins = if word.len() < 3 { " " } else { "" };
        format!("%{begins}{word}%")
    };
    let first = pattern(words.first()?);
    let at = |n: usize| words.get(n).map_or_else(|| first.clone(), pattern);
    Some([first.clone(), at(1), at(2)])
}

fn words(name: &str, spelled: fn(&str) -> String) -> Vec<String> {
    let between = |c: char| c.is_whitespace() || c == '-' || ('\u{2010}'..='\u{2015}').contains(&c);
    name.split(between)
        .map(|word| in_ascii(&spelled(word)))
        .filter(|word| !word.is_empty())
        .collect()
}

/// Letters and digits of ASCII as they are, others as their numbers, all of one length.
fn in_ascii(letters: &str) -> String {
    let spell = |c: char| match c {
        c if c.is_ascii() => c.to_string(),
        c => format!("u{:05x}", u32::from(c)),
    };
    letters.chars().map(spell).collect()
}

impl Onboarding {
    /// Makes what names are looked for by, for those that a migration found. Safe to do from several processes at once. Answers
    /// how many there were.
    ///
    /// # Errors
    /// When the database does not answer; the next call does what is left.
    pub async fn make_name_keys(&self) -> Result<usize, Error> {
        let mut made = 0;
        loop {
            vitals::beat();
            let some = self.make_some_name_keys().await?;
            if some == 0 {
                return Ok(made);
            }
            made += some;
        }
    }

    async fn make_some_name_keys(&self) -> Result<usize, Error> {
        let mut op = self.begin().await?;
        // In the order of locks, so that the customers follow in it, too.
        let rows = sqlx::query!(
            r#"SELECT id, name AS "name!" FROM prospects WHERE name IS NOT NULL AND name_key IS NULL
               ORDER BY id LIMIT $1 FOR NO KEY UPDATE"#,
            BATCH,
        )
        .fetch_all(op.as_executor())
        .await?;
        let keys: Vec<String> = rows.iter().map(|row| name_key(&row.name)).collect();
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        sqlx::query!(
            "UPDATE prospects SET name_key = made.key FROM unnest($1::uuid[], $2::text[]) AS made (id, key)
             WHERE prospects.id = made.id",
            &ids,
            &keys,
        )
        .execute(op.as_executor())
        .await?;
        op.commit().await?;
        Ok(ids.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PostgreSQL's `LIKE`, as far as our patterns go.
    fn finds(typed: &str, name: &str) -> bool {
        let key = name_key(name);
        name_patterns(typed).is_some_and(|patterns| {
            patterns
                .iter()
                .all(|pattern| key.contains(pattern.trim_matches('%')))
        })
    }

    #[test]
    fn a_name_is_found_by_its_words_in_any_order_and_spelling() {
        for (typed, name) in [
            ("lovelace", "Ada King Lovelace"),
            ("LOVELACE ada", "Ada King Lovelace"),
            ("velac", "Ada King Lovelace"),
            ("Lovelace, Ada", "Ada King Lovelace"),
            ("ki", "Ada King Lovelace"),
            ("k", "Ada King Lovelace"),
            ("\u{a0} ada\u{200b} ", "Ada King Lovelace"),
            ("obrien", "Conan O’Brien"),
            ("O'Brien", "Conan O’Brien"),
            ("marie", "Anne-Marie Weiß"),
            ("anne marie weiss", "Anne-Marie Weiß"),
            ("müller", "Jürgen Müller"),
            ("muller", "Jürgen Müller"),
            ("Mueller", "Jürgen Müller"),
            ("петров", "Иван Петров"),
            ("ПЕТ", "Иван Петров"),
            ("п", "Иван Петров"),
            ("小明", "王小明"),
            ("明", "王小明"),
            ("engines", "Analytical Engines Ltd."),
            ("24", "Company 24 GmbH"),
        ] {
            assert!(finds(typed, name), "{typed} {name}");
        }
        for (typed, name) in [
            ("ing", "Ki Ng"),
            ("da", "Ada"),
            ("ada byron", "Ada Lovelace"),
            ("петя", "Иван Петров"),
            ("%", "Ada"),
            ("_", "Ada"),
            ("'\"", "Ada"),
            ("", "Ada"),
        ] {
            assert!(!finds(typed, name), "{typed} {name}");
        }
    }

    #[test]
    fn nothing_in_a_pattern_is_special_and_each_has_a_trigram() {
        for typed in ["a%b_c\\", "é", "a", "李", "ab", "x' OR 1=1 --"] {
            for pattern in name_patterns(typed).unwrap() {
                let inside = pattern
                    .strip_prefix('%')
                    .and_then(|it| it.strip_suffix('%'));
                let inside = inside.unwrap();
                let word = inside.strip_prefix(' ').unwrap_or(inside);
                assert!(
                    word.chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()),
                    "{pattern}"
                );
                assert!(word.len() >= 3 || inside.starts_with(' '), "{pattern}");
            }
        }
        assert_eq!(name_patterns(" ' - %"), None);
    }
}
