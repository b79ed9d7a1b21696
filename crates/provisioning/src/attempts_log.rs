//! What metrics and the log say of attempts: each is counted, and one that failed is in the log.

use std::time::Duration;

use uuid::Uuid;

use crate::{StepState, outcome::StepOutcome};

/// More failures of one kind in a batch are one line.
const EACH: usize = 3;

/// What is alike, then whom it is about.
type Failure<'a> = ((StepState, &'a str), &'a StepOutcome);

/// Counts the attempts of a batch and says which failed, why, and when they are tried again.
pub(crate) fn write(step: &'static str, outcomes: &[StepOutcome]) {
    for one in outcomes {
        let outcome = match one.state() {
            StepState::Retrying if one.deferred => "deferred".to_owned(),
            state => state.to_string(),
        };
        metrics::counter!("usher_step_attempts_total", "step" => step, "outcome" => outcome)
            .increment(1);
    }
    for ((state, error), failed) in vitals::alike(outcomes.iter().filter_map(failure)) {
        let error = vitals::without_addresses(error);
        let what = match state {
            StepState::Retrying => "an attempt failed, it is tried again",
            _ => "an attempt failed, and no other mends it: a person has to look",
        };
        if failed.len() <= EACH {
            for one in failed {
                tracing::warn!(
                    step, customer = %one.customer, attempt = one.attempt,
                    next_try_s = seconds(one.pause), error, "{what}"
                );
            }
            continue;
        }
        let first: Vec<Uuid> = failed.iter().take(EACH).map(|one| one.customer).collect();
        tracing::warn!(
            step,
            failed = failed.len(),
            customers = ?first,
            attempt = failed.iter().map(|one| one.attempt).max(),
            next_try_s = seconds(failed.iter().filter_map(|one| one.pause).min()),
            error,
            "{what} (customers: the first of them)"
        );
    }
}

fn failure(outcome: &StepOutcome) -> Option<Failure<'_>> {
    let words = outcome.error.as_deref()?;
    let failed = matches!(
        outcome.state(),
        StepState::Retrying | StepState::NeedsPerson
    );
    failed.then_some(((outcome.state(), words), outcome))
}

/// With a tenth's accuracy.
fn seconds(pause: Option<Duration>) -> Option<f64> {
    pause.map(|pause| (pause.as_secs_f64() * 10.0).round() / 10.0)
}
