//! **What an operator may do when**: the operators' rows of `docs/RULES.md`, "How a prospect moves" ([`prospect_may`]) and "What
//! happens to a customer" ([`customer_may`]), as pure functions; a test lays them beside the tables there.
//!
//! The rows that callbacks carry out stand in [`super::judgement`]. Who may do it at all (permissions) is asked apart from it, in
//! `onboarding/`, which also does what is allowed.

use kernel::Decision;

use crate::primitives::{Stage, Verification};

/// What an operator can do to a prospect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProspectAction {
    /// Ask Sumsub for a verification link.
    GenerateLink,
    /// Mail the verification link.
    SendLink,
    /// Make it a customer past KYC.
    Convert,
    /// Close the prospect.
    Close,
    /// Open a closed prospect again.
    Reopen,
    /// Change the customer type.
    ChangeType,
    /// Change the e-mail address or the Telegram handle.
    ChangeContact,
    /// Ask Sumsub how the verification stands.
    Refresh,
}

/// What an operator can do to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerAction {
    /// Ask Sumsub for a verification link.
    GenerateLink,
    /// Take the access away.
    Deactivate,
    /// Give the access back.
    Reactivate,
    /// Lift a rejection.
    Restore,
    /// Close the customer for good.
    Close,
    /// Change the e-mail address or the Telegram handle.
    ChangeContact,
    /// Ask Sumsub how the verification stands.
    Refresh,
}

use Decision::{Do, IsSo, Refused};

/// What the operators' rows depend on, for a prospect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProspectFacts {
    /// The stage at which the prospect stands.
    pub stage: Stage,
    /// It was converted by hand.
    pub converted_by_hand: bool,
    /// Its personal data was erased.
    pub erased: bool,
    /// The newest RED was FINAL.
    pub declined_for_good: bool,
    /// The bank lets operators convert by hand (`onboarding.allow_manual_conversion`).
    pub by_hand_allowed: bool,
}

const IS_CLOSED: Decision = Refused("This prospect is closed.");
const IS_CUSTOMER: Decision =
    Refused("This prospect has become a customer: do it on the customer's page.");

/// *How a prospect moves*, the operators' rows.
#[rustfmt::skip]
#[must_use]
pub fn prospect_may(action: ProspectAction, facts: ProspectFacts) -> Decision {
    use {ProspectAction::*, Stage::*};
    match (action, facts.stage) {
        (GenerateLink | Refresh, New | KycStarted | KycPending | KycOnHold | KycDeclined) => Do,
        (GenerateLink | Refresh, Converted) => IS_CUSTOMER,

        (SendLink, KycDeclined) if facts.declined_for_good =>
            Refused("Sumsub declined for good (FINAL): the link would lead nowhere. Only a reset in Sumsub's dashboard would allow another attempt."),
        (SendLink, New | KycStarted | KycPending | KycOnHold | KycDeclined) => Do,
        (SendLink, Converted) => Refused("This prospect has become a customer: there is nothing to send."),

        (Convert, Converted) if facts.converted_by_hand => IsSo,
        (Convert, Converted)   => Refused("This prospect has become a customer already."),
        (Convert, _) if !facts.by_hand_allowed && facts.stage != Closed =>
            Refused("Converting by hand is switched off (onboarding.allow_manual_conversion)."),
        (Convert, New | KycStarted | KycPending | KycOnHold) => Do,
        (Convert, KycDeclined) =>
            Refused("Sumsub declined this prospect. It can be converted only after a newer answer of Sumsub's."),

        (Close, New | KycStarted | KycPending | KycOnHold | KycDeclined) => Do,
        (Close, Closed)        => IsSo,
        (Close, Converted)     => IS_CUSTOMER,

        (Reopen, Closed) if facts.erased =>
            Refused("The personal data of this prospect was erased: create a new one."),
        (Reopen, Closed)       => Do,
        (Reopen, Converted)    => IS_CUSTOMER,
        (Reopen, _)            => IsSo,

        (ChangeType, New)      => Do,
        (ChangeType, KycStarted | KycPending | KycOnHold | KycDeclined) =>
            Refused("The customer type can be changed only while the prospect is New: the verification has begun."),
        (ChangeType, Converted) => Refused("The customer type can't be changed any more: the prospect has become a customer."),

        (ChangeContact, New | KycStarted | KycPending | KycOnHold | KycDeclined) => Do,
        (ChangeContact, Converted) => IS_CUSTOMER,

        (GenerateLink | SendLink | Convert | ChangeType | ChangeContact | Refresh, Closed) => IS_CLOSED,
    }
}

/// What the operators' rows depend on, for a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerFacts {
    /// Whether the identity stands.
    pub verification: Verification,
    /// An operator took the access away.
    pub deactivated: bool,
    /// An operator closed it for good.
    pub closed: bool,
    /// A GREEN newer than the RED is on record.
    pub green_after_red: bool,
    /// The RED on record was FINAL.
    pub declined_for_good: bool,
    /// It was restored before.
    pub restored: bool,
}

/// *What happens to a customer*, the operators' rows.
#[rustfmt::skip]
#[must_use]
pub fn customer_may(action: CustomerAction, facts: CustomerFacts) -> Decision {
    use {CustomerAction::*, Verification::*};
    if facts.closed {
        return match action {
            Close => IsSo,
            _ => Refused("This customer is closed for good."),
        };
    }
    match (action, facts.verification) {
        (GenerateLink, PendingVerification | Rejected) => Do,
        (GenerateLink, Verified) => Refused("This customer is verified: there is nothing to verify."),

        (Restore, Rejected) if facts.green_after_red => Do,
        (Restore, Rejected) if facts.declined_for_good =>
            Refused("Sumsub declined for good (FINAL). A customer can be restored only when Sumsub has approved after that, which takes a reset in Sumsub's dashboard."),
        (Restore, Rejected) =>
            Refused("A customer can be restored only when Sumsub has approved after the rejection. Let the person verify again, or refresh from Sumsub."),
        (Restore, Verified) if facts.restored => IsSo,
        (Restore, PendingVerification | Verified) => Refused("This customer is not rejected."),

        (Deactivate, _)        => if facts.deactivated { IsSo } else { Do },
        (Reactivate, _)        => if facts.deactivated { Do } else { IsSo },
        (Close | ChangeContact | Refresh, _) => Do,
    }
}

#[cfg(test)]
mod tests;
