//! Reacts to the outbox: brings the steps of each customer that something happened to to what the facts say now.
//!
//! An event only says whom to look at, so neither its age nor the order matters. Whoever becomes a customer gets the steps in
//! that very transaction; all else is delivered.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use claim_loop::WorkError;
use customer::{
    event::{OnboardingEvent, PROVISIONING_STARTER},
    primitives::Activity,
};
use es_entity::{AtomicOperation, DbOp, hooks::HookOperation};
use outbox::{Delivery, Listener, TransactionListener};
use uuid::Uuid;

use crate::{
    queue::{self, StepCustomer, Template},
    steps::{ACCESS, ACCOUNT_LOCK, EMAIL_NOTICE, LOGIN, Step, WELCOME_EMAIL},
};

/// Starts provisioning, ends it, and starts it anew. Cheap to clone.
#[derive(Clone)]
pub struct Starter {
    templates: Arc<[Template]>,
}

impl Starter {
    /// Sees to these steps for each customer.
    #[must_use]
    pub fn new(steps: &[Arc<dyn Step>]) -> Self {
        Self {
            templates: queue::templates(steps).into(),
        }
    }

    /// Brings the steps of these customers to what the facts say now. `moves` counts the changes of e-mail of each.
    async fn sync_steps(
        &self,
        op: &mut impl AtomicOperation,
        moves: &BTreeMap<Uuid, i32>,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<Uuid> = moves.keys().copied().collect();
        let locked = queue::lock(op, &ids).await?;
        let let_in = ids_where(&locked, |customer_now| customer_now.locked_out.is_none());
        let fresh = if let_in.is_empty() {
            HashSet::new()
        } else {
            queue::begin(op, &let_in, &self.templates).await?
        };
        // Whoever was only just begun with is as the facts say already: the ordinary case ends here.
        let known = ids_where(&locked, |customer_now| !fresh.contains(&customer_now.id));
        if known.is_empty() {
            return Ok(());
        }
        let restarted = ids_where(&locked, |customer_now| {
            customer_now.locked_out.is_none() && !fresh.contains(&customer_now.id)
        });
        queue::restart(op, &restarted).await?;
        let (out, reasons): (Vec<Uuid>, Vec<String>) = locked
            .iter()
            .filter_map(|customer_now| Some((customer_now.id, customer_now.locked_out?.to_owned())))
            .unzip();
        queue::cancel(op, &out, &reasons).await?;
        let moved: Vec<&StepCustomer> = locked
            .iter()
            .filter(|customer_now| {
                moves
                    .get(&customer_now.id)
                    .is_some_and(|changes| *changes > 0)
            })
            .filter(|customer_now| !fresh.contains(&customer_now.id))
            .collect();
        self.request(op, ACCESS, &known).await?;
        // Never one without the other: see `erasure.rs`.
        let closed = ids_where(&locked, |customer_now| {
            customer_now.activity == Activity::Closed
        });
        self.request(op, ACCOUNT_LOCK, &closed).await?;
        if !moved.is_empty() {
            self.follow_email(op, &moved, moves).await?;
        }
        queue::release(op, &known).await
    }

    /// Another address: the login follows (the step `access`), then new credentials or a notice go out.
    async fn follow_email(
        &self,
        op: &mut impl AtomicOperation,
        moved: &[&StepCustomer],
        moves: &BTreeMap<Uuid, i32>,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<Uuid> = moved.iter().map(|customer_now| customer_now.id).collect();
        let let_in: Vec<Uuid> = moved
            .iter()
            .filter(|customer_now| customer_now.locked_out.is_none())
            .map(|customer_now| customer_now.id)
            .collect();
        // A login that is being made, or could not be made for the old address, is made for the new one; and who is
        // locked out gets new credentials once that is lifted.
        sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step
            SET state = CASE WHEN step = $3 THEN 'waiting' ELSE 'cancelled' END, generation = generation + 1,
                attempt = 0, last_error = CASE WHEN step <> $3 THEN 'The e-mail was changed.' END,
                next_try = NULL, changed_at = clock_timestamp()
            WHERE customer_id = ANY($1) AND CASE WHEN customer_id = ANY($2)
                THEN step = $3 AND state NOT IN ('done', 'cancelled')
                ELSE step = $4 AND state = 'done' END
            "#,
            &ids,
            &let_in,
            LOGIN,
            WELCOME_EMAIL,
        )
        .execute(op.as_executor())
        .await?;
        if let Some(welcome) = self.template(WELCOME_EMAIL) {
            queue::request(op, &let_in, &welcome.clone().after(ACCESS)).await?;
        }
        self.request(op, EMAIL_NOTICE, &ids).await?;
        let changes: Vec<i32> = ids
            .iter()
            .map(|id| moves.get(id).copied().unwrap_or_default())
            .collect();
        sqlx::query!(
            r#"
            UPDATE provisioning_steps AS step SET changes = step.changes + moved.changes
            FROM UNNEST($1::uuid[], $2::int[]) AS moved (customer_id, changes)
            WHERE step.customer_id = moved.customer_id AND step = $3
            "#,
            &ids,
            &changes,
            EMAIL_NOTICE,
        )
        .execute(op.as_executor())
        .await?;
        Ok(())
    }

    async fn request(
        &self,
        op: &mut impl AtomicOperation,
        step: &str,
        customers: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        match self.template(step) {
            Some(template) if !customers.is_empty() => {
                queue::request(op, customers, template).await
            }
            _ => Ok(()),
        }
    }

    fn template(&self, step: &str) -> Option<&Template> {
        queue::template_of(&self.templates, step)
    }
}

fn ids_where(locked: &[StepCustomer], wanted: impl Fn(&StepCustomer) -> bool) -> Vec<Uuid> {
    locked
        .iter()
        .filter(|customer_now| wanted(customer_now))
        .map(|customer_now| customer_now.id)
        .collect()
}

#[async_trait::async_trait]
impl Listener<OnboardingEvent> for Starter {
    fn name(&self) -> &'static str {
        PROVISIONING_STARTER
    }

    async fn hear(
        &self,
        op: &mut DbOp<'static>,
        deliveries: &[Delivery<OnboardingEvent>],
    ) -> Result<(), WorkError> {
        let mut moves = BTreeMap::new();
        for delivery in deliveries {
            let moved = matches!(delivery.event, OnboardingEvent::CustomerEmailChanged { .. });
            *moves.entry(delivery.subject).or_insert(0) += i32::from(moved);
        }
        Ok(self.sync_steps(op, &moves).await?)
    }
}

#[async_trait::async_trait]
impl TransactionListener<OnboardingEvent> for Starter {
    fn name(&self) -> &'static str {
        PROVISIONING_STARTER
    }

    async fn hear(
        &self,
        op: &mut HookOperation<'_>,
        events: &[OnboardingEvent],
    ) -> Result<Vec<Uuid>, sqlx::Error> {
        let converted: BTreeMap<Uuid, i32> = events
            .iter()
            .filter(|event| matches!(event, OnboardingEvent::ProspectConverted { .. }))
            .map(|event| (event.subject(), 0))
            .collect();
        if !converted.is_empty() {
            self.sync_steps(op, &converted).await?;
        }
        Ok(converted.into_keys().collect())
    }
}
