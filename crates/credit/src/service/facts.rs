//! What the table depends on, as it stands: under the customer's row lock for who acts, at a glance for pages.

use access::{Eyes, Permission, Subject};
use customer::customer::Customer;
use es_entity::AtomicOperation;
use kernel::Error;
use ledger::AccountStatus;

use super::Credit;
use crate::{CreditFacilityProposal, Eligibility, Ineligible, rules::Facts};

impl Credit {
    /// Whether this subject could propose a credit facility for this customer now. `has_account` as [`Eligibility::now`] wants it.
    #[must_use]
    pub fn may_propose(&self, subject: &Subject, customer: &Customer, has_account: bool) -> bool {
        subject.may(Permission::CreditPropose)
            && Eligibility::now(customer, has_account).is_eligible()
    }

    /// What the table depends on for a new proposal to this customer, for pages that have read it and ask what to offer. Asks nobody
    /// whether they may know.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn facts(&self, customer: &Customer) -> Result<Facts, Error> {
        let account = self.ledger.status(customer.id.into()).await?;
        Ok(Facts::of(customer, account))
    }

    /// As [`Credit::facts`], for what this subject may do to this proposal.
    ///
    /// # Errors
    /// [`Error::NotFound`]; or when the database does not answer.
    pub async fn proposal_facts(
        &self,
        subject: &Subject,
        proposal: &CreditFacilityProposal,
    ) -> Result<Facts, Error> {
        let mut op = self.outbox.begin_op().await?;
        let customer = self
            .customers
            .find_in_op(&mut op, proposal.customer_id)
            .await?;
        self.facts_of(&mut op, subject, &customer, proposal).await
    }

    pub(super) async fn facts_of(
        &self,
        op: &mut impl AtomicOperation,
        subject: &Subject,
        customer: &Customer,
        proposal: &CreditFacilityProposal,
    ) -> Result<Facts, Error> {
        let (by, at) = (&proposal.proposed_by, proposal.created_at());
        let eyes = access::eyes_of(op.as_executor(), subject, by, at).await?;
        Ok(Facts {
            eligibility: self.eligibility_of(op, customer).await?,
            lost: Ineligible::lost_since(customer, proposal.customer_version),
            own: eyes == Eyes::Own,
            perhaps_own: eyes == Eyes::PerhapsOne,
        })
    }

    pub(super) async fn eligibility_of(
        &self,
        op: &mut impl AtomicOperation,
        customer: &Customer,
    ) -> Result<Eligibility, Error> {
        let account = self.ledger.status_in_op(op, customer.id.into()).await?;
        Ok(eligibility(customer, account))
    }
}

impl Facts {
    /// As [`Credit::facts`], of an account that was read as well.
    #[must_use]
    pub fn of(customer: &Customer, account: Option<AccountStatus>) -> Self {
        Self {
            eligibility: eligibility(customer, account),
            lost: None,
            own: false,
            perhaps_own: false,
        }
    }
}

fn eligibility(customer: &Customer, account: Option<AccountStatus>) -> Eligibility {
    Eligibility::now(customer, account == Some(AccountStatus::Active))
}
