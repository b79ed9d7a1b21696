//! What a customer does and sees in the portal: only what is their own, and never the operators' notes.

use access::{AuditAction, Subject};
use customer::primitives::CustomerId;
use kernel::{Error, run_uncancelled};

use super::Credit;
use crate::{
    CreditFacilityProposal, CreditFacilityProposalId, ProposalRow, ProposalStatus, lists,
    rules::Action,
};

/// What a customer does: its name in the audit log, the row of the table, what is recorded.
struct Act {
    name: AuditAction,
    action: fn(ProposalStatus) -> Action,
    record: fn(&mut CreditFacilityProposal, String),
}

impl Credit {
    /// "Accept": it waits for a decision. Looks again whether the customer may be considered.
    ///
    /// # Errors
    /// [`Error::NotFound`] also when it is another customer's; [`Error::Refused`] by the table
    /// ([`crate::rules::may`]).
    pub async fn accept(
        &self,
        customer: CustomerId,
        id: CreditFacilityProposalId,
    ) -> Result<ProposalRow, Error> {
        let act = Act {
            name: AuditAction::CreditProposalAccept,
            action: Action::Accept,
            record: CreditFacilityProposal::accept,
        };
        let credit = self.clone();
        run_uncancelled(async move { credit.answer(customer, id, act).await }).await
    }

    /// "Decline".
    ///
    /// # Errors
    /// As [`Credit::accept`].
    pub async fn decline(
        &self,
        customer: CustomerId,
        id: CreditFacilityProposalId,
    ) -> Result<ProposalRow, Error> {
        let act = Act {
            name: AuditAction::CreditProposalDecline,
            action: Action::Decline,
            record: CreditFacilityProposal::decline,
        };
        let credit = self.clone();
        run_uncancelled(async move { credit.answer(customer, id, act).await }).await
    }

    async fn answer(
        &self,
        customer: CustomerId,
        id: CreditFacilityProposalId,
        act: Act,
    ) -> Result<ProposalRow, Error> {
        let subject = Subject::Customer {
            id: customer.into(),
        };
        let proposal = self.find(id).await?;
        let own = proposal.customer_id == customer;
        self.access
            .record(&subject, act.name, proposal.object(), own)
            .await?;
        if !own {
            return Err(Error::NO_RECORD);
        }
        let done = self
            .act(&subject, (customer, id), act.action, act.record)
            .await?;
        Ok(done.row())
    }

    /// All proposals to this customer, newest first, for the customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own(&self, customer: CustomerId) -> Result<Vec<ProposalRow>, Error> {
        lists::all_of_customer(&self.pool, customer).await
    }
}
