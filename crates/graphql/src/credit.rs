//! `CreditFacilityProposal`.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Object};
use credit::{CreditFacilityProposal as Entity, CreditFacilityProposalId, ProposalRow};
use kernel::{Cursor, Error};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    customer::Customer,
    enums::{CreditFacilityIneligibility, CreditFacilityProposalStatus},
    error::ApiError,
    history::{EventTimelineEntry, page_of},
    loaders::{Kept, Siblings, Traces, keep},
    money::customers,
    page::{self, Page, cost},
    request::{caller, services},
    scalars::{Timestamp, UsdCents},
};

/// The proposals of a page; what one of them is asked for is read for all.
pub(crate) struct Proposals {
    ids: Vec<CreditFacilityProposalId>,
    siblings: Arc<Siblings>,
    entities: Kept<HashMap<CreditFacilityProposalId, Arc<Entity>>>,
    traces: Kept<Traces>,
}

impl Proposals {
    /// These, of these customers.
    pub(crate) fn new(ids: Vec<CreditFacilityProposalId>, siblings: &Arc<Siblings>) -> Arc<Self> {
        Arc::new(Self {
            ids,
            siblings: Arc::clone(siblings),
            entities: OnceCell::new(),
            traces: OnceCell::new(),
        })
    }

    async fn entities(
        &self,
    ) -> Result<Arc<HashMap<CreditFacilityProposalId, Arc<Entity>>>, ApiError> {
        keep(&self.entities, async {
            let credit = &self.siblings.services.credit;
            let found = credit.proposals(&self.siblings.subject, &self.ids).await?;
            Ok(found
                .into_iter()
                .map(|(id, entity)| (id, Arc::new(entity)))
                .collect())
        })
        .await
    }

    async fn traces(&self) -> Result<Arc<Traces>, ApiError> {
        keep(&self.traces, async {
            let entities = self.entities().await?;
            let events = entities
                .values()
                .flat_map(|entity| credit::timeline(entity));
            self.siblings.traces(events).await
        })
        .await
    }
}

/// See its description.
pub(crate) struct CreditFacilityProposal {
    row: ProposalRow,
    together: Arc<Proposals>,
}

impl CreditFacilityProposal {
    pub(crate) async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>, ApiError> {
        let credit = &services(ctx)?.credit;
        match credit.proposal(&caller(ctx)?.subject, id.into()).await {
            Ok(entity) => Self::alone(ctx, entity).map(Some),
            Err(Error::NotFound(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// One that has been read already.
    pub(crate) fn alone(ctx: &Context<'_>, entity: Entity) -> Result<Self, ApiError> {
        let siblings = Siblings::of(ctx, vec![entity.customer_id.into()])?;
        let together = Proposals::new(vec![entity.id], &siblings);
        let row = entity.row();
        let known = HashMap::from([(entity.id, Arc::new(entity))]);
        let _ = together.entities.set(Ok(Arc::new(known)));
        Ok(Self { row, together })
    }

    /// A page of a customer's.
    pub(crate) async fn page_of(
        siblings: &Arc<Siblings>,
        customer: Uuid,
        first: i32,
        after: Option<&str>,
    ) -> Result<Page<Self>, ApiError> {
        let (first, after) = (page::first(first)?, page::after::<Cursor>(after)?);
        let Some((found, together)) = siblings.proposals(customer, first, after).await? else {
            return Ok(page::page([], after.is_some(), false));
        };
        Ok(Self::page(found, after, &together))
    }

    /// A page of those that wait for a decision, of all customers.
    pub(crate) async fn waiting(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Page<Self>, ApiError> {
        let (first, after) = (page::first(first)?, page::after::<Cursor>(after)?);
        let found = services(ctx)?
            .credit
            .open_proposals(&caller(ctx)?.subject, after, first)
            .await?;
        let siblings = Siblings::of(ctx, customers(found.rows.iter().map(|row| row.customer_id)))?;
        let ids = found.rows.iter().map(|row| row.id).collect();
        Ok(Self::page(found, after, &Proposals::new(ids, &siblings)))
    }

    fn page(
        found: kernel::Page<ProposalRow>,
        after: Option<Cursor>,
        together: &Arc<Proposals>,
    ) -> Page<Self> {
        let more = found.next.is_some();
        let nodes = found.rows.into_iter().map(|row| {
            let together = Arc::clone(together);
            (row.cursor().to_string(), Self { row, together })
        });
        page::page(nodes, after.is_some(), more)
    }

    async fn entity(&self) -> Result<Arc<Entity>, ApiError> {
        let entities = self.together.entities().await?;
        let found = entities.get(&self.row.id).cloned();
        found.ok_or_else(|| ApiError::internal(&"a proposal without its events"))
    }
}

/// A credit facility, proposed to a customer by an operator. The customer accepts or declines it in the portal; then another
/// operator decides.
#[Object]
impl CreditFacilityProposal {
    /// The UUID.
    async fn credit_facility_proposal_id(&self) -> Uuid {
        self.row.id.into()
    }

    /// To whom.
    async fn customer_id(&self) -> Uuid {
        self.row.customer_id.into()
    }

    /// To whom.
    async fn customer(&self) -> Result<Customer, ApiError> {
        Customer::among(&self.together.siblings, self.row.customer_id.into())
            .await?
            .ok_or_else(|| ApiError::internal(&"a proposal without its customer"))
    }

    /// How much.
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
    ) -> Result<Page<EventTimelineEntry>, ApiError> {
        let traces = self.together.traces().await?;
        let timeline = credit::timeline(&*self.entity().await?);
        let siblings = &self.together.siblings;
        page_of(timeline, &traces, siblings, first, after.as_deref())
    }
}
