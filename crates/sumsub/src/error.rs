use thiserror::Error;

/// Why a call to Sumsub brought nothing. `Display` says in one sentence what happened and what to do.
///
/// Sumsub's own words may quote what we sent: show them to an operator, don't log them. For logs there is
/// [`SumsubError::kind`].
#[derive(Clone, Debug, Error)]
pub enum SumsubError {
    /// Sumsub answered with an error that no retry mends.
    #[error("Sumsub refused to {call}: {} ({}); {}", .description.trim_end_matches('.'), refs(*.status, .error_name.as_deref(), .correlation_id.as_deref()), advice(*.status))]
    Rejected {
        /// What we asked for: `create the verification link`, …
        call: &'static str,
        /// The HTTP status.
        status: u16,
        /// Sumsub's own words.
        description: String,
        /// Sumsub's number for the error.
        error_code: Option<i64>,
        /// Sumsub's name for the error.
        error_name: Option<String>,
        /// What Sumsub's support asks for.
        correlation_id: Option<String>,
    },
    /// No answer, or "later", after every try.
    #[error("Sumsub is not available to {call}: {reason} ({tries} {}); try again in a minute, and if it lasts look at https://status.sumsub.com and at sumsub.base_url", if *.tries == 1 { "try" } else { "tries" })]
    Unavailable {
        /// What we asked for.
        call: &'static str,
        /// What the last try ended in.
        reason: String,
        /// How often it was tried.
        tries: u32,
        /// The last HTTP status, when there was an answer.
        status: Option<u16>,
        /// For how long Sumsub asked to be left alone.
        retry_after: Option<std::time::Duration>,
        /// What Sumsub's support asks for.
        correlation_id: Option<String>,
    },
    /// An answer that is not what Sumsub documents.
    #[error(
        "Sumsub's answer to our request to {call} cannot be read: {reason}; check that sumsub.base_url leads to Sumsub's API"
    )]
    Malformed {
        /// What we asked for.
        call: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The client cannot be made or used as it is configured.
    #[error("the Sumsub client cannot work as configured: {reason}")]
    Config {
        /// What is wrong, and with which key.
        reason: String,
    },
}

impl SumsubError {
    /// Whether the same call may succeed later with nothing changed. An answer that can't be read may have been cut off, or come
    /// from something in between.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::Malformed { .. })
    }

    /// For how long nobody should ask Sumsub anything, when it said that it is asked too often (429): what it asked for, or none
    /// when it didn't say.
    pub fn too_often(&self) -> Option<Option<std::time::Duration>> {
        match self {
            Self::Unavailable {
                status: Some(429),
                retry_after,
                ..
            } => Some(*retry_after),
            _ => None,
        }
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Rejected { status, .. } => Some(*status),
            Self::Unavailable { status, .. } => *status,
            Self::Malformed { .. } | Self::Config { .. } => None,
        }
    }

    /// What Sumsub's support asks for, when it told.
    pub fn correlation_id(&self) -> Option<&str> {
        match self {
            Self::Rejected { correlation_id, .. } | Self::Unavailable { correlation_id, .. } => {
                correlation_id.as_deref()
            }
            Self::Malformed { .. } | Self::Config { .. } => None,
        }
    }

    /// One word for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Rejected { .. } => "rejected",
            Self::Unavailable { .. } => "unavailable",
            Self::Malformed { .. } => "malformed",
            Self::Config { .. } => "config",
        }
    }
}

/// For whoever asked for something that Sumsub has to do; Sumsub's own words stay out of logs.
impl From<SumsubError> for kernel::Error {
    fn from(error: SumsubError) -> Self {
        let status = error.status().map(|status| format!(", HTTP {status}"));
        Self::Outside(kernel::Outside {
            who: kernel::Outsider::Sumsub,
            answered: !matches!(error, SumsubError::Unavailable { .. }),
            transient: error.is_transient(),
            log: format!("{}{}", error.kind(), status.unwrap_or_default()),
            cause: Box::new(error),
        })
    }
}

fn refs(status: u16, name: Option<&str>, correlation_id: Option<&str>) -> String {
    let mut refs = format!("HTTP {status}");
    for part in [name, correlation_id].into_iter().flatten() {
        refs.push_str(", ");
        refs.push_str(part);
    }
    refs
}

fn advice(status: u16) -> &'static str {
    match status {
        401 => "check sumsub.app_token, sumsub.secret_key and the clock of the database's machine",
        403 => "give the app token the permission for this in Sumsub's dashboard",
        404 => "check in Sumsub's dashboard that the level and the applicant exist",
        409 => "Sumsub has this already: refresh from Sumsub instead",
        400..=499 => "correct what Sumsub names and try again",
        _ => "check that sumsub.base_url leads to Sumsub's API",
    }
}
