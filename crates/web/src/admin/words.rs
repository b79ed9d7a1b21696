//! States of the domain as word, shape and colour.

use std::cmp::Ordering;

use customer::{
    kyc::Outcome,
    list::Attention,
    primitives::{Activity, CustomerType, KycStatus, ProspectStatus, Stage, Verification},
    prospect::Retry,
};

use crate::format::{Choice, Shape, State, Tone};

pub fn stage_shape(stage: Stage) -> Shape {
    match stage {
        Stage::New => Shape::Ring,
        Stage::KycStarted => Shape::Quarter,
        Stage::KycPending => Shape::Half,
        Stage::KycOnHold => Shape::Triangle,
        Stage::KycDeclined => Shape::Cross,
        Stage::Converted => Shape::Check,
        Stage::Closed => Shape::Bar,
    }
}

pub fn stage(stage: Stage) -> State {
    let tone = match stage {
        Stage::New | Stage::Closed => Tone::Quiet,
        Stage::KycStarted | Stage::KycPending => Tone::Moving,
        Stage::KycOnHold => Tone::Look,
        Stage::KycDeclined => Tone::Bad,
        Stage::Converted => Tone::Good,
    };
    State::new(stage.label(), tone, stage_shape(stage))
}

pub fn kyc_status(status: KycStatus) -> State {
    let (tone, shape) = match status {
        KycStatus::NotStarted => (Tone::Quiet, Shape::Ring),
        KycStatus::Started => (Tone::Moving, Shape::Quarter),
        KycStatus::Pending => (Tone::Moving, Shape::Half),
        KycStatus::OnHold => (Tone::Look, Shape::Triangle),
        KycStatus::Approved => (Tone::Good, Shape::Check),
        KycStatus::Declined => (Tone::Bad, Shape::Cross),
    };
    State::new(status.label(), tone, shape)
}

pub fn prospect_status(status: ProspectStatus) -> State {
    let (tone, shape) = match status {
        ProspectStatus::Open => (Tone::Moving, Shape::Ring),
        ProspectStatus::Converted => (Tone::Good, Shape::Check),
        ProspectStatus::Closed => (Tone::Quiet, Shape::Bar),
    };
    State::new(status.label(), tone, shape)
}

pub fn activity(activity: Activity) -> State {
    let (tone, shape) = match activity {
        Activity::Pending => (Tone::Moving, Shape::Half),
        Activity::Active => (Tone::Good, Shape::Check),
        Activity::Inactive => (Tone::Bad, Shape::Cross),
        Activity::Closed => (Tone::Quiet, Shape::Bar),
    };
    State::new(activity.label(), tone, shape)
}

pub fn verification(verification: Verification) -> State {
    let (tone, shape) = match verification {
        Verification::PendingVerification => (Tone::Look, Shape::Ring),
        Verification::Verified => (Tone::Good, Shape::Check),
        Verification::Rejected => (Tone::Bad, Shape::Cross),
    };
    State::new(verification.label(), tone, shape)
}

pub fn outcome(outcome: Outcome) -> State {
    let (words, tone, shape) = match outcome {
        Outcome::Received => ("Received", Tone::Moving, Shape::Half),
        Outcome::Applied => ("Applied", Tone::Good, Shape::Check),
        Outcome::NoChange => ("No change", Tone::Quiet, Shape::Ring),
        Outcome::Ignored => ("Ignored", Tone::Quiet, Shape::Bar),
        Outcome::Stale => ("Stale", Tone::Quiet, Shape::Quarter),
        Outcome::Incomplete => ("Incomplete", Tone::Look, Shape::Triangle),
        Outcome::Failed => ("Failed", Tone::Bad, Shape::Cross),
        Outcome::Conflicting => ("Conflicting", Tone::Look, Shape::Triangle),
    };
    State::new(words, tone, shape)
}

/// What Sumsub answered, as people read it; its own word on hover.
pub fn answer(word: &str) -> State {
    let (words, tone, shape) = match word.trim() {
        green if green.eq_ignore_ascii_case("GREEN") => ("Approved", Tone::Good, Shape::Check),
        red if red.eq_ignore_ascii_case("RED") => ("Declined", Tone::Bad, Shape::Cross),
        other => (other, Tone::Look, Shape::Triangle),
    };
    State::new(words, tone, shape).hover(sumsubs_word(word))
}

/// Where Sumsub's own word stands behind ours.
pub fn sumsubs_word(word: &str) -> String {
    format!("Sumsub's answer: {word}")
}

/// The answers to filter by: Sumsub's words and ours.
pub const ANSWERS: [(&str, &str); 2] = [("GREEN", "Approved"), ("RED", "Declined")];

/// Whether a rejection lets the person try again.
pub fn retry(retry: Retry) -> State {
    let (tone, shape) = match retry {
        Retry::Allowed => (Tone::Look, Shape::Again),
        Retry::Final => (Tone::Bad, Shape::Bar),
        Retry::NotSaid => (Tone::Look, Shape::Triangle),
    };
    State::new(retry.label(), tone, shape)
}

/// What a prospect waits for a person for.
pub fn attention(attention: Attention) -> &'static str {
    match attention {
        Attention::DeclinedWithRetry => "Declined, may try again",
        Attention::LinkEnded => "The link ended",
        Attention::Unanswered => "Sumsub could not be asked",
    }
}

/// All outcomes, in the order in which the list offers them.
pub const OUTCOMES: [Outcome; 8] = [
    Outcome::Received,
    Outcome::Applied,
    Outcome::NoChange,
    Outcome::Ignored,
    Outcome::Stale,
    Outcome::Incomplete,
    Outcome::Failed,
    Outcome::Conflicting,
];

/// The customer types as a list to choose from; `chosen` is a stored name.
pub fn types(chosen: &str) -> impl Iterator<Item = Choice> {
    CustomerType::ALL
        .iter()
        .map(move |kind| Choice::new(kind.name(), kind.label(), kind.name() == chosen))
}

/// One place on the line of a prospect's stages.
pub struct Step {
    pub words: &'static str,
    pub path: &'static str,
    pub class: &'static str,
    pub past: bool,
    pub current: bool,
}

/// The line from New to Converted, with the turn that this prospect took. A closed one went as far as its KYC status says.
pub fn progress(stage: Stage, kyc: KycStatus) -> Vec<Step> {
    let review = if stage == Stage::KycOnHold {
        Stage::KycOnHold
    } else {
        Stage::KycPending
    };
    let line = match stage {
        Stage::KycDeclined => vec![Stage::New, Stage::KycStarted, review, Stage::KycDeclined],
        Stage::Closed => {
            let reached = match kyc {
                KycStatus::NotStarted => 1,
                KycStatus::Started => 2,
                KycStatus::Pending
                | KycStatus::OnHold
                | KycStatus::Approved
                | KycStatus::Declined => 3,
            };
            let mut line = vec![Stage::New, Stage::KycStarted, review];
            line.truncate(reached);
            line.push(Stage::Closed);
            line
        }
        _ => vec![Stage::New, Stage::KycStarted, review, Stage::Converted],
    };
    let here = line
        .iter()
        .position(|step| *step == stage)
        .unwrap_or_default();
    line.into_iter()
        .enumerate()
        .map(|(place, step)| Step {
            words: step.label(),
            // What is ahead hasn't happened: no check mark there.
            path: match place.cmp(&here) {
                Ordering::Less => Shape::Check.path(),
                Ordering::Equal => stage_shape(step).path(),
                Ordering::Greater => Shape::Ring.path(),
            },
            class: if place < here {
                "past"
            } else if place == here {
                "here"
            } else {
                "ahead"
            },
            past: place < here,
            current: place == here,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(stage: Stage, kyc: KycStatus) -> String {
        progress(stage, kyc)
            .iter()
            .map(|step| {
                if step.current {
                    format!("[{}]", step.words)
                } else {
                    step.words.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_line_shows_the_turn_that_was_taken() {
        assert_eq!(
            line(Stage::New, KycStatus::NotStarted),
            "[New] Started In review Approved"
        );
        assert_eq!(
            line(Stage::KycOnHold, KycStatus::OnHold),
            "New Started [Review needed] Approved"
        );
        assert_eq!(
            line(Stage::KycDeclined, KycStatus::Declined),
            "New Started In review [Declined]"
        );
        assert_eq!(
            line(Stage::Converted, KycStatus::Approved),
            "New Started In review [Approved]"
        );
        assert_eq!(line(Stage::Closed, KycStatus::NotStarted), "New [Closed]");
    }
}
