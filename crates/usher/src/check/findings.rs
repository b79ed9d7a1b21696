//! What the check found.

use crate::failure::Failure;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The configuration is wrong: no server starts with it.
    Wrong,
    /// The database isn't ready: no server starts on it.
    NotReady,
    /// A server starts and goes on in spite of it, the doctor fails: somebody is away, or something has to be mended elsewhere.
    Trouble,
    /// Worth a look.
    Warning,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub what: String,
    /// What is wrong with it, and the mend; none when it is as it should be.
    pub found: Option<(Weight, String)>,
}

/// All that was looked at, in order.
#[derive(Debug, Default)]
pub struct Findings {
    lines: Vec<Line>,
}

impl Findings {
    /// It is as it should be.
    pub fn ok(&mut self, what: impl Into<String>) {
        self.lines.push(Line {
            what: what.into(),
            found: None,
        });
    }

    /// Something is wrong with it.
    pub fn add(&mut self, what: impl Into<String>, weight: Weight, words: impl Into<String>) {
        self.lines.push(Line {
            what: what.into(),
            found: Some((weight, words.into())),
        });
    }

    /// Each sentence is a finding; without any it is as it should be.
    pub fn all(&mut self, what: &str, weight: Weight, sentences: Vec<String>) {
        if sentences.is_empty() {
            self.ok(what);
        }
        for sentence in sentences {
            self.add(what, weight, sentence);
        }
    }

    /// Takes over what another has found.
    pub fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// All of it.
    #[must_use]
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    fn with(&self, weights: &[Weight]) -> Vec<(&str, Weight, &str)> {
        self.lines
            .iter()
            .filter_map(|line| {
                let (weight, words) = line.found.as_ref()?;
                weights
                    .contains(weight)
                    .then_some((line.what.as_str(), *weight, words.as_str()))
            })
            .collect()
    }

    /// Lets only those pass with which a server can start.
    ///
    /// # Errors
    /// All that keeps it from starting, a sentence a line.
    pub fn refuse(&self) -> Result<(), Failure> {
        let found = self.with(&[Weight::Wrong, Weight::NotReady]);
        if found.is_empty() {
            return Ok(());
        }
        let sentences: Vec<String> = found
            .iter()
            .map(|(_, _, words)| as_sentence(words))
            .collect();
        let sentences = sentences.join("\n");
        if found.iter().any(|(_, weight, _)| *weight == Weight::Wrong) {
            Err(Failure::configuration(sentences))
        } else {
            Err(Failure::other(sentences))
        }
    }

    /// Says in the log what a server starts in spite of.
    pub fn log(&self) {
        for (check, weight, words) in self.with(&[Weight::Trouble, Weight::Warning]) {
            if weight == Weight::Trouble {
                tracing::error!(check, "{words}");
            } else {
                tracing::warn!(check, "{words}");
            }
        }
    }
}

fn as_sentence(words: &str) -> String {
    if words.ends_with(['.', '?', '!']) {
        words.to_owned()
    } else {
        format!("{words}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_or_not_ready_keeps_a_server_from_starting() {
        let mut findings = Findings::default();
        findings.ok("a");
        findings.add("b", Weight::Warning, "odd");
        findings.add("c", Weight::Trouble, "away");
        assert!(findings.refuse().is_ok());
        findings.add("d", Weight::NotReady, "empty");
        let refused = findings.refuse().unwrap_err();
        assert!(matches!(&refused, Failure::Other(words) if words == "empty."));
        findings.add("e", Weight::Wrong, "typed wrongly.");
        let refused = findings.refuse().unwrap_err();
        assert!(
            matches!(&refused, Failure::Configuration(words) if words == "empty.\ntyped wrongly.")
        );
    }
}
