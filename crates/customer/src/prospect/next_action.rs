//! What has to happen next with a prospect, in words and as the one button that a page offers first. Pages and programs read it here.

use chrono::{DateTime, Utc};

use super::{Prospect, attempts::Retry};
use crate::{
    kyc::ProspectAction,
    primitives::{ProspectStatus, Stage},
    raised::RaisedItem,
};

/// What has to happen next with a prospect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextAction {
    /// The action in words.
    pub words: String,
    /// What an operator does about it.
    pub step: NextStep,
}

/// What an operator does next: the one primary button of the prospect's page, or none while it is others' turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Do this here.
    Do(ProspectAction),
    /// Look at the applicant in Sumsub's dashboard.
    ReviewInSumsub,
    /// Look at what is raised, and resolve it.
    LookAtRaised,
    /// Go on at the customer's page.
    SeeCustomer,
    /// It is the prospect's turn.
    WaitForProspect,
    /// It is Sumsub's turn.
    WaitForSumsub,
    /// Nobody is asked about it now; an operator may end that.
    Wake,
    /// It is at its end.
    Nothing,
}

/// What the next action depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextActionFacts {
    /// Where the prospect stands.
    pub stage: Stage,
    /// How the newest verification link stands.
    pub link: LinkStanding,
    /// Whether the newest link has reached the person.
    pub mail: LinkReached,
    /// Whether the newest RED lets the person try again.
    pub retry: Retry,
}

/// Whether the newest verification link has reached the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkReached {
    /// Nobody mailed it; who handed it over otherwise knows.
    NotSent,
    /// It was mailed.
    Sent,
    /// Somebody opened it from the mail.
    Opened,
}

/// How the newest verification link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkStanding {
    /// None was made, or the one that was is void.
    NotMade,
    /// It can be used.
    Open,
    /// It can be used, and is older than the newest RED.
    OpenFromBefore,
    /// It has ended.
    Ended,
}

impl LinkStanding {
    /// Whether somebody could still use it.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, LinkStanding::Open | LinkStanding::OpenFromBefore)
    }
}

impl Prospect {
    /// What has to happen next, as of `now`. `raised`: what is raised about it and not resolved, the oldest first; somebody
    /// looks at that before anything else.
    #[must_use]
    pub fn next_action(&self, raised: &[RaisedItem], now: DateTime<Utc>) -> NextAction {
        let facts = self.next_action_facts(now);
        let snoozed = self.snoozed(now);
        // What was raised since waits for somebody all the same.
        let raised: Vec<&RaisedItem> = raised
            .iter()
            .filter(|item| snoozed.is_none_or(|(since, _)| item.raised_at > since))
            .collect();
        if let (Some((_, until)), true) = (snoozed, raised.is_empty()) {
            let until = until.format("%Y-%m-%d %H:%M UTC");
            return NextAction {
                words: format!("Snoozed until {until}, unless something happens before."),
                step: NextStep::Wake,
            };
        }
        match raised.first() {
            Some(item) if facts.stage.status() == ProspectStatus::Open => NextAction {
                words: first_look_at(&item.cause, raised.len() - 1),
                step: NextStep::LookAtRaised,
            },
            _ => {
                let (words, step) = next_action(facts);
                NextAction {
                    words: words.to_owned(),
                    step,
                }
            }
        }
    }

    /// What that depends on.
    #[must_use]
    pub fn next_action_facts(&self, now: DateTime<Utc>) -> NextActionFacts {
        NextActionFacts {
            stage: self.kyc.stage,
            link: self.link_standing(now),
            mail: self.link_reached(),
            retry: self.retry(),
        }
    }

    /// Whether the newest RED lets the person try again.
    #[must_use]
    pub fn retry(&self) -> Retry {
        let rejection = self.kyc.rejection.as_ref();
        Retry::from_reject_type(rejection.and_then(|rejection| rejection.reject_type.as_deref()))
    }

    /// Whether its newest verification link has reached the person.
    #[must_use]
    pub fn link_reached(&self) -> LinkReached {
        match &self.kyc.link {
            Some(link) if link.opened_at.is_some() => LinkReached::Opened,
            Some(link) if link.sent_at.is_some() => LinkReached::Sent,
            _ => LinkReached::NotSent,
        }
    }

    /// How its newest verification link stands, as of `now`.
    #[must_use]
    pub fn link_standing(&self, now: DateTime<Utc>) -> LinkStanding {
        let Some(link) = &self.kyc.link else {
            return LinkStanding::NotMade;
        };
        let newest_red = self.attempts().into_iter().next();
        match newest_red {
            _ if link.expires_at <= now => LinkStanding::Ended,
            Some(red) if red.recorded_at > link.created_at => LinkStanding::OpenFromBefore,
            _ => LinkStanding::Open,
        }
    }
}

/// What Sumsub said beside the stages (another level, a deactivated applicant, a RED that fits only in part): waiting would be
/// in vain.
fn first_look_at(cause: &str, others: usize) -> String {
    let others = match others {
        0 => String::new(),
        1 => " (and one more)".to_owned(),
        more => format!(" (and {more} more)"),
    };
    format!(
        "A person has to look: {cause}{others}. See “Needs a person” below, act on it and resolve it."
    )
}

/// The table: stage, link and rejection lead to what has to be done, in words and as a step.
#[rustfmt::skip]
fn next_action(facts: NextActionFacts) -> (&'static str, NextStep) {
    use {LinkReached::*, LinkStanding::{Ended, NotMade, Open, OpenFromBefore}, NextStep::*};
    const SEND: NextStep = Do(ProspectAction::SendLink);
    match (facts.stage, facts.link, facts.mail, facts.retry) {
        (Stage::New, NotMade, _, _) =>
            ("Generate the verification link and send it to the prospect.", SEND),
        (Stage::New, Open | OpenFromBefore, NotSent, _) =>
            ("Send the verification link to the prospect, then wait: the verification has not begun yet.", SEND),
        (Stage::New, Open | OpenFromBefore, Sent, _) =>
            ("Wait for the prospect: the verification link was sent and is not opened yet.", WaitForProspect),
        (Stage::New, Open | OpenFromBefore, Opened, _) =>
            ("Wait for the prospect, who has opened the verification link: the verification has not begun yet.", WaitForProspect),
        (Stage::New, Ended, _, _) =>
            ("The verification link has ended unused: generate a new one and send it to the prospect.", SEND),

        (Stage::KycStarted, Ended, _, _) =>
            ("The verification link has ended before the prospect was through: generate a new one and send it.", SEND),
        (Stage::KycStarted, _, _, _) =>
            ("Wait for Sumsub: the prospect is filling in the verification.", WaitForProspect),
        (Stage::KycPending, _, _, _) =>
            ("Wait for the final decision: Sumsub is reviewing the documents.", WaitForSumsub),
        (Stage::KycOnHold, _, _, _) =>
            ("Review the applicant in Sumsub's dashboard: a person has to look.", ReviewInSumsub),

        (Stage::KycDeclined, _, _, Retry::Final) =>
            ("Sumsub declined for good (FINAL): read why, then close the prospect. Only a reset in Sumsub's dashboard would allow another attempt.", Do(ProspectAction::Close)),
        (Stage::KycDeclined, _, _, Retry::NotSaid) =>
            ("Sumsub declined and did not say whether that is final: look at the applicant in Sumsub's dashboard, then generate a new link or close the prospect.", ReviewInSumsub),
        (Stage::KycDeclined, NotMade, _, Retry::Allowed) =>
            ("Review the rejection; then generate a verification link so that the prospect can try again, or close the prospect.", SEND),
        (Stage::KycDeclined, Ended, _, Retry::Allowed) =>
            ("Review the rejection; the verification link has ended: generate a new one so that the prospect can try again, or close the prospect.", SEND),
        (Stage::KycDeclined, OpenFromBefore, _, Retry::Allowed) =>
            ("Review the rejection; then let the prospect try again with the link below, which is still open, or with a new one, or close the prospect.", SEND),
        (Stage::KycDeclined, Open, NotSent, Retry::Allowed) =>
            ("Send the new verification link to the prospect, who may try again.", SEND),
        (Stage::KycDeclined, Open, Sent | Opened, Retry::Allowed) =>
            ("Wait for the prospect, who may try again: the new verification link was sent.", WaitForProspect),

        (Stage::Converted, _, _, _) =>
            ("Nothing to do here: the prospect is a customer, provisioning runs by itself.", SeeCustomer),
        (Stage::Closed, _, _, _) => ("No further action.", Nothing),
    }
}

#[cfg(test)]
mod tests;
