use customer::primitives::CustomerId;
use es_entity::*;
use outbox::Outbox;
use sqlx::PgPool;
use uuid::Uuid;

use super::entity::*;
use crate::{event::MoneyEvent, primitives::DepositId};

/// Deposits in the database. Whatever is persisted is published with it.
#[derive(EsRepo, Clone)]
#[es_repo(
    entity = "Deposit",
    id(source = caller),
    columns(
        public_id(ty = "String", create(accessor = "public_id.0.clone()"), update(persist = false)),
        customer_id(ty = "CustomerId", update(persist = false), find_by = false, list_by = false),
        account_id(ty = "Uuid", update(persist = false), find_by = false, list_by = false),
        amount(ty = "i64", create(accessor = "amount.cents()"), update(persist = false), find_by = false, list_by = false),
        reference(ty = "Option<String>", create(accessor = "reference.clone()"), update(persist = false), find_by = false, list_by = false),
        reference_key(ty = "Option<String>", create(accessor = "reference_key()"), update(persist = false), find_by = false, list_by = false),
        status(ty = "String", create(accessor = "status_at_start()"), update(accessor = "status_name()"), find_by = false, list_by = false),
    ),
    forgettable,
    post_persist_hook = "publish",
    persist_event_context = false
)]
pub(crate) struct DepositRepo {
    pool: PgPool,
    outbox: Outbox,
}

impl DepositRepo {
    pub(crate) fn new(pool: PgPool, outbox: Outbox) -> Self {
        Self { pool, outbox }
    }

    async fn publish(
        &self,
        op: &mut impl AtomicOperation,
        deposit: &Deposit,
        new_events: LastPersisted<'_, DepositEvent>,
    ) -> Result<(), RepoFault> {
        let events: Vec<_> = new_events
            .map(|event| match &event.event {
                DepositEvent::Initialized { .. } => MoneyEvent::DepositRecorded(deposit.moved()),
                DepositEvent::Reverted { .. } => MoneyEvent::DepositReverted(deposit.moved()),
            })
            .collect();
        self.outbox.publish_all(op, events).await?;
        Ok(())
    }
}
