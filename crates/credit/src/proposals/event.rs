use crate::Ineligible;
use customer::primitives::CustomerId;
use es_entity::*;
use serde::{Deserialize, Serialize};

use crate::CreditFacilityProposalId;
use kernel::Amount;

/// What happened to a proposal. Typed text stands outside the event stream (`Forgettable`): it may name people. `by` names
/// subjects as the audit log does.
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "CreditFacilityProposalId")]
pub enum CreditFacilityProposalEvent {
    /// It was made.
    Initialized {
        /// The proposal's UUID.
        id: CreditFacilityProposalId,
        /// The customer who may accept it.
        customer_id: CustomerId,
        /// The customer's history was so long: what comes after it came after the proposal.
        customer_version: usize,
        /// The facility's amount, in whole US cents.
        amount: Amount,
        /// What the money is for; erasable.
        purpose: Forgettable<String>,
        /// What colleagues should know; forgotten from the start when nothing was typed.
        note: Forgettable<String>,
        /// Who made it.
        by: String,
    },
    /// The customer accepted.
    Accepted {
        /// The customer, as the audit log names subjects.
        by: String,
    },
    /// The customer declined.
    DeclinedByCustomer {
        /// The customer, as the audit log names subjects.
        by: String,
    },
    /// An operator decided for it.
    Approved {
        /// Why; forgotten from the start when nothing was typed.
        reason: Forgettable<String>,
        /// The operator who decided, as the audit log names subjects.
        by: String,
    },
    /// An operator decided against it.
    Denied {
        /// Why; forgotten from the start when nothing was typed.
        reason: Forgettable<String>,
        /// The operator who decided, as the audit log names subjects.
        by: String,
    },
    /// The customer lost the eligibility.
    Cancelled {
        /// What cost the customer the eligibility.
        cause: Ineligible,
    },
}
