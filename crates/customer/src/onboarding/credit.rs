//! Credit, as far as it is decided here.

use access::{Permission, Subject};

use super::Onboarding;
use crate::customer::Customer;

impl Onboarding {
    /// Whether this subject could propose a credit facility for this customer now.
    #[must_use]
    pub fn may_propose_credit(
        &self,
        subject: &Subject,
        customer: &Customer,
        has_account: bool,
    ) -> bool {
        subject.may(Permission::CreditPropose) && customer.is_eligible_for_credit(has_account)
    }
}
