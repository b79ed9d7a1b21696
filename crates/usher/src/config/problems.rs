//! What is wrong with a configuration as it is read: all of it, not the first thing.

use std::collections::BTreeSet;

/// Sentences, and the keys that they are about.
#[derive(Debug, Default)]
pub struct Problems {
    /// Each names the key, where it was read and what is allowed.
    pub sentences: Vec<String>,
    keys: BTreeSet<&'static str>,
    /// A whole file could not be read: what is missing may stand in it.
    incomplete: bool,
}

impl Problems {
    /// Of a key, or of none that is known.
    pub fn add(&mut self, key: Option<&'static str>, sentence: String) {
        self.sentences.push(sentence);
        self.keys.extend(key);
    }

    /// Of a file that holds keys nobody knows now.
    pub fn add_file(&mut self, sentence: String) {
        self.sentences.push(sentence);
        self.incomplete = true;
    }

    /// Whether one of these keys, or of the keys below one, has been said to be wrong.
    pub fn concern(&self, names: &[&str]) -> bool {
        self.keys.iter().any(|key| {
            names.iter().any(|name| {
                key.strip_prefix(name)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    }

    /// Whether a key that isn't there may only not have been readable.
    pub fn hide(&self, name: &str) -> bool {
        self.incomplete || self.concern(&[name])
    }
}
