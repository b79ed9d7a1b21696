//! Whom we ask outside, and what is kept of an answer that helps nobody.

use std::{error::Error as StdError, fmt};

/// Whom we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outsider {
    /// Sumsub, which verifies people and companies.
    Sumsub,
    /// Whoever keeps the logins of operators or customers.
    Identity,
    /// The mail server.
    Mail,
    /// The double-entry ledger.
    Ledger,
}

/// What somebody outside answered, or that no answer came.
#[derive(Debug)]
pub struct Outside {
    /// Who it is.
    pub who: Outsider,
    /// Whether an answer came at all.
    pub answered: bool,
    /// Whether trying again can help.
    pub transient: bool,
    /// The same for logs: without what the other side quoted of what we sent.
    pub log: String,
    /// Its own error, whose words are for whoever asked.
    pub cause: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.cause.fmt(f)
    }
}

impl StdError for Outside {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.source()
    }
}
