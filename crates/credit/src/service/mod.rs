//! The domain service that every door calls: panel, portal, GraphQL, programs.

mod cancelling;
mod customers_own;
mod deciding;
mod erase;
mod facts;
mod listing;
mod next;
mod offering;
mod proposing;
mod read;

use std::collections::HashMap;

use access::{Access, AuditAction, AuditObject, Permission, Subject};
use customer::{customer::CustomerReader, primitives::CustomerId};
use es_entity::{DbOp, OpWithTime};
use kernel::{Database, Error};
use ledger::Ledger;
use outbox::Outbox;
use sqlx::PgPool;

use crate::{
    CreditFacilityProposal, CreditFacilityProposalId, ProposalStatus,
    proposals::ProposalRepo,
    rules::{self, Action},
};

/// The domain service. Checks permissions, keeps the rules, writes events. Cheap to clone.
#[derive(Clone)]
pub struct Credit {
    pub(crate) pool: Database,
    access: Access,
    pub(crate) outbox: Outbox,
    ledger: Ledger,
    customers: CustomerReader,
    proposals: ProposalRepo,
}

impl Credit {
    /// Wires the service. `outbox` is the one that everything publishes to; `ledger` says whether there is an account.
    #[must_use]
    pub fn new(pool: impl Into<Database>, outbox: Outbox, access: Access, ledger: Ledger) -> Self {
        let pool = pool.into();
        Self {
            proposals: ProposalRepo::new(PgPool::clone(&pool), outbox.clone()),
            customers: CustomerReader::new(PgPool::clone(&pool), outbox.clone()),
            pool,
            access,
            outbox,
            ledger,
        }
    }

    async fn authorize(
        &self,
        subject: &Subject,
        permission: Permission,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), Error> {
        Ok(self
            .access
            .authorize(subject, permission, action, object)
            .await?)
    }

    async fn find(&self, id: CreditFacilityProposalId) -> Result<CreditFacilityProposal, Error> {
        let mut reading = self.pool.reading().await?;
        let found = self
            .proposals
            .maybe_find_by_id_in_op(&mut reading, id)
            .await;
        let found = reading.end(found.map_err(Error::store)).await?;
        found.ok_or(Error::NO_RECORD)
    }

    /// Those of these that there are, by id.
    async fn find_all(
        &self,
        ids: &[CreditFacilityProposalId],
    ) -> Result<HashMap<CreditFacilityProposalId, CreditFacilityProposal>, Error> {
        let mut reading = self.pool.reading().await?;
        let found = self.proposals.find_all_in_op(&mut reading, ids).await;
        reading.end(found.map_err(Error::store)).await
    }

    /// Does to a proposal what the table allows, under its customer's row lock. `whose` is the customer's id.
    async fn act(
        &self,
        subject: &Subject,
        (whose, id): (CustomerId, CreditFacilityProposalId),
        action: fn(ProposalStatus) -> Action,
        record: impl FnOnce(&mut CreditFacilityProposal, String),
    ) -> Result<CreditFacilityProposal, Error> {
        let mut op = self.outbox.begin_op().await?;
        let customer = self.customers.lock_in_op(&mut op, whose).await?;
        let mut proposal = self
            .proposals
            .find_by_id_in_op(&mut op, id)
            .await
            .map_err(Error::store)?;
        let facts = self
            .facts_of(&mut op, subject, &customer, &proposal)
            .await?;
        if !rules::may(action(proposal.status), &facts).allowed()? {
            return Ok(proposal);
        }
        record(&mut proposal, subject.as_text());
        self.save(op, &mut proposal).await?;
        Ok(proposal)
    }

    async fn save(
        &self,
        mut op: DbOp<'static>,
        proposal: &mut CreditFacilityProposal,
    ) -> Result<(), Error> {
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        self.proposals
            .update_in_op(&mut now, proposal)
            .await
            .map_err(Error::store)?;
        op.commit().await?;
        tracing::info!(proposal = %proposal.id, status = %proposal.status, "credit proposal changed");
        Ok(())
    }
}
