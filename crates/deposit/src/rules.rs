//! **When money moves**, as one pure function (`docs/RULES.md`, "Money"). Permissions are asked apart from it, and that an account is never overdrawn is the ledger's own rule.

use customer::primitives::{Activity, Verification};
use kernel::Decision;
use ledger::AccountStatus;

use crate::primitives::{DepositStatus, WithdrawalStatus};

/// What is asked for, and where the deposit or withdrawal stands that it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// "Record a deposit".
    RecordDeposit,
    /// "Revert" a deposit.
    RevertDeposit(DepositStatus),
    /// "Start a withdrawal".
    InitiateWithdrawal,
    /// "Confirm" a withdrawal.
    ConfirmWithdrawal(WithdrawalStatus),
    /// "Cancel" a withdrawal.
    CancelWithdrawal(WithdrawalStatus),
    /// "Revert" a withdrawal.
    RevertWithdrawal(WithdrawalStatus),
}

/// What it depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// What the ledger says of the account; none before provisioning has opened it.
    pub account: Option<AccountStatus>,
    /// Whether the customer can act.
    pub activity: Activity,
    /// Whether the customer's identity stands.
    pub verification: Verification,
    /// The bank lets money move before somebody is verified (`deposit.allow_unverified`).
    pub allow_unverified: bool,
    /// Whoever asks recorded or started it, and the bank wants another one (`deposit.confirm_own` is off).
    pub own: bool,
    /// Perhaps so: the login of one of the two was made or reset by the other, and isn't its owner's alone yet.
    pub perhaps_own: bool,
}

/// What was made under an id answers the same form sent again, and nothing else.
pub const OTHER_FORM: &str =
    "This form was used for something else already. Open a new one, and look whether it was done.";
/// Nothing was opened yet.
pub const NO_ACCOUNT: &str = "This customer has no deposit account yet: provisioning opens it.";
/// The end of an account.
pub const CLOSED: &str = "This account is closed for good.";
/// An Inactive customer's.
pub const FROZEN: &str = "This account is frozen, because the customer is inactive. A withdrawal can be cancelled, nothing else.";
/// The customer isn't Verified yet.
pub const UNVERIFIED: &str =
    "No money moves before the customer is verified (deposit.allow_unverified).";
/// Four eyes: whoever recorded or started it doesn't confirm or revert.
pub const OWN: &str = "Somebody else has to do this: you recorded or started it yourself.";

/// Four eyes, of a login that somebody else may have used.
pub const PERHAPS_OWN: &str = "Somebody else has to do this: your login or that of whoever recorded or started it was made or reset by another, and \
     counts as theirs until its owner has set a password of their own, and a day longer where the first one was shown to somebody.";

use Decision::{Do, IsSo, Refused};

/// The table. What is so already is answered as such, whatever became of the account since.
#[rustfmt::skip]
#[must_use]
pub fn may(action: Action, facts: Facts) -> Decision {
    use {Action::*, DepositStatus as D, WithdrawalStatus as W};
    match action {
        RecordDeposit | InitiateWithdrawal         => moving(facts),

        RevertDeposit(D::Confirmed)                => by_another(facts),
        RevertDeposit(D::Reverted)                 => IsSo,

        ConfirmWithdrawal(W::PendingConfirmation)  => by_another(facts),
        ConfirmWithdrawal(W::Confirmed)            => IsSo,
        ConfirmWithdrawal(W::Cancelled)            => Refused("This withdrawal was cancelled: start a new one."),
        ConfirmWithdrawal(W::Reverted)             => Refused("This withdrawal was confirmed, and then reverted."),

        CancelWithdrawal(W::PendingConfirmation)   => even_frozen(facts),
        CancelWithdrawal(W::Cancelled)             => IsSo,
        CancelWithdrawal(W::Confirmed)             => Refused("This withdrawal is confirmed: it can only be reverted."),
        CancelWithdrawal(W::Reverted)              => Refused("This withdrawal was confirmed, and then reverted."),

        RevertWithdrawal(W::Confirmed)             => by_another(facts),
        RevertWithdrawal(W::Reverted)              => IsSo,
        RevertWithdrawal(W::PendingConfirmation)   => Refused("This withdrawal isn't confirmed yet: cancel it."),
        RevertWithdrawal(W::Cancelled)             => Refused("This withdrawal was cancelled: there is nothing to revert."),
    }
}

/// An account that is there, and not closed.
fn even_frozen(facts: Facts) -> Decision {
    match (facts.account, facts.activity) {
        (None, _) => Refused(NO_ACCOUNT),
        (Some(AccountStatus::Locked), _) | (_, Activity::Closed) => Refused(CLOSED),
        _ => Do,
    }
}

/// An account on which money moves. Once it is there, it doesn't wait for the rest of the provisioning (activity Pending).
fn moving(facts: Facts) -> Decision {
    match (even_frozen(facts), facts.activity, facts.verification) {
        (Do, Activity::Inactive, _) | (Do, _, Verification::Rejected) => Refused(FROZEN),
        (Do, _, Verification::PendingVerification) if !facts.allow_unverified => {
            Refused(UNVERIFIED)
        }
        (answer, ..) => answer,
    }
}

/// The same, for what takes a second pair of eyes.
fn by_another(facts: Facts) -> Decision {
    match moving(facts) {
        Do if facts.own => Refused(OWN),
        Do if facts.perhaps_own => Refused(PERHAPS_OWN),
        answer => answer,
    }
}

#[cfg(test)]
mod tests;
