//! **What a callback does**: the callbacks' rows of `docs/RULES.md`, "How a prospect moves" (`prospect_cell`) and "What happens to a
//! customer" (`customer_cell`), and its section "Which callback counts" ([`real`], [`judge`]), as pure functions; a test lays them
//! beside the tables there. The operators' rows stand in [`super::actions`].
//!
//! Bad news that was not put [`on_record`](Verdict::on_record) here is raised by who asked ([`super::bad_news`]). It is one file, though
//! longer than others, because it is read as one table: each step assumes what those above it have ruled out.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use strum::{Display, EnumString, IntoStaticStr};

use super::{CallbackKind, Mark, Observation, Status, observation::printable};
use crate::{
    primitives::{Stage, Verification},
    raised::{Cause, RaisedCause},
};

/// Callbacks dated further ahead of our clock than this are incomplete.
const AHEAD_AT_MOST: TimeDelta = TimeDelta::minutes(5);

/// What is on record about a prospect's verification, before the callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Where the prospect stands.
    pub stage: Stage,
    /// The applicant that is bound.
    pub applicant_id: Option<String>,
    /// The newest accepted status callback.
    pub mark: Option<Mark>,
    /// The newest GREEN that was accepted whole.
    pub green_at: Option<DateTime<Utc>>,
    /// The newest RED that was accepted: its time, or when it was judged if it had none.
    pub red_at: Option<DateTime<Utc>>,
    /// Whether the RED on record was FINAL.
    pub declined_for_good: bool,
    /// The level of the newest link; without one, the configured.
    pub expected_level: String,
    /// Sumsub deleted the applicant that it is about: nothing but that, and a RED for a customer, counts any more.
    pub applicant_deleted: bool,
    /// Sumsub deleted the customer's applicant, and no link was made since: a new one is not taken.
    pub awaits_link: bool,
    /// `externalUserId` names this prospect.
    pub named: bool,
    /// It is a company's record and no person's.
    pub company: bool,
}

/// What is on record about the customer, when the prospect was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerStanding {
    /// Whether the identity stands.
    pub verification: Verification,
    /// Closed for good: everything is recorded, nothing moves.
    pub closed: bool,
}

/// The bank's settings that judging depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether callbacks from Sumsub's sandbox count (`sumsub.allow_sandbox`).
    pub allow_sandbox: bool,
}

/// What became of a callback; the callback log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Waits for its turn.
    Received,
    /// It moved the prospect or customer.
    Applied,
    /// Accepted, and there was nothing to move.
    NoChange,
    /// It does not count, for a reason that is recorded.
    Ignored,
    /// Older than the mark.
    Stale,
    /// Something that it must carry is missing.
    Incomplete,
    /// Processing failed; see its error.
    Failed,
    /// The key of another callback with another body.
    Conflicting,
}

/// What a callback does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It moves nothing.
    Nothing,
    /// The prospect goes to this stage.
    Move(Stage),
    /// The applicant is gone; the prospect goes to this stage.
    ClearApplicant(Stage),
    /// The RED's labels, type and comments replace what is on record.
    UpdateReasons,
    /// The prospect becomes a customer: level Basic, Verified.
    Convert,
    /// The customer is Verified, level Basic.
    Verify,
    /// The customer is Rejected and loses access.
    Reject,
}

/// The judgement on one callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// For the callback log.
    pub outcome: Outcome,
    /// In words, for the callback log.
    pub reason: Option<Cow<'static, str>>,
    /// What it does to the prospect or customer.
    pub effect: Effect,
    /// It counts as seen: it moves the mark, and (GREEN) stands on record as accepted whole.
    pub accepted: Option<Mark>,
    /// Its applicant id is to be bound, because none is yet.
    pub bind: bool,
    /// A person has to look, and why.
    pub raise: Option<RaisedCause>,
    /// What it tells is on record, or it tells nothing. Bad news that is not on record is raised.
    pub on_record: bool,
}

/// Whether a callback is about something real. Asked before anything else: what is not real moves nothing, binds nothing
/// and raises nothing.
///
/// # Errors
/// Why it is not, in words for the callback log.
pub fn real(observation: &Observation, rules: Rules) -> Result<(), &'static str> {
    if observation.test {
        return Err(
            "test: somebody sent it by hand from Sumsub's dashboard (testMode), it moves nothing",
        );
    }
    if observation.sandbox == Some(true) && !rules.allow_sandbox {
        return Err("sandbox: it comes from Sumsub's sandbox, which is not allowed here");
    }
    Ok(())
}

/// Judges one callback against what is on record. The applicant id is already known to be nobody else's
/// ([`super::attribution`]), and it to be [`real`].
#[must_use]
pub fn judge(
    case: &Case,
    standing: Option<CustomerStanding>,
    observation: &Observation,
    now: DateTime<Utc>,
) -> Verdict {
    let status = match &observation.kind {
        CallbackKind::Status(status) => *status,
        CallbackKind::ReviewedOtherwise => {
            return ignored("the review's answer is neither GREEN nor RED")
                .raised(Cause::UnknownAnswer);
        }
        CallbackKind::Deactivated | CallbackKind::LevelChanged(_) => {
            return alarming(case, standing, observation);
        }
        CallbackKind::InfoChanged => return no_change("Sumsub is asked for the personal data"),
        CallbackKind::Informational => return no_change("informational"),
        CallbackKind::Unknown => return ignored("unknown type"),
    };
    if let Err(refused) = admit(case, standing, observation, status) {
        return refused;
    }
    let lockout = status == Status::Red && standing.is_some();
    let bind = case.applicant_id.is_none()
        && observation.applicant_id.is_some()
        && status != Status::Deleted
        && !case.applicant_deleted;
    let at = match observation.at {
        Some(at) if at <= now + AHEAD_AT_MOST => at,
        _ if lockout => return cell(status, None, case, standing).verdict(None, bind),
        None if observation.asked_at.is_some() && is_unfinished(status) => {
            return unfinished_refresh(case, standing, observation, status, bind);
        }
        Some(_) => return incomplete("its time is more than 5 minutes ahead of our clock"),
        None => return incomplete("it carries no time (createdAtMs or createdAt)"),
    };
    if status == Status::Green
        && let Some(missing) = missing_for_green(case, observation)
    {
        return incomplete(missing);
    }
    let seen = Mark { at, status };
    let overruled = if lockout {
        // A RED for a customer applies unless a strictly newer GREEN has been accepted whole.
        case.green_at.is_some_and(|green| green > at)
    } else {
        case.mark.is_some_and(|mark| seen < mark)
    };
    if overruled {
        // The same is on record already, from something newer.
        let on_record = match status {
            Status::Red => case.red_at.is_some_and(|red| red >= at),
            _ => case.mark.is_some_and(|mark| mark.status == status),
        };
        return Verdict {
            on_record,
            ..stale(bind)
        };
    }
    cell(status, Some(at), case, standing).verdict(Some(seen), bind)
}

fn stale(bind: bool) -> Verdict {
    Verdict {
        bind,
        ..verdict(
            Outcome::Stale,
            Some("a newer status callback has been accepted"),
        )
    }
}

/// `applicantDeactivated`, `applicantLevelChanged`: they move nothing, and a person has to look, unless the record is at its
/// end anyway.
fn alarming(case: &Case, standing: Option<CustomerStanding>, observation: &Observation) -> Verdict {
    let at_its_end = match standing {
        Some(standing) => standing.closed || standing.verification == Verification::Rejected,
        None => case.stage == Stage::Closed,
    };
    if at_its_end {
        return Verdict {
            on_record: true,
            ..no_change("informational")
        };
    }
    let cause = match &observation.kind {
        CallbackKind::LevelChanged(before) => {
            let named = |level: &Option<String>| {
                level.as_deref().map_or_else(
                    || "one that it does not name".to_owned(),
                    |level| format!("“{}”", printable(level)),
                )
            };
            Cause::LevelChanged.about(&[
                &named(before),
                &named(&observation.level),
                &case.expected_level,
            ])
        }
        _ => Cause::ApplicantDeactivated.into(),
    };
    no_change("recorded for a person to look at").raised(cause)
}

/// How far an unfinished review is.
fn is_unfinished(status: Status) -> bool {
    matches!(status, Status::Created | Status::Pending | Status::OnHold)
}

/// What Sumsub answers of an unfinished review is so at the moment of asking. It has no time of its own, so it never
/// moves the mark, and tells nothing when something newer than the asking has been accepted.
fn unfinished_refresh(
    case: &Case,
    standing: Option<CustomerStanding>,
    observation: &Observation,
    status: Status,
    bind: bool,
) -> Verdict {
    if case
        .mark
        .is_some_and(|mark| observation.asked_at.is_none_or(|asked| mark.at >= asked))
    {
        return Verdict {
            on_record: true,
            ..stale(bind)
        };
    }
    cell(status, None, case, standing).verdict(None, bind)
}

/// Fields that are there and differ keep a callback out. What could have decided something (GREEN, RED, on hold) is raised.
fn admit(
    case: &Case,
    standing: Option<CustomerStanding>,
    observation: &Observation,
    status: Status,
) -> Result<(), Verdict> {
    let lockout = status == Status::Red && standing.is_some();
    if case.applicant_deleted && status != Status::Deleted && !lockout {
        return Err(ignored(
            "deleted applicant: Sumsub deleted this applicant, its id is never used again",
        ));
    }
    let decisive = match status {
        Status::Green => Some("a GREEN"),
        Status::Red => Some("a RED"),
        Status::OnHold => Some("an on hold"),
        _ => None,
    };
    let refuse = |reason, cause: Cause, about: &[&str]| {
        let refused = ignored(reason);
        match decisive {
            Some(news) => refused.raised(cause.about(&[&[news], about].concat())),
            None => refused,
        }
    };
    let known = case.applicant_id.is_some() && case.applicant_id == observation.applicant_id;
    if let (Some(_), Some(_), false) = (&case.applicant_id, &observation.applicant_id, known) {
        return Err(refuse(
            "another applicant: the prospect is bound to another applicant id",
            Cause::AnotherApplicant,
            &[],
        ));
    }
    if standing.is_some()
        && case.awaits_link
        && observation.applicant_id.is_some()
        && !case.applicant_deleted
    {
        return Err(refuse(
            "another applicant: Sumsub deleted the customer's, and no link was made since",
            Cause::ApplicantWithoutLink,
            &[],
        ));
    }
    if observation.individual == Some(case.company) && !(known && lockout) {
        let (told, is) = if case.company {
            ("a person", "a company")
        } else {
            ("a company", "a person")
        };
        return Err(refuse(
            "wrong type: the applicant is a person and the record a company's, or the other way round",
            Cause::WrongApplicantType,
            &[told, is],
        ));
    }
    if let Some(level) = observation
        .level
        .as_deref()
        .filter(|level| *level != case.expected_level)
    {
        return Err(refuse(
            "wrong level: it is for another level than the one expected",
            Cause::WrongLevel,
            &[&printable(level), &case.expected_level],
        ));
    }
    Ok(())
}

/// GREEN converts only when it is whole.
fn missing_for_green(case: &Case, observation: &Observation) -> Option<&'static str> {
    if observation.applicant_id.is_none() {
        Some("a GREEN without applicantId")
    } else if observation.external_user_id.is_none() {
        Some("a GREEN without externalUserId")
    } else if !case.named {
        Some("a GREEN whose externalUserId is not this record's")
    } else if observation.level.is_none() {
        Some("a GREEN without levelName")
    } else if observation.sandbox.is_none() {
        Some("a GREEN without sandboxMode")
    } else if observation.review_status.as_deref() != Some("completed") {
        Some("a GREEN whose reviewStatus is not completed")
    } else {
        None
    }
}

/// One cell of the two tables.
struct Cell {
    effect: Effect,
    raise: Option<Cause>,
}

impl Cell {
    fn verdict(self, accepted: Option<Mark>, bind: bool) -> Verdict {
        let outcome = if self.effect == Effect::Nothing {
            Outcome::NoChange
        } else {
            Outcome::Applied
        };
        Verdict {
            outcome,
            reason: None,
            effect: self.effect,
            accepted,
            bind,
            raise: self.raise.map(RaisedCause::from),
            on_record: true,
        }
    }
}

const NO_CHANGE: Cell = Cell {
    effect: Effect::Nothing,
    raise: None,
};
const RECORD_ONLY: Cell = NO_CHANGE;

const fn does(effect: Effect) -> Cell {
    Cell {
        effect,
        raise: None,
    }
}

const fn to(stage: Stage) -> Cell {
    does(Effect::Move(stage))
}

const fn cleared(stage: Stage) -> Cell {
    does(Effect::ClearApplicant(stage))
}

impl Cell {
    const fn raised(mut self, cause: Cause) -> Cell {
        self.raise = Some(cause);
        self
    }
}

fn cell(
    status: Status,
    at: Option<DateTime<Utc>>,
    case: &Case,
    standing: Option<CustomerStanding>,
) -> Cell {
    match standing {
        Some(standing) => customer_cell(status, standing, at > case.red_at),
        None => prospect_cell(status, case),
    }
}

/// *How a prospect moves*, row by row.
#[rustfmt::skip]
fn prospect_cell(status: Status, case: &Case) -> Cell {
    use {Stage::*, Status::*};
    match (status, case.stage) {
        (Created, New | KycDeclined)                  => to(KycStarted),
        (Created, KycStarted | KycPending | KycOnHold) => NO_CHANGE,

        (Pending, KycPending)                         => NO_CHANGE,
        (Pending, New | KycStarted | KycOnHold | KycDeclined) => to(KycPending),

        (OnHold, KycOnHold)                           => NO_CHANGE,
        (OnHold, New | KycStarted | KycPending | KycDeclined) => to(KycOnHold),

        (Red, KycDeclined)                            => does(Effect::UpdateReasons),
        (Red, New | KycStarted | KycPending | KycOnHold) => to(KycDeclined),

        (Green, KycDeclined) if case.declined_for_good =>
            does(Effect::Convert).raised(Cause::GreenAfterFinalRed),
        (Green, New | KycStarted | KycPending | KycOnHold | KycDeclined) => does(Effect::Convert),
        (Green, Closed)                               => RECORD_ONLY.raised(Cause::GreenForClosedProspect),

        (Reset, KycStarted)                           => NO_CHANGE,
        (Reset, New | KycPending | KycOnHold | KycDeclined) => to(KycStarted),

        (Deleted, New | KycStarted | KycPending | KycOnHold) => cleared(New),
        (Deleted, KycDeclined)                        => cleared(KycDeclined),

        (_, Closed)                                   => RECORD_ONLY,
        // A converted prospect always has its customer: the other table decides.
        (_, Converted)                                => RECORD_ONLY,
    }
}

/// *What happens to a customer*, row by row. `newer`: it is newer than every RED on record, as *Restore* asks of a GREEN.
#[rustfmt::skip]
fn customer_cell(status: Status, standing: CustomerStanding, newer: bool) -> Cell {
    use {Stage::Converted, Status::*, Verification::*};
    if standing.closed {
        return match status {
            Green => RECORD_ONLY.raised(Cause::GreenForClosedCustomer),
            Red   => RECORD_ONLY.raised(Cause::RedForClosedCustomer),
            _     => RECORD_ONLY,
        };
    }
    match (status, standing.verification) {
        (Created, _)                   => RECORD_ONLY,

        (Green, PendingVerification)   => does(Effect::Verify),
        (Green, Verified)              => NO_CHANGE,
        (Green, Rejected) if newer     => RECORD_ONLY.raised(Cause::GreenForRejectedCustomer),
        (Green, Rejected)              => RECORD_ONLY.raised(Cause::OldGreenForRejectedCustomer),

        (Red, PendingVerification)     => does(Effect::Reject),
        (Red, Verified)                => does(Effect::Reject).raised(Cause::LateRed),
        (Red, Rejected)                => does(Effect::UpdateReasons),

        // The applicant is gone: a link lets the person verify as a new one.
        (Deleted, Rejected)            => cleared(Converted),
        (Deleted, _)                   => cleared(Converted).raised(Cause::CustomerApplicantDeleted),

        (Pending | OnHold | Reset, Rejected) => RECORD_ONLY,
        (Pending, _)                   => RECORD_ONLY.raised(Cause::CustomerReviewedAgain),
        (OnHold, _)                    => RECORD_ONLY.raised(Cause::CustomerOnHold),
        (Reset, _)                     => RECORD_ONLY.raised(Cause::CustomerReset),
    }
}

fn verdict(outcome: Outcome, reason: Option<&'static str>) -> Verdict {
    Verdict {
        outcome,
        reason: reason.map(Cow::Borrowed),
        effect: Effect::Nothing,
        accepted: None,
        bind: false,
        raise: None,
        on_record: false,
    }
}

fn ignored(reason: &'static str) -> Verdict {
    verdict(Outcome::Ignored, Some(reason))
}

fn incomplete(reason: &'static str) -> Verdict {
    verdict(Outcome::Incomplete, Some(reason))
}

fn no_change(reason: &'static str) -> Verdict {
    verdict(Outcome::NoChange, Some(reason))
}

impl Verdict {
    fn raised(mut self, cause: impl Into<RaisedCause>) -> Verdict {
        self.raise = Some(cause.into());
        self
    }
}

#[cfg(test)]
mod tests;
