//! What a page asks before it offers: forms that are only filled in, and whole proposals, each with the facts for who looks.

use access::{AuditAction, Eyes, ObjectKind, Permission, Subject};
use customer::primitives::CustomerId;
use es_entity::AtomicOperation as _;
use kernel::{Amount, AmountError, Error};

use super::Credit;
use crate::{
    CreditFacilityProposal, CreditFacilityProposalId, Ineligible, NewProposal, rules::Facts,
};

impl Credit {
    /// What is asked for as a proposal, for who may make one; only a refusal is written down.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with every field that can't be taken.
    pub async fn check_proposal(
        &self,
        subject: &Subject,
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        purpose: &str,
        note: &str,
    ) -> Result<NewProposal, Error> {
        let may = Permission::CreditPropose;
        self.access
            .permit(
                subject,
                may,
                AuditAction::CreditProposalPropose,
                ObjectKind::CreditProposal.yet_to_be_made(),
            )
            .await?;
        NewProposal::checked(customer, amount, purpose, note)
    }

    /// A customer's `first` newest proposals, each with what the table depends on for what this subject may do to it. As a
    /// list: only a refusal is written down.
    ///
    /// # Errors
    /// As [`Credit::proposals_of`]; [`Error::NotFound`] without such a customer.
    pub async fn proposals_with_facts(
        &self,
        subject: &Subject,
        customer: CustomerId,
        first: usize,
    ) -> Result<Vec<(CreditFacilityProposal, Facts)>, Error> {
        let rows = self
            .proposals_of(subject, customer, None, first)
            .await?
            .rows;
        let ids: Vec<CreditFacilityProposalId> = rows.iter().map(|row| row.id).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.find_all(&ids).await?;
        let mut op = self.outbox.begin_op().await?;
        let customer = self.customers.find_in_op(&mut op, customer).await?;
        let eligibility = self.eligibility_of(&mut op, &customer).await?;
        let mut proposals = Vec::with_capacity(ids.len());
        for proposal in ids.iter().filter_map(|id| found.remove(id)) {
            let (by, at) = (&proposal.proposed_by, proposal.created_at());
            let eyes = access::eyes_of(op.as_executor(), subject, by, at).await?;
            let facts = Facts {
                eligibility: eligibility.clone(),
                lost: Ineligible::lost_since(&customer, proposal.customer_version),
                own: eyes == Eyes::Own,
                perhaps_own: eyes == Eyes::PerhapsOne,
            };
            proposals.push((proposal, facts));
        }
        Ok(proposals)
    }
}
