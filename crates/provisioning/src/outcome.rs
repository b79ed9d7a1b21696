//! What a run of a step came to for one customer.

use std::time::{Duration, Instant};

use claim_loop::pause_after;
use uuid::Uuid;

use crate::{
    StepState,
    queue::Template,
    recheck,
    rows::Move,
    run::Claimed,
    step_customer::StepCustomer,
    steps::{Facts, RECIPIENT, StepDetail, StepError},
    transitions::{self, StepEvent},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest pause while the recipient puts it off.
const LONGEST_DEFERRAL: Duration = Duration::from_secs(60 * 60);
/// From this attempt on, a step that is left to whoever has it next pauses before it: perhaps nobody can ever keep it.
const LOST_TOO_OFTEN: i32 = 3;

/// What became of a claimed row.
pub(crate) struct StepOutcome {
    pub(crate) customer: Uuid,
    /// Counted from 1.
    pub(crate) attempt: i32,
    /// As it was when the row was claimed.
    pub(crate) generation: i32,
    /// The changes of e-mail that were told of.
    pub(crate) changes_told: i32,
    /// The step was begun, so that something may stand outside now.
    pub(crate) ran: bool,
    /// When its last effect outside had ended.
    pub(crate) last_effect: Option<Instant>,
    pub(crate) event: StepEvent,
    pub(crate) error: Option<String>,
    pub(crate) pause: Option<Duration>,
    pub(crate) detail: StepDetail,
    /// The recipient puts it off.
    pub(crate) deferred: bool,
    /// What it waits for from now on, when that isn't what the step depends on.
    pub(crate) waits_for: Option<&'static str>,
}

impl StepOutcome {
    /// Of a step that ran.
    pub(crate) fn of_run(
        facts: &Facts,
        answer: Result<StepDetail, StepError>,
        last_effect: Option<Instant>,
        templates: &[Template],
        step: &str,
    ) -> Self {
        let again = Some(pause_after(facts.attempt));
        let (mut detail, mut waits_for) = (None, None);
        let (event, error, pause) = match answer {
            Ok(said) => {
                detail = said;
                (StepEvent::Succeed, None, recheck::next(step, templates))
            }
            Err(StepError::Lost) if facts.attempt < LOST_TOO_OFTEN => {
                (StepEvent::Lose, None, Some(Duration::ZERO))
            }
            Err(StepError::Lost) => (StepEvent::Lose, None, again),
            Err(StepError::Retry(words)) => (StepEvent::Fail, Some(words), again),
            Err(StepError::Away { dependency, words }) => {
                waits_for = Some(dependency);
                (StepEvent::Fail, Some(words), again)
            }
            Err(StepError::Deferred { words, patience }) => {
                // Whoever waits for the recipient isn't pulled forward when the mail server comes back.
                waits_for = Some(RECIPIENT);
                let since = facts.deferred_for.unwrap_or_default();
                let (words, pause) = deferral(&words, since, patience, facts.attempt);
                let event = match pause {
                    Some(_) => StepEvent::Defer,
                    None => StepEvent::GiveUp,
                };
                (event, Some(words), pause)
            }
            Err(StepError::NeedsPerson(words)) => (StepEvent::GiveUp, Some(words), None),
        };
        Self {
            customer: facts.customer.into(),
            attempt: facts.attempt,
            generation: facts.generation,
            changes_told: match event {
                StepEvent::Succeed => facts.changes,
                _ => 0,
            },
            ran: true,
            last_effect,
            event,
            error,
            pause,
            detail,
            deferred: waits_for == Some(RECIPIENT),
            waits_for,
        }
    }

    /// Of a step that was not run: the customer has no access, for the reason in `words`.
    pub(crate) fn stopped(claimed: &Claimed, words: &str) -> Self {
        Self::not_run(claimed, StepEvent::Stop, words)
    }

    /// Of a step that was not run: a newer version made the customer.
    pub(crate) fn unknown_type(claimed: &Claimed) -> Self {
        let words =
            "This version does not know the customer's type; run the newest one, then retry.";
        Self::not_run(claimed, StepEvent::GiveUp, words)
    }

    fn not_run(claimed: &Claimed, event: StepEvent, words: &str) -> Self {
        Self {
            customer: claimed.customer,
            attempt: claimed.attempt,
            generation: claimed.generation,
            changes_told: 0,
            ran: false,
            last_effect: None,
            event,
            error: Some(words.to_owned()),
            pause: None,
            detail: None,
            deferred: false,
            waits_for: None,
        }
    }

    /// How the step stands then.
    pub(crate) fn state(&self) -> StepState {
        transitions::state_after_run(self.event)
    }

    /// What counts is how the customer stands now, under the lock: who lost access meanwhile finishes nothing, and who got it back
    /// meanwhile is not cancelled.
    pub(crate) fn settle(self, customer: Option<&StepCustomer>) -> Self {
        match customer.and_then(|customer| customer.locked_out) {
            Some(words) => Self {
                event: StepEvent::Stop,
                error: Some(words.to_owned()),
                pause: None,
                ..self
            },
            None if self.event == StepEvent::Stop => Self {
                event: StepEvent::Lose,
                error: None,
                pause: Some(Duration::ZERO),
                ..self
            },
            None => self,
        }
    }

    /// What it makes of the row, which is locked; only lets go of it when something was decided about it meanwhile.
    pub(crate) fn to_move(&self, row: crate::rows::StepRow) -> Move {
        if row.generation != self.generation {
            return Move::of(row, StepEvent::Free);
        }
        Move {
            row,
            event: self.event,
            error: self.error.clone(),
            pause: self.pause,
            dependency: self.waits_for,
        }
    }
}

/// What is said of a step that the recipient has put off for so long, and when it is tried again; none once a person has to
/// look. It is tried less and less often: each try is a new temporary password.
fn deferral(
    words: &str,
    since: Duration,
    patience: Duration,
    attempt: i32,
) -> (String, Option<Duration>) {
    let days = match patience.as_secs() / DAY.as_secs() {
        0 | 1 => "a day".to_owned(),
        days => format!("{days} days"),
    };
    if since >= patience {
        let words = format!(
            "{words}; it has been so for {days}: ask the customer, or correct the e-mail, then retry"
        );
        return (words, None);
    }
    let words = format!("{words}; it is tried again for {days} before a person has to look");
    let pause = pause_after(attempt).max(since / 8).min(LONGEST_DEFERRAL);
    (words, Some(pause))
}

#[cfg(test)]
mod tests {
    use customer::primitives::Activity;

    use super::*;

    #[test]
    fn how_the_customer_stands_at_the_end_decides() {
        let claimed = Claimed {
            customer: Uuid::nil(),
            attempt: 1,
            generation: 0,
            changes: 0,
            deferred_for: None,
            is_recheck: false,
        };
        let customer = |locked_out| StepCustomer {
            id: Uuid::nil(),
            activity: Activity::Pending,
            locked_out,
        };
        let settle = |locked_out| {
            let outcome =
                StepOutcome::stopped(&claimed, "locked out").settle(Some(&customer(locked_out)));
            (outcome.state(), outcome.pause)
        };
        assert_eq!(settle(Some("closed")), (StepState::Cancelled, None));
        let again = (StepState::Waiting, Some(Duration::ZERO));
        assert_eq!(settle(None), again, "the access came back meanwhile");
    }

    #[test]
    fn what_the_recipient_puts_off_is_tried_less_and_less_often_and_then_needs_a_person() {
        let tried = |hours: u64| {
            let (words, pause) = deferral(
                "full",
                DAY / 24 * u32::try_from(hours).unwrap(),
                7 * DAY,
                400,
            );
            assert_eq!(
                words.contains("for 7 days: ask the customer"),
                pause.is_none()
            );
            pause.map(|pause| pause.as_secs() / 60)
        };
        assert!(tried(0).is_some_and(|minutes| minutes <= 5));
        assert_eq!(tried(2), Some(15));
        assert_eq!(tried(100), Some(60));
        assert_eq!(tried(7 * 24), None);
    }
}
