//! Credit, as far as it is decided here.

use access::{Permission, Subject};

use super::Onboarding;
use crate::customer::Customer;

impl Onboarding {
    /// Whether this subject could propose a credit facility for this customer now. `has_account` as
    /// [`Customer::credit_eligibility`] wants it.
    #[must_use]
    pub fn may_propose_credit(
        &self,
        subject: &Subject,
        customer: &Customer,
        has_account: bool,
    ) -> bool {
        subject.may(Permission::CreditPropose)
            && customer.credit_eligibility(has_account).is_eligible()
    }
}
