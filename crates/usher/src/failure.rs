//! How a command ends when it can't do what it was asked to.

use std::process::ExitCode;

/// For the person at the terminal: what is wrong and what mends it, a sentence a line.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is at fault. Exit code 2, like a wrong command line.
    #[error("{0}")]
    Configuration(String),
    /// Anything else. Exit code 1.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// The configuration is at fault.
    pub fn configuration(sentence: impl Into<String>) -> Self {
        Self::Configuration(sentence.into())
    }

    /// Something other than the configuration is at fault.
    pub fn other(sentence: impl Into<String>) -> Self {
        Self::Other(sentence.into())
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) => ExitCode::from(2),
            Self::Other(_) => ExitCode::from(1),
        }
    }
}
