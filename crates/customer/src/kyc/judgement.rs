//! **What a callback does**: the tables *How a prospect moves*, *What happens to a customer* and the section
//! *Which callback counts* of `design.md`, as pure functions to be laid beside it.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use strum::{Display, EnumString, IntoStaticStr};

use super::{Kind, Mark, Said, Status};
use crate::primitives::{Stage, Verification};

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
    /// Whether the RED on record was FINAL.
    pub declined_for_good: bool,
    /// The level of the newest link; without one, the configured.
    pub expected_level: String,
    /// Sumsub deleted the applicant that it is about: nothing but that, and a RED for a customer, counts any more.
    pub applicant_deleted: bool,
}

/// What is on record about the customer, when the prospect was converted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Whether the identity stands.
    pub verification: Verification,
    /// Closed for good: everything is recorded, nothing moves.
    pub closed: bool,
}

/// The bank's settings that judging depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// `sumsub.allow_sandbox`.
    pub allow_sandbox: bool,
}

/// What became of a callback; the callback log shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Waits for its turn.
    Received,
    /// It moved something.
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
    /// Nothing.
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
    /// What it does.
    pub effect: Effect,
    /// It counts as seen: it moves the mark, and (GREEN) stands on record as accepted whole.
    pub accepted: Option<Mark>,
    /// Its applicant id is to be bound, because none is yet.
    pub bind: bool,
    /// A person has to look, and why.
    pub raise: Option<&'static str>,
}

/// Judges one callback against what is on record. The applicant id is already known to be nobody else's
/// ([`super::attribution`]).
#[must_use]
pub fn judge(
    case: &Case,
    holder: Option<Holder>,
    said: &Said,
    rules: Rules,
    now: DateTime<Utc>,
) -> Verdict {
    let status = match said.kind {
        Kind::Status(status) => status,
        Kind::ReviewedOtherwise => {
            return ignored("the review's answer is neither GREEN nor RED")
                .raised("an answer that is neither GREEN nor RED");
        }
        Kind::Alarming
            if holder.is_some_and(|h| !h.closed && h.verification != Verification::Rejected) =>
        {
            return no_change("recorded for a person to look at")
                .raised("Sumsub deactivated a customer's applicant or changed its level");
        }
        Kind::InfoChanged => return no_change("Sumsub is asked for the personal data"),
        Kind::Alarming | Kind::Informational => return no_change("informational"),
        Kind::Unknown => return ignored("unknown type"),
    };
    if let Err(refused) = admit(case, holder, said, status, rules) {
        return refused;
    }
    let lockout = status == Status::Red && holder.is_some();
    let bind = case.applicant_id.is_none()
        && said.applicant_id.is_some()
        && status != Status::Deleted
        && !case.applicant_deleted;
    let at = match said.at {
        Some(at) if at <= now + AHEAD_AT_MOST => at,
        _ if lockout => return cell(status, case, holder).verdict(None, bind),
        None if said.asked_at.is_some() && is_unfinished(status) => {
            return unfinished_refresh(case, holder, said, status, bind);
        }
        Some(_) => return incomplete("its time is more than 5 minutes ahead of our clock"),
        None => return incomplete("it carries no time (createdAtMs or createdAt)"),
    };
    if status == Status::Green
        && let Some(missing) = missing_for_green(said)
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
        return Verdict {
            bind,
            ..verdict(
                Outcome::Stale,
                Some("a newer status callback has been accepted"),
            )
        };
    }
    cell(status, case, holder).verdict(Some(seen), bind)
}

/// How far an unfinished review is.
fn is_unfinished(status: Status) -> bool {
    matches!(status, Status::Created | Status::Pending | Status::OnHold)
}

/// What Sumsub answers of an unfinished review is so at the moment of asking. It has no time of its own, so it never
/// moves the mark, and tells nothing when something newer than the asking has been accepted.
fn unfinished_refresh(
    case: &Case,
    holder: Option<Holder>,
    said: &Said,
    status: Status,
    bind: bool,
) -> Verdict {
    if case
        .mark
        .is_some_and(|mark| said.asked_at.is_none_or(|asked| mark.at >= asked))
    {
        return Verdict {
            bind,
            ..verdict(
                Outcome::Stale,
                Some("a newer status callback has been accepted"),
            )
        };
    }
    cell(status, case, holder).verdict(None, bind)
}

/// Fields that are there and differ keep a callback out.
fn admit(
    case: &Case,
    holder: Option<Holder>,
    said: &Said,
    status: Status,
    rules: Rules,
) -> Result<(), Verdict> {
    let counts_still = status == Status::Deleted || (status == Status::Red && holder.is_some());
    if case.applicant_deleted && !counts_still {
        return Err(ignored(
            "deleted applicant: Sumsub deleted this applicant, its id is never used again",
        ));
    }
    if said.sandbox == Some(true) && !rules.allow_sandbox {
        return Err(ignored(
            "sandbox: it comes from Sumsub's sandbox, which is not allowed here",
        ));
    }
    if let (Some(bound), Some(sent)) = (&case.applicant_id, &said.applicant_id)
        && bound != sent
    {
        return Err(ignored(
            "another applicant: the prospect is bound to another applicant id",
        ));
    }
    if let Some(level) = &said.level
        && *level != case.expected_level
    {
        let refused = ignored("wrong level: it is for another level than the one expected");
        return Err(if status == Status::Red && holder.is_some() {
            refused.raised("a RED with another level than expected, for a customer")
        } else {
            refused
        });
    }
    Ok(())
}

/// GREEN converts only when it is whole.
fn missing_for_green(said: &Said) -> Option<&'static str> {
    if said.applicant_id.is_none() {
        Some("a GREEN without applicantId")
    } else if said.external_user_id.is_none() {
        Some("a GREEN without externalUserId")
    } else if said.level.is_none() {
        Some("a GREEN without levelName")
    } else if said.sandbox.is_none() {
        Some("a GREEN without sandboxMode")
    } else if said.review_status.as_deref() != Some("completed") {
        Some("a GREEN whose reviewStatus is not completed")
    } else {
        None
    }
}

/// One cell of the two tables.
struct Cell {
    effect: Effect,
    raise: Option<&'static str>,
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
            raise: self.raise,
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
    const fn raised(mut self, cause: &'static str) -> Cell {
        self.raise = Some(cause);
        self
    }
}

fn cell(status: Status, case: &Case, holder: Option<Holder>) -> Cell {
    match holder {
        Some(holder) => customer_cell(status, holder),
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
            does(Effect::Convert).raised("a GREEN after a RED that was FINAL"),
        (Green, New | KycStarted | KycPending | KycOnHold | KycDeclined) => does(Effect::Convert),
        (Green, Closed)                               => RECORD_ONLY.raised("a GREEN for a closed prospect"),

        (Reset, KycStarted)                           => NO_CHANGE,
        (Reset, New | KycPending | KycOnHold | KycDeclined) => to(KycStarted),

        (Deleted, New | KycStarted | KycPending | KycOnHold) => cleared(New),
        (Deleted, KycDeclined)                        => cleared(KycDeclined),

        (_, Closed)                                   => RECORD_ONLY,
        // A converted prospect always has its customer: the other table decides.
        (_, Converted)                                => RECORD_ONLY,
    }
}

/// *What happens to a customer*, row by row.
#[rustfmt::skip]
fn customer_cell(status: Status, holder: Holder) -> Cell {
    use {Status::*, Verification::*};
    if holder.closed {
        return match status {
            Green => RECORD_ONLY.raised("a GREEN for a closed customer"),
            Red   => RECORD_ONLY.raised("a RED for a closed customer"),
            _     => RECORD_ONLY,
        };
    }
    match (status, holder.verification) {
        (Created, _)                   => RECORD_ONLY,

        (Green, PendingVerification)   => does(Effect::Verify),
        (Green, Verified)              => NO_CHANGE,
        (Green, Rejected)              => RECORD_ONLY.raised("a GREEN for a rejected customer: Restore is possible"),

        (Red, PendingVerification)     => does(Effect::Reject),
        (Red, Verified)                => does(Effect::Reject).raised("a RED for a verified customer (late RED)"),
        (Red, Rejected)                => does(Effect::UpdateReasons),

        (Pending | OnHold | Reset | Deleted, Rejected) => RECORD_ONLY,
        (Pending, _)                   => RECORD_ONLY.raised("Sumsub reviews a customer again"),
        (OnHold, _)                    => RECORD_ONLY.raised("Sumsub put a customer on hold"),
        (Reset, _)                     => RECORD_ONLY.raised("Sumsub reset a customer's verification"),
        (Deleted, _)                   => RECORD_ONLY.raised("Sumsub deleted a customer's applicant"),
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
    fn raised(mut self, cause: &'static str) -> Verdict {
        self.raise = Some(cause);
        self
    }
}

#[cfg(test)]
mod tests;
