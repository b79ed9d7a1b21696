//! Reacts to the outbox: brings the steps of each customer that something happened to to what the facts say now.
//!
//! An event only says whom to look at, so neither its age nor the order matters.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use customer::{event::OnboardingEvent, primitives::Activity};
use es_entity::AtomicOperation;
use obix::{
    EventCtx, EventDelivery, FlushOp, Handled, InsertOrder, OutboxEventJobConfig,
    SingletonSubscriber,
};
use uuid::Uuid;

use crate::{
    queue::{self, Holder, Template},
    steps::{ACCESS, ACCOUNT_LOCK, EMAIL_NOTICE, LOGIN, Step, WELCOME_EMAIL},
};

type SubscriberError = Box<dyn std::error::Error + Send + Sync>;

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// To look at how the customer stands now.
    Look,
    /// To look, and to let the login and the mails follow another address.
    FollowEmail,
}

/// The subscriber that starts provisioning, ends it, and starts it anew.
pub struct Starter {
    templates: Vec<Template>,
}

impl Starter {
    /// Sees to these steps for each customer.
    #[must_use]
    pub fn new(steps: &[Arc<dyn Step>]) -> Self {
        Self {
            templates: queue::templates(steps),
        }
    }

    /// Registers it; before the jobs start polling.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register(
        self,
        outbox: &customer::event::Outbox,
        jobs: &mut job::Jobs,
    ) -> Result<(), SubscriberError> {
        // A bug or an outage must not stop the stream of events for minutes.
        let retry = job::RetrySettings {
            backoff: job::Backoff::new(
                Duration::from_millis(200),
                Duration::from_millis(500),
                Duration::from_secs(5),
                20,
            ),
            ..job::RetrySettings::default()
        };
        let config = OutboxEventJobConfig::new(job::JobType::new("provisioning-starter"))
            .with_retry_settings(retry);
        outbox
            .register_singleton_subscriber::<_, InsertOrder>(jobs, config, self)
            .await
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Brings the steps of these customers to what the facts say now. `moves` counts the changes of e-mail of each.
    async fn bring(
        &self,
        op: &mut impl AtomicOperation,
        moves: &BTreeMap<Uuid, i32>,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<Uuid> = moves.keys().copied().collect();
        let holders = queue::lock(op, &ids).await?;
        let let_in = those(&holders, |holder| holder.locked_out.is_none());
        let fresh = if let_in.is_empty() {
            HashSet::new()
        } else {
            queue::begin(op, &let_in, &self.templates).await?
        };
        // Whoever was only just begun with is as the facts say already: the ordinary case ends here.
        let known = those(&holders, |holder| !fresh.contains(&holder.id));
        if known.is_empty() {
            return Ok(());
        }
        let restarted = those(&holders, |holder| {
            holder.locked_out.is_none() && !fresh.contains(&holder.id)
        });
        queue::restart(op, &restarted).await?;
        let (out, reasons): (Vec<Uuid>, Vec<String>) = holders
            .iter()
            .filter_map(|holder| Some((holder.id, holder.locked_out?.to_owned())))
            .unzip();
        queue::cancel(op, &out, &reasons).await?;
        let moved: Vec<&Holder> = holders
            .iter()
            .filter(|holder| moves.get(&holder.id).is_some_and(|changes| *changes > 0))
            .filter(|holder| !fresh.contains(&holder.id))
            .collect();
        self.arm(op, ACCESS, &known).await?;
        // Never one without the other: see `erasure.rs`.
        let closed = those(&holders, |holder| holder.activity == Activity::Closed);
        self.arm(op, ACCOUNT_LOCK, &closed).await?;
        if !moved.is_empty() {
            self.follow_email(op, &moved, moves).await?;
        }
        queue::release(op, &known).await
    }

    /// Another address: the login follows (the step `access`), then new credentials or a notice go out.
    async fn follow_email(
        &self,
        op: &mut impl AtomicOperation,
        moved: &[&Holder],
        moves: &BTreeMap<Uuid, i32>,
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<Uuid> = moved.iter().map(|holder| holder.id).collect();
        let let_in: Vec<Uuid> = moved
            .iter()
            .filter(|holder| holder.locked_out.is_none())
            .map(|holder| holder.id)
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
            queue::arm(op, &let_in, &welcome.clone().after(ACCESS)).await?;
        }
        self.arm(op, EMAIL_NOTICE, &ids).await?;
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

    async fn arm(
        &self,
        op: &mut impl AtomicOperation,
        step: &str,
        customers: &[Uuid],
    ) -> Result<(), sqlx::Error> {
        match self.template(step) {
            Some(template) if !customers.is_empty() => queue::arm(op, customers, template).await,
            _ => Ok(()),
        }
    }

    fn template(&self, step: &str) -> Option<&Template> {
        queue::template_of(&self.templates, step)
    }
}

fn those(holders: &[Holder], wanted: impl Fn(&Holder) -> bool) -> Vec<Uuid> {
    holders
        .iter()
        .filter(|holder| wanted(holder))
        .map(|holder| holder.id)
        .collect()
}

impl SingletonSubscriber<OnboardingEvent> for Starter {
    type Batch = Vec<(Uuid, Asked)>;

    async fn handle_persistent<'inv>(
        &self,
        ctx: EventCtx<'inv, Self::Batch>,
        event: &EventDelivery<OnboardingEvent>,
    ) -> Result<Handled<'inv>, SubscriberError> {
        let Some(event) = &event.payload else {
            return Ok(ctx.skip());
        };
        let asked = match event {
            OnboardingEvent::CustomerKycUpdated { .. }
            | OnboardingEvent::CustomerActivityChanged { .. } => Asked::Look,
            OnboardingEvent::CustomerEmailChanged { .. } => Asked::FollowEmail,
            _ => return Ok(ctx.skip()),
        };
        let subject = event.subject();
        Ok(ctx.collect_with(move |batch: &mut Self::Batch| batch.push((subject, asked))))
    }

    async fn flush(
        &self,
        op: &mut FlushOp<'_, InsertOrder>,
        items: Self::Batch,
    ) -> Result<(), SubscriberError> {
        let mut moves = BTreeMap::new();
        for (id, asked) in items {
            match asked {
                Asked::Look => {
                    moves.entry(id).or_insert(0);
                }
                Asked::FollowEmail => *moves.entry(id).or_insert(0) += 1,
            }
        }
        if !moves.is_empty() {
            self.bring(op, &moves).await?;
        }
        Ok(())
    }
}
