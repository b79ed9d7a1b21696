//! What has to happen next with a customer, in words and as the one button that its page offers first.

use crate::primitives::{Activity, Verification};

/// What has to happen next with a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerNext {
    /// The action in words.
    pub words: String,
    /// What an operator does about it.
    pub step: CustomerStep,
}

/// What an operator does next: the one primary button of the customer's page, or none while it is others' turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerStep {
    /// Look at what is raised, and resolve it.
    LookAtRaised,
    /// Lift the rejection: Sumsub has approved since.
    Restore,
    /// Read why Sumsub declined.
    SeeWhy,
    /// Open portal and account again.
    Reactivate,
    /// Try again what no retry by itself mends.
    RetryProvisioning,
    /// Provisioning gets on by itself.
    WaitForProvisioning,
    /// Confirm or cancel a withdrawal.
    ConfirmWithdrawal,
    /// Approve or deny a proposal.
    DecideProposal,
    /// It is the person's and Sumsub's turn: no money moves before.
    WaitForVerification,
    /// Record what comes in.
    RecordDeposit,
    /// It is at its end.
    Nothing,
}

/// How far provisioning is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvisioningStanding {
    /// All is done.
    Done,
    /// It gets on, also after a failure that is tried again.
    Running,
    /// Somebody has to mend something.
    NeedsPerson,
}

/// What the next action depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerNextFacts {
    /// Something is raised about it and not resolved.
    pub raised: bool,
    /// Whether it can act.
    pub activity: Activity,
    /// Whether its identity stands.
    pub verification: Verification,
    /// Whether the rejection can be lifted.
    pub may_restore: bool,
    /// Whether an operator shut portal and account.
    pub deactivated: bool,
    /// How far provisioning is.
    pub provisioning: ProvisioningStanding,
    /// A withdrawal waits to be confirmed.
    pub withdrawal_waits: bool,
    /// A proposal waits to be decided.
    pub proposal_waits: bool,
    /// Money moves on its account as things stand.
    pub money_moves: bool,
}

impl CustomerNext {
    /// What has to happen next. `cause`: what is raised, the oldest; somebody looks at that before anything else.
    #[must_use]
    pub fn of(facts: CustomerNextFacts, cause: Option<&str>) -> Self {
        let (words, step) = next_action(facts);
        let words = match (step, cause) {
            (CustomerStep::LookAtRaised, Some(cause)) => {
                format!("A person has to look: {cause}. Act on it and resolve it.")
            }
            _ => words.to_owned(),
        };
        Self { words, step }
    }
}

/// The table, from above: the first row that fits.
#[rustfmt::skip]
fn next_action(facts: CustomerNextFacts) -> (&'static str, CustomerStep) {
    use {CustomerStep::*, ProvisioningStanding::{NeedsPerson, Running}};
    match facts {
        CustomerNextFacts { activity: Activity::Closed, .. } =>
            ("Closed for good: nothing is left to do.", Nothing),
        CustomerNextFacts { raised: true, .. } =>
            ("A person has to look: act on what is raised and resolve it.", LookAtRaised),
        CustomerNextFacts { verification: Verification::Rejected, may_restore: true, .. } =>
            ("Sumsub has approved after the rejection: restore the customer.", Restore),
        CustomerNextFacts { verification: Verification::Rejected, .. } =>
            ("Sumsub rejected this customer; portal and account are shut. Read why.", SeeWhy),
        CustomerNextFacts { deactivated: true, .. } =>
            ("An operator deactivated this customer; portal and account are shut until somebody reactivates it.", Reactivate),
        CustomerNextFacts { provisioning: NeedsPerson, .. } =>
            ("Provisioning needs a person: see why, mend it, then retry.", RetryProvisioning),
        CustomerNextFacts { withdrawal_waits: true, .. } =>
            ("A withdrawal waits to be confirmed.", ConfirmWithdrawal),
        CustomerNextFacts { proposal_waits: true, .. } =>
            ("A credit proposal waits for a decision.", DecideProposal),
        CustomerNextFacts { provisioning: Running, .. } =>
            ("Wait for provisioning: it gets on by itself.", WaitForProvisioning),
        CustomerNextFacts { money_moves: false, .. } =>
            ("Wait for the verification: no money moves before.", WaitForVerification),
        _ => ("Nothing waits. Record what comes in.", RecordDeposit),
    }
}

#[cfg(test)]
mod tests;
