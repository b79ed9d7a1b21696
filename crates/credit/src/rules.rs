//! **What becomes of a proposal**, as one pure function (docs/RULES.md, "Credit"). Permissions are asked apart from it, and whether a
//! customer may be considered is the rule in [`crate::eligibility()`].

use std::borrow::Cow;

use kernel::Decision;

use crate::{Eligibility, Ineligible, ProposalStatus};

/// What is asked for, and where the proposal stands that it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// "Propose a credit facility".
    Propose,
    /// "Accept", by the customer.
    Accept(ProposalStatus),
    /// "Decline", by the customer.
    Decline(ProposalStatus),
    /// "Approve", by another operator than who proposed.
    Approve(ProposalStatus),
    /// "Deny", by another operator than who proposed.
    Deny(ProposalStatus),
}

/// What it depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether the customer may be considered now.
    pub eligibility: Eligibility,
    /// What cost the customer the eligibility since the proposal was made, also when it was won back: the proposal is about
    /// to be cancelled.
    pub lost: Option<Ineligible>,
    /// Whoever asks made the proposal.
    pub own: bool,
    /// Perhaps so: the login of one of the two was made or reset by the other, and isn't its owner's alone yet.
    pub perhaps_own: bool,
}

/// Why something can't be done. The words are for the bank's people; to the customer only the first kind is shown as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A sentence for whoever asked.
    #[error("{0}")]
    Words(&'static str),
    /// The customer can't be considered.
    #[error("{0}")]
    Ineligible(Eligibility),
    /// The customer could not be considered for a while, so the proposal doesn't stand any more.
    #[error("{} This proposal doesn't stand any more: make a new one.", .0.cause())]
    Lost(Ineligible),
}

impl From<Refusal> for Cow<'static, str> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Words(words) => Self::Borrowed(words),
            other => Self::Owned(other.to_string()),
        }
    }
}

/// Four eyes: whoever proposed doesn't decide.
pub const OWN: &str = "Somebody else has to decide this: you made the proposal yourself.";
/// Four eyes, of a login that somebody else may have used.
pub const PERHAPS_OWN: &str = "Somebody else has to decide this: your login or that of whoever made the proposal was made or reset by another, and \
     counts as theirs until its owner has set a password of their own, and a day longer where the first one was shown to somebody.";
/// The customer comes first.
pub const NOT_ACCEPTED: &str = "The customer has to accept this proposal first.";
/// The customer's no.
pub const DECLINED: &str = "The customer declined this proposal.";
/// The customer's yes.
pub const ACCEPTED: &str = "This proposal was accepted already.";
/// The bank's yes.
pub const APPROVED: &str = "This proposal is approved already.";
/// The bank's no.
pub const DENIED: &str = "This proposal was denied already.";
/// The end of it.
pub const CANCELLED: &str = "This proposal was cancelled.";
/// What was made under an id answers the same form sent again, and nothing else.
pub const OTHER_FORM: &str =
    "This form was used for something else already. Open a new one, and look whether it was done.";

use Decision::{Do, IsSo};

const fn refused(words: &'static str) -> Decision<Refusal> {
    Decision::Refused(Refusal::Words(words))
}

/// The table. What is so already is answered as such, whatever became of the customer since.
#[rustfmt::skip]
#[must_use]
pub fn may(action: Action, facts: &Facts) -> Decision<Refusal> {
    use {Action::*, ProposalStatus::*};
    match action {
        Propose                                         => of_the_eligible(facts),

        Accept(PendingCustomerApproval)                 => of_the_eligible(facts),
        Accept(PendingApproval | Approved | Denied)     => IsSo,
        Accept(CustomerDenied)                          => refused(DECLINED),

        Decline(PendingCustomerApproval)                => standing(facts),
        Decline(CustomerDenied)                         => IsSo,
        Decline(PendingApproval | Approved | Denied)    => refused(ACCEPTED),

        Approve(PendingApproval)                        => by_another(of_the_eligible(facts), facts),
        Approve(Approved)                               => IsSo,
        Approve(Denied)                                 => refused(DENIED),

        Deny(PendingApproval)                           => by_another(standing(facts), facts),
        Deny(Denied)                                    => IsSo,
        Deny(Approved)                                  => refused(APPROVED),

        Approve(PendingCustomerApproval)
        | Deny(PendingCustomerApproval)                 => refused(NOT_ACCEPTED),
        Approve(CustomerDenied) | Deny(CustomerDenied)  => refused(DECLINED),

        Accept(Cancelled) | Decline(Cancelled)
        | Approve(Cancelled) | Deny(Cancelled)          => refused(CANCELLED),
    }
}

/// A proposal that nothing came over since it was made.
fn standing(facts: &Facts) -> Decision<Refusal> {
    match facts.lost {
        Some(cause) => Decision::Refused(Refusal::Lost(cause)),
        None => Do,
    }
}

/// The same, and the customer may be considered now.
fn of_the_eligible(facts: &Facts) -> Decision<Refusal> {
    match standing(facts) {
        Do if !facts.eligibility.is_eligible() => {
            Decision::Refused(Refusal::Ineligible(facts.eligibility.clone()))
        }
        answer => answer,
    }
}

/// What takes a second pair of eyes.
fn by_another(answer: Decision<Refusal>, facts: &Facts) -> Decision<Refusal> {
    match answer {
        Do if facts.own => refused(OWN),
        Do if facts.perhaps_own => refused(PERHAPS_OWN),
        answer => answer,
    }
}

/// What makes an open proposal void: its customer lost the eligibility since it was made, or hasn't it now.
#[must_use]
pub fn cancels(status: ProposalStatus, facts: &Facts) -> Option<Ineligible> {
    let now = facts.eligibility.reasons.first().copied();
    facts.lost.or(now).filter(|_| status.is_open())
}

#[cfg(test)]
mod tests;
