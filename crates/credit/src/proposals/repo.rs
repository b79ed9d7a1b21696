use customer::primitives::CustomerId;
use es_entity::*;
use outbox::Outbox;
use sqlx::PgPool;

use super::{entity::*, event::*};
use crate::{CreditFacilityProposalId, event::CreditEvent};

/// Proposals in the database. Whatever is persisted is published with it.
#[derive(EsRepo, Clone)]
#[es_repo(
    entity = "CreditFacilityProposal",
    id(source = caller),
    columns(
        customer_id(ty = "CustomerId", update(persist = false), find_by = false, list_by = false),
        amount(ty = "i64", create(accessor = "amount.cents()"), update(persist = false), find_by = false, list_by = false),
        purpose(ty = "Option<String>", create(accessor = "purpose_column()"), update(persist = false), find_by = false, list_by = false),
        status(ty = "String", create(accessor = "status_at_start()"), update(accessor = "status_name()"), find_by = false, list_by = false),
    ),
    forgettable,
    post_persist_hook = "publish",
    persist_event_context = false
)]
pub(crate) struct ProposalRepo {
    #[expect(
        dead_code,
        reason = "the derive asks for it; whoever calls brings a connection"
    )]
    pool: PgPool,
    outbox: Outbox,
}

impl ProposalRepo {
    pub(crate) fn new(pool: PgPool, outbox: Outbox) -> Self {
        Self { pool, outbox }
    }

    async fn publish(
        &self,
        op: &mut impl AtomicOperation,
        proposal: &CreditFacilityProposal,
        new_events: LastPersisted<'_, CreditFacilityProposalEvent>,
    ) -> Result<(), RepoFault> {
        use CreditFacilityProposalEvent::*;
        let events: Vec<_> = new_events
            .map(|event| {
                let proposed = proposal.proposed();
                match &event.event {
                    Initialized { .. } => CreditEvent::CreditFacilityProposalCreated(proposed),
                    Accepted { .. } => CreditEvent::CreditFacilityProposalAccepted(proposed),
                    DeclinedByCustomer { .. } => {
                        CreditEvent::CreditFacilityProposalDeclinedByCustomer(proposed)
                    }
                    Approved { .. } => CreditEvent::CreditFacilityProposalApproved(proposed),
                    Denied { .. } => CreditEvent::CreditFacilityProposalDenied(proposed),
                    Cancelled { .. } => CreditEvent::CreditFacilityProposalCancelled(proposed),
                }
            })
            .collect();
        self.outbox.publish_all(op, events).await?;
        Ok(())
    }
}
