//! What is said of questions to Sumsub that failed.

use kernel::Error;
use std::time::Duration;

use crate::primitives::ProspectId;
use sumsub::SumsubError;

/// More failures of one kind in a batch are one line.
const EACH: usize = 3;

/// A question that failed.
pub(super) struct Failed {
    prospect: ProspectId,
    failures: i32,
    pause: Duration,
    why: Why,
}

/// Sumsub's own words are not among it: they may quote what we sent.
#[derive(Clone, PartialEq, Eq)]
struct Why {
    kind: &'static str,
    status: Option<u16>,
}

impl Failed {
    pub(super) fn of(error: &Error, prospect: ProspectId, failures: i32, pause: Duration) -> Self {
        let why = match error.cause::<SumsubError>() {
            Some(error) => Why {
                kind: error.kind(),
                status: error.status(),
            },
            None => Why {
                kind: "entity",
                status: None,
            },
        };
        Self {
            prospect,
            failures,
            pause,
            why,
        }
    }
}

/// One line each, or one for all that failed alike.
pub(super) fn failures(failed: Vec<Failed>) {
    let failed = failed.into_iter().map(|one| (one.why.clone(), one));
    for (Why { kind, status }, failed) in vitals::alike(failed) {
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
