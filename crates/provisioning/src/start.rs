//! Reacts to the outbox: a verified customer's steps are written down, a rejected one's are cancelled.

use std::{sync::Arc, time::Duration};

use customer::{event::OnboardingEvent, primitives::Verification};
use es_entity::AtomicOperation as _;
use obix::{
    EventCtx, EventDelivery, FlushOp, Handled, InsertOrder, OutboxEventJobConfig,
    SingletonSubscriber,
};
use uuid::Uuid;

use crate::{CHANNEL, steps::Step};

type SubscriberError = Box<dyn std::error::Error + Send + Sync>;

/// What an event asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The steps are to be done.
    Start,
    /// What isn't done is not to be done.
    Cancel,
}

/// The subscriber that starts provisioning.
pub struct Starter {
    steps: Vec<Arc<dyn Step>>,
}

impl Starter {
    /// Starts these steps for each customer.
    #[must_use]
    pub fn new(steps: &[Arc<dyn Step>]) -> Self {
        Self {
            steps: steps.to_vec(),
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
}

impl SingletonSubscriber<OnboardingEvent> for Starter {
    type Batch = Vec<(Uuid, Asked)>;

    async fn handle_persistent<'inv>(
        &self,
        ctx: EventCtx<'inv, Self::Batch>,
        event: &EventDelivery<OnboardingEvent>,
    ) -> Result<Handled<'inv>, SubscriberError> {
        let Some(OnboardingEvent::CustomerKycUpdated {
            customer_id,
            verification,
            ..
        }) = &event.payload
        else {
            return Ok(ctx.skip());
        };
        let asked = match verification {
            Verification::Rejected => Asked::Cancel,
            Verification::Verified | Verification::PendingVerification => Asked::Start,
        };
        Ok(ctx.collect_with(|batch: &mut Self::Batch| batch.push(((*customer_id).into(), asked))))
    }

    async fn flush(
        &self,
        op: &mut FlushOp<'_, InsertOrder>,
        items: Self::Batch,
    ) -> Result<(), SubscriberError> {
        let of = |wanted| {
            items
                .iter()
                .filter(|(_, asked)| *asked == wanted)
                .map(|(id, _)| *id)
                .collect::<Vec<Uuid>>()
        };
        let (started, cancelled) = (of(Asked::Start), of(Asked::Cancel));
        let of_steps = |of: fn(&dyn Step) -> &str| -> Vec<String> {
            self.steps
                .iter()
                .map(|step| of(step.as_ref()).to_owned())
                .collect()
        };
        let waits: Vec<bool> = self
            .steps
            .iter()
            .map(|step| step.after().is_some())
            .collect();
        sqlx::query!(
            r#"
            INSERT INTO provisioning_steps (customer_id, step, label, dependency, position, state, next_try)
            SELECT customer_id, step, label, dependency, position, 'waiting',
                CASE WHEN waits THEN NULL ELSE clock_timestamp() END
            FROM UNNEST($1::uuid[]) AS customer_id
            CROSS JOIN UNNEST($2::text[], $3::text[], $4::text[], $5::bool[])
                WITH ORDINALITY AS steps (step, label, dependency, waits, position)
            ON CONFLICT DO NOTHING
            "#,
            &started,
            &of_steps(|step| step.name()),
            &of_steps(|step| step.label()),
            &of_steps(|step| step.dependency()),
            &waits,
        )
        .execute(op.as_executor())
        .await?;
        if !cancelled.is_empty() {
            sqlx::query!(
                r#"
                UPDATE provisioning_steps SET state = 'cancelled', next_try = NULL,
                    last_error = 'The customer was rejected.', changed_at = clock_timestamp()
                WHERE customer_id = ANY($1) AND state IN ('waiting', 'running', 'retrying', 'needs_person')
                "#,
                &cancelled,
            )
            .execute(op.as_executor())
            .await?;
        }
        sqlx::query!("SELECT pg_notify($1, '')", CHANNEL)
            .fetch_one(op.as_executor())
            .await?;
        Ok(())
    }
}
