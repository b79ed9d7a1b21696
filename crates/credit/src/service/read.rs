//! Looking, for who may see customers (CUSTOMER_READ), auditors too. That somebody looked is written down.

use std::collections::HashMap;

use access::{AuditAction, AuditObject, Look, ObjectKind, Permission, Subject};
use customer::primitives::CustomerId;
use kernel::{Cursor, Error, Page};
use uuid::Uuid;

use super::Credit;
use crate::{CreditFacilityProposal, CreditFacilityProposalId, ProposalRow, lists};

impl Credit {
    /// One proposal.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn proposal(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
    ) -> Result<CreditFacilityProposal, Error> {
        let found = self.find(id).await?;
        let object = found.object();
        let look = self
            .look(subject, AuditAction::CreditProposalRead, object)
            .await?;
        look.at([object]).await?;
        Ok(found)
    }

    /// A customer's proposals, newest first, at most `first` ([`crate::PAGE_AT_MOST`]) after a cursor.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn proposals_of(
        &self,
        subject: &Subject,
        customer: CustomerId,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<ProposalRow>, Error> {
        let id = Uuid::from(customer);
        let mut found = self.proposals_of_many(subject, &[id], after, first).await?;
        Ok(found.remove(&id).unwrap_or_else(Page::empty))
    }

    /// [`Credit::proposals_of`] for many customers at once, by customer; who has none is not among them.
    ///
    /// # Errors
    /// As [`Credit::proposals_of`].
    pub async fn proposals_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
        after: Option<Cursor>,
        first: usize,
    ) -> Result<HashMap<Uuid, Page<ProposalRow>>, Error> {
        let look = self
            .look(subject, AuditAction::CreditProposalList, AuditObject::LIST)
            .await?;
        let found = lists::of_customers(&self.pool, customers, after, first).await?;
        look.at(found.keys().map(|id| ObjectKind::Customer.id(*id)))
            .await?;
        Ok(found)
    }

    /// These proposals with all that happened to them, by id.
    ///
    /// # Errors
    /// As [`Credit::proposals_of`].
    pub async fn proposals(
        &self,
        subject: &Subject,
        ids: &[CreditFacilityProposalId],
    ) -> Result<HashMap<CreditFacilityProposalId, CreditFacilityProposal>, Error> {
        let look = self
            .look(subject, AuditAction::CreditProposalList, AuditObject::LIST)
            .await?;
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let found = self.find_all(ids).await?;
        let whose = found.values().map(|proposal| proposal.customer_id);
        look.at(whose.map(|id| ObjectKind::Customer.id(id))).await?;
        Ok(found)
    }

    /// The proposals to all customers that wait for a decision; as [`Credit::proposals_of`].
    ///
    /// # Errors
    /// As [`Credit::proposals_of`].
    pub async fn open_proposals(
        &self,
        subject: &Subject,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<ProposalRow>, Error> {
        let look = self
            .look(subject, AuditAction::CreditProposalList, AuditObject::LIST)
            .await?;
        let found = lists::waiting(&self.pool, after, first).await?;
        look.at(found.rows.iter().flat_map(ProposalRow::objects))
            .await?;
        Ok(found)
    }

    /// The newest proposal to this customer that waits for a decision; as [`Credit::proposals_of`].
    ///
    /// # Errors
    /// As [`Credit::proposals_of`].
    pub async fn newest_open_proposal_to(
        &self,
        subject: &Subject,
        customer: CustomerId,
    ) -> Result<Option<ProposalRow>, Error> {
        let look = self
            .look(subject, AuditAction::CreditProposalList, AuditObject::LIST)
            .await?;
        let found = lists::newest_waiting_of(&self.pool, customer).await?;
        look.at(found.iter().flat_map(ProposalRow::objects)).await?;
        Ok(found)
    }

    /// Whose these proposals are, by proposal; only a refusal is written down.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn customers_of(
        &self,
        subject: &Subject,
        proposals: &[Uuid],
    ) -> Result<HashMap<Uuid, Uuid>, Error> {
        self.access
            .permit(
                subject,
                Permission::CustomerRead,
                AuditAction::CreditProposalList,
                AuditObject::LIST,
            )
            .await?;
        if proposals.is_empty() {
            return Ok(HashMap::new());
        }
        let found = sqlx::query!(
            "SELECT id, customer_id FROM credit_facility_proposals WHERE id = ANY($1)",
            proposals,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(found
            .into_iter()
            .map(|row| (row.id, row.customer_id))
            .collect())
    }

    pub(super) async fn look<'a>(
        &'a self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Look<'a>, Error> {
        let may = Permission::CustomerRead;
        Ok(self.access.look(subject, may, action, object).await?)
    }
}
