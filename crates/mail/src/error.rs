use std::time::Duration;

/// Why an e-mail did not go out. The words are for operators and name no customer's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Worth trying again: the server is away, busy, or refuses *us*, which an operator mends in the configuration.
    #[error("{0}")]
    Unavailable(String),
    /// The recipient puts it off (a full mailbox, say): worth trying again for `patience`, then a person has to look. The
    /// server itself is well.
    #[error("{words}")]
    Deferred {
        /// Why, in words for operators.
        words: String,
        /// For how long, since it was put off first.
        patience: Duration,
    },
    /// The server refuses this recipient for good: a person has to look.
    #[error("{0}")]
    Refused(String),
}
