//! Reacts to the outbox: brings the steps of each customer that something happened to to what the facts say now.
//!
//! An event only says whom to look at, so neither its age nor the order matters. Whoever becomes a customer gets the steps in
//! that very transaction; all else is delivered.

use std::{collections::BTreeMap, sync::Arc};

use claim_loop::WorkError;
use customer::{
    event::{OnboardingEvent, PROVISIONING_STARTER},
    primitives::Activity,
};
use es_entity::{AtomicOperation, DbOp, hooks::HookOperation};
use kernel::Event;
use outbox::{Listener, TransactionListener};
use uuid::Uuid;

use crate::{
    queue::{self, Template},
    rows,
    step_customer::{self, StepCustomer},
    steps::{ACCESS, ACCOUNT_LOCK, EMAIL_NOTICE, LOGIN, Step, VERIFICATION_LINK, WELCOME_EMAIL},
    transitions::StepEvent,
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
        let locked = step_customer::lock(op, &ids).await?;
        let let_in = ids_where(&locked, |customer| customer.locked_out.is_none());
        let fresh = if let_in.is_empty() {
            Vec::new()
        } else {
            queue::begin(op, &let_in, &self.templates).await?
        };
        // Whoever was only just begun with is as the facts say already: the ordinary case ends here.
        let known = ids_where(&locked, |customer| !fresh.contains(&customer.id));
        if known.is_empty() {
            return Ok(());
        }
        let (restarted, out): (Vec<Uuid>, Vec<Uuid>) =
            known.iter().partition(|id| let_in.contains(id));
        queue::restart(op, &restarted).await?;
        let reasons = locked
            .iter()
            .filter_map(|customer| Some((customer.id, customer.locked_out?)))
            .collect();
        queue::cancel(op, &reasons).await?;
        self.request(op, ACCESS, &known).await?;
        // Never one without the other: see `erasure.rs`.
        let closed = ids_where(&locked, |customer| customer.activity == Activity::Closed);
        self.request(op, ACCOUNT_LOCK, &closed).await?;
        let has_moved = |id: &Uuid| moves.get(id).is_some_and(|changes| *changes > 0);
        let [moved_in, moved_out] =
            [restarted, out].map(|ids| ids.into_iter().filter(has_moved).collect::<Vec<Uuid>>());
        self.follow_email(op, &moved_in, &moved_out, moves).await?;
        queue::fall_due(op, &known).await
    }

    /// Another address: the login follows (the step `access`), then new credentials or a notice go out.
    async fn follow_email(
        &self,
        op: &mut impl AtomicOperation,
        let_in: &[Uuid],
        locked_out: &[Uuid],
        moves: &BTreeMap<Uuid, i32>,
    ) -> Result<(), sqlx::Error> {
        // A login that is being made, or could not be made for the old address, is made for the new one; and who is
        // locked out gets new credentials once that is lifted.
        queue::decide(op, let_in, LOGIN, StepEvent::Redo, None).await?;
        let why = Some("The e-mail was changed.");
        queue::decide(op, locked_out, WELCOME_EMAIL, StepEvent::Withdraw, why).await?;
        if let Some(welcome) = self.template(WELCOME_EMAIL) {
            queue::request(op, let_in, &welcome.clone().after(ACCESS)).await?;
        }
        let moved = [let_in, locked_out].concat();
        self.request(op, EMAIL_NOTICE, &moved).await?;
        let changes: Vec<(Uuid, i32)> = moved
            .iter()
            .filter_map(|id| Some((*id, *moves.get(id)?)))
            .collect();
        rows::count_changes(op, EMAIL_NOTICE, &changes).await
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
impl Listener for Starter {
    fn name(&self) -> &'static str {
        PROVISIONING_STARTER
    }

    async fn hear(&self, op: &mut DbOp<'static>, events: &[Event]) -> Result<(), WorkError> {
        let mut moves = BTreeMap::new();
        for event in events {
            let moved = matches!(event.read()?, OnboardingEvent::CustomerEmailChanged { .. });
            *moves.entry(event.subject).or_insert(0) += i32::from(moved);
        }
        Ok(self.sync_steps(op, &moves).await?)
    }
}

#[async_trait::async_trait]
impl TransactionListener for Starter {
    fn name(&self) -> &'static str {
        PROVISIONING_STARTER
    }

    async fn hear(
        &self,
        op: &mut HookOperation<'_>,
        events: &[Event],
    ) -> Result<Vec<Uuid>, sqlx::Error> {
        let converted: BTreeMap<Uuid, i32> = events
            .iter()
            .filter(|event| matches!(event.read(), Ok(OnboardingEvent::ProspectConverted { .. })))
            .map(|event| (event.subject, 0))
            .collect();
        let converted_ids: Vec<Uuid> = converted.keys().copied().collect();
        if !converted.is_empty() {
            self.sync_steps(op, &converted).await?;
            let why = Some("The prospect has become a customer.");
            queue::decide(
                op,
                &converted_ids,
                VERIFICATION_LINK,
                StepEvent::Cancel,
                why,
            )
            .await?;
        }
        Ok(converted_ids)
    }
}
