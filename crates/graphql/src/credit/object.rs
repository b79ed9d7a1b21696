//! The GraphQL type `CreditFacilityProposal`.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Object};
use credit::{
    CreditFacilityProposal as Entity, CreditFacilityProposalId, ProposalRow, ProposalStatus,
};
use kernel::{Cursor, MoneyFilter};
use uuid::Uuid;

use super::{CreditFacilityIneligibility, CreditFacilityProposalStatus};
use crate::{
    cached::Cached,
    connection::{Connection, PageArgs, cost},
    customers::Customer,
    error::{ApiError, found},
    event_history::{self, AuditTraces, EventTimelineEntry},
    page_batch::PageBatch,
    request::{caller, services},
    scalars::{Timestamp, UsdCents},
};

/// The proposals of a page; what one of them is asked for is read for all.
pub(crate) struct ProposalBatch {
    ids: Vec<CreditFacilityProposalId>,
    customers: Arc<PageBatch>,
    entities: Cached<HashMap<CreditFacilityProposalId, Arc<Entity>>>,
    audit_traces: Cached<AuditTraces>,
}

impl ProposalBatch {
    /// These proposals, of these customers.
    pub(crate) fn new(ids: Vec<CreditFacilityProposalId>, customers: &Arc<PageBatch>) -> Arc<Self> {
        Arc::new(Self {
            ids,
            customers: Arc::clone(customers),
            entities: Cached::empty(),
            audit_traces: Cached::empty(),
        })
    }

    async fn entities(
        &self,
    ) -> Result<Arc<HashMap<CreditFacilityProposalId, Arc<Entity>>>, ApiError> {
        let credit = &self.customers.services.credit;
        let read = || async move {
            let found = credit.proposals(&self.customers.subject, &self.ids).await?;
            let entities = found.into_iter();
            Ok(entities
                .map(|(id, entity)| (id, Arc::new(entity)))
                .collect())
        };
        self.entities.get_or_read(read).await
    }

    async fn audit_traces(&self) -> Result<Arc<AuditTraces>, ApiError> {
        let read = || async move {
            let entities = self.entities().await?;
            let events = entities
                .values()
                .flat_map(|entity| credit::timeline(entity));
            AuditTraces::read(&self.customers.services.audit, events).await
        };
        self.audit_traces.get_or_read(read).await
    }
}

/// The GraphQL type `CreditFacilityProposal`, with what its page shares.
pub(crate) struct CreditFacilityProposal {
    row: ProposalRow,
    batch: Arc<ProposalBatch>,
}

impl CreditFacilityProposal {
    /// The proposal with this UUID; none when there is no such.
    pub(crate) async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>, ApiError> {
        let credit = &services(ctx)?.credit;
        let entity = found(credit.proposal(&caller(ctx)?.subject, id.into()).await)?;
        entity.map(|entity| Self::single(ctx, entity)).transpose()
    }

    /// One that has been read already.
    pub(crate) fn single(ctx: &Context<'_>, entity: Entity) -> Result<Self, ApiError> {
        let customers = PageBatch::new(ctx, [entity.customer_id])?;
        let batch = ProposalBatch::new(vec![entity.id], &customers);
        let row = entity.row();
        let by_id = HashMap::from([(entity.id, Arc::new(entity))]);
        batch.entities.fill(by_id);
        Ok(Self { row, batch })
    }

    /// A page of a customer's, newest first.
    pub(crate) async fn page_of_customer(
        customers: &Arc<PageBatch>,
        customer: Uuid,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor>::parse(first, after)?;
        Ok(match customers.proposals(customer, page).await? {
            Some((found, batch)) => Self::connection(page, found, &batch),
            None => page.empty_connection(),
        })
    }

    /// A page of those that wait for a decision, of all customers, oldest first.
    pub(crate) async fn pending_approval(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor>::parse(first, after)?;
        let found = services(ctx)?
            .credit
            .open_proposals(&caller(ctx)?.subject, page.after, page.first)
            .await?;
        Self::page(ctx, page, found)
    }

    /// A page of what a filter lets through, newest first.
    pub(crate) async fn filtered(
        ctx: &Context<'_>,
        filter: &MoneyFilter<ProposalStatus>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor>::parse(first, after)?;
        let subject = &caller(ctx)?.subject;
        let credit = &services(ctx)?.credit;
        let found = credit
            .list_proposals(subject, filter, page.after, page.first)
            .await?;
        Self::page(ctx, page, found)
    }

    fn page(
        ctx: &Context<'_>,
        page: PageArgs<Cursor>,
        found: kernel::Page<ProposalRow>,
    ) -> Result<Connection<Self>, ApiError> {
        let customers = PageBatch::new(ctx, found.rows.iter().map(|row| row.customer_id))?;
        let ids = found.rows.iter().map(|row| row.id).collect();
        let batch = ProposalBatch::new(ids, &customers);
        Ok(Self::connection(page, found, &batch))
    }

    fn connection(
        page: PageArgs<Cursor>,
        found: kernel::Page<ProposalRow>,
        batch: &Arc<ProposalBatch>,
    ) -> Connection<Self> {
        let nodes = found.rows.into_iter().map(|row| {
            let batch = Arc::clone(batch);
            (row.cursor(), Self { row, batch })
        });
        page.connection(nodes, found.next.is_some())
    }

    async fn entity(&self) -> Result<Arc<Entity>, ApiError> {
        let entities = self.batch.entities().await?;
        let found = entities.get(&self.row.id).cloned();
        found.ok_or_else(|| ApiError::internal(&"a proposal without its events"))
    }
}

/// A credit facility, proposed to a customer by an operator. The customer accepts or declines it in the portal; then another
/// operator decides.
#[Object]
impl CreditFacilityProposal {
    /// The proposal's UUID.
    async fn credit_facility_proposal_id(&self) -> Uuid {
        self.row.id.into()
    }

    /// The customer to whom it is proposed.
    async fn customer_id(&self) -> Uuid {
        self.row.customer_id.into()
    }

    /// The customer to whom it is proposed.
    async fn customer(&self) -> Result<Customer, ApiError> {
        Customer::in_batch(&self.batch.customers, self.row.customer_id.into())
            .await?
            .ok_or_else(|| ApiError::internal(&"a proposal without its customer"))
    }

    /// The facility's amount.
    async fn facility_amount(&self) -> UsdCents {
        UsdCents(self.row.amount.cents())
    }

    /// What for, as the customer reads it; empty once it is erased.
    async fn purpose(&self) -> &str {
        self.row.purpose.as_deref().unwrap_or_default()
    }

    /// What the bank's people should know, and the customer doesn't see; empty when nothing was given, and once it is erased.
    async fn note(&self) -> Result<String, ApiError> {
        Ok(self.entity().await?.note().unwrap_or_default())
    }

    /// Where it stands.
    async fn status(&self) -> CreditFacilityProposalStatus {
        self.row.status.into()
    }

    /// What cost the customer the eligibility while it was open; of CANCELLED only.
    async fn cancelled_because(&self) -> Result<Option<CreditFacilityIneligibility>, ApiError> {
        Ok(self.entity().await?.cancelled_because.map(Into::into))
    }

    /// When it was made.
    async fn created_at(&self) -> Timestamp {
        self.row.created_at.into()
    }

    /// What happened to it, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn event_history(
        &self,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<EventTimelineEntry>, ApiError> {
        let traces = self.batch.audit_traces().await?;
        let timeline = credit::timeline(&*self.entity().await?);
        let customers = &self.batch.customers;
        event_history::page_of(timeline, &traces, customers, first, after.as_deref())
    }
}
