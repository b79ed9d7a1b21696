//! What a customer's history says about credit.

use super::{Customer, CustomerEvent};
use crate::{
    credit::{Eligibility, EligibilityFacts, Ineligible, eligibility},
    primitives::Verification,
};

impl Customer {
    /// Whether a credit facility may be proposed for this customer. `has_account`: there is a deposit account, and the
    /// ledger didn't lock it.
    #[must_use]
    pub fn credit_eligibility(&self, has_account: bool) -> Eligibility {
        eligibility(EligibilityFacts {
            verification: self.verification,
            deactivated: self.deactivated,
            closed: self.closed,
            provisioned: self.provisioned,
            has_account,
        })
    }

    /// How much has happened so far: a place in the history, for [`Customer::lost_credit_since`].
    #[must_use]
    pub fn version(&self) -> usize {
        self.history().count()
    }

    /// What first cost the customer the eligibility after this version, also when it was won back since.
    #[must_use]
    pub fn lost_credit_since(&self, version: usize) -> Option<Ineligible> {
        self.history()
            .skip(version)
            .find_map(|(_, event)| match event {
                CustomerEvent::KycUpdated {
                    verification: Verification::Rejected,
                    ..
                } => Some(Ineligible::Rejected),
                CustomerEvent::Deactivated { .. } => Some(Ineligible::Deactivated),
                CustomerEvent::Closed { .. } => Some(Ineligible::Closed),
                _ => None,
            })
    }
}
