//! What is said of questions to Sumsub that failed.

use kernel::Error;
use std::time::Duration;

use crate::primitives::ProspectId;
use sumsub::SumsubError;

/// More failures of one kind in a batch are one line.
const EACH: usize = 3;

/// A question that failed.
pub(super) struct FailedQuestion {
    prospect: ProspectId,
    failures: i32,
    pause: Duration,
    cause: FailureCause,
}

/// Sumsub's own words are not among it: they may quote what we sent.
#[derive(Clone, PartialEq, Eq)]
struct FailureCause {
    kind: &'static str,
    status: Option<u16>,
}

impl FailedQuestion {
    pub(super) fn new(error: &Error, prospect: ProspectId, failures: i32, pause: Duration) -> Self {
        let cause = match error.cause::<SumsubError>() {
            Some(error) => FailureCause {
                kind: error.kind(),
                status: error.status(),
            },
            None => FailureCause {
                kind: "entity",
                status: None,
            },
        };
        Self {
            prospect,
            failures,
            pause,
            cause,
        }
    }
}

/// One line each, or one for all that failed alike.
pub(super) fn log_failures(failed: Vec<FailedQuestion>) {
    let failed = failed.into_iter().map(|one| (one.cause.clone(), one));
    for (FailureCause { kind, status }, failed) in vitals::alike(failed) {
        if failed.len() <= EACH {
            for one in failed {
                tracing::warn!(
                    prospect = %one.prospect, attempt = one.failures, next_try_s = one.pause.as_secs(), kind, status,
                    "Sumsub could not be asked, it is tried again"
                );
            }
            continue;
        }
        let first: Vec<String> = failed
            .iter()
            .take(EACH)
            .map(|one| one.prospect.to_string())
            .collect();
        tracing::warn!(
            failed = failed.len(),
            prospects = ?first,
            attempt = failed.iter().map(|one| one.failures).max(),
            next_try_s = failed.iter().map(|one| one.pause.as_secs()).min(),
            kind,
            status,
            "Sumsub could not be asked, it is tried again (prospects: the first of them)"
        );
    }
}
