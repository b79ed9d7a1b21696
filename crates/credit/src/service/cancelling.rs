//! Reacts to the outbox: whoever loses the eligibility loses what is open.
//!
//! An event only says whom to look at; the customer's own history says what came after which proposal was made. So neither
//! the event's age nor the order matters: a customer who was deactivated and reactivated a moment later has lost what was
//! open in between, and keeps what was proposed since.

use std::{collections::BTreeSet, time::Duration};

use access::{Access, Subject};
use customer::{
    customer::Customer,
    event::{OnboardingEvent, Outbox},
    primitives::{Activity, CustomerId, Verification},
};
use es_entity::AtomicOperation;
use obix::{
    EventCtx, EventDelivery, FlushOp, Handled, InsertOrder, OutboxEventJobConfig,
    SingletonSubscriber,
};
use uuid::Uuid;

use super::Credit;
use crate::{
    CreditError, CreditFacilityProposalId,
    rules::{self, Facts},
};

type SubscriberError = Box<dyn std::error::Error + Send + Sync>;

impl Credit {
    /// Registers the subscriber that cancels; before the jobs start polling.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn register(
        &self,
        outbox: &Outbox,
        jobs: &mut job::Jobs,
    ) -> Result<(), SubscriberError> {
        // Nothing is skipped: an outage, or one record that can't be read, holds up what comes after it until it is over,
        // which is noticed within seconds.
        let retry = job::RetrySettings {
            backoff: job::Backoff::new(
                Duration::from_millis(200),
                Duration::from_millis(500),
                Duration::from_secs(5),
                20,
            ),
            ..job::RetrySettings::default()
        };
        let config = OutboxEventJobConfig::new(job::JobType::new("credit-canceller"))
            .with_retry_settings(retry);
        outbox
            .register_singleton_subscriber::<_, InsertOrder>(jobs, config, Canceller(self.clone()))
            .await
            .map_err(|error| error.to_string())?;
        Ok(())
    }

    /// Cancels what is open and void of these customers, in the order of their ids, as everybody who locks several does.
    async fn cancel_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customers: &[Uuid],
    ) -> Result<(), CreditError> {
        let affected = sqlx::query_scalar!(
            "SELECT DISTINCT customer_id FROM credit_facility_proposals
             WHERE customer_id = ANY($1) AND status IN ('pending_customer_approval', 'pending_approval')
             ORDER BY customer_id",
            customers,
        )
        .fetch_all(op.as_executor())
        .await?;
        for id in affected {
            let customer = self.customers.lock_in_op(op, CustomerId::from(id)).await?;
            self.cancel_of(op, &customer).await?;
        }
        Ok(())
    }

    /// What is open is asked for again, under the lock.
    async fn cancel_of(
        &self,
        op: &mut impl AtomicOperation,
        customer: &Customer,
    ) -> Result<(), CreditError> {
        let eligibility = self.eligibility_of(op, customer).await?;
        let open = sqlx::query_scalar!(
            "SELECT id FROM credit_facility_proposals
             WHERE customer_id = $1 AND status IN ('pending_customer_approval', 'pending_approval')
             ORDER BY created_at, id",
            Uuid::from(customer.id),
        )
        .fetch_all(op.as_executor())
        .await?;
        for id in open {
            let mut proposal = self
                .proposals
                .find_by_id_in_op(&mut *op, CreditFacilityProposalId::from(id))
                .await
                .map_err(CreditError::entity)?;
            let facts = Facts {
                eligibility: eligibility.clone(),
                lost: customer.lost_credit_since(proposal.customer_version),
                own: false,
                perhaps_own: false,
            };
            let Some(cause) = rules::cancels(proposal.status, &facts) else {
                continue;
            };
            proposal.cancel(cause);
            self.proposals
                .update_in_op(&mut *op, &mut proposal)
                .await
                .map_err(CreditError::entity)?;
            let subject = Subject::system("credit");
            let (action, object) = ("credit_proposal.cancel", proposal.object());
            Access::record_in(op.as_executor(), &subject, action, &object, true).await?;
            tracing::info!(proposal = %proposal.id, cause = cause.name(), "credit proposal cancelled");
        }
        Ok(())
    }
}

struct Canceller(Credit);

impl SingletonSubscriber<OnboardingEvent> for Canceller {
    type Batch = BTreeSet<Uuid>;

    async fn handle_persistent<'inv>(
        &self,
        ctx: EventCtx<'inv, Self::Batch>,
        event: &EventDelivery<OnboardingEvent>,
    ) -> Result<Handled<'inv>, SubscriberError> {
        let Some(event) = &event.payload else {
            return Ok(ctx.skip());
        };
        let loses = match event {
            OnboardingEvent::CustomerKycUpdated { verification, .. } => {
                *verification != Verification::Verified
            }
            OnboardingEvent::CustomerActivityChanged { activity, .. } => {
                matches!(activity, Activity::Inactive | Activity::Closed)
            }
            _ => false,
        };
        if !loses {
            return Ok(ctx.skip());
        }
        let customer = event.subject();
        Ok(ctx.collect_with(move |batch: &mut Self::Batch| {
            batch.insert(customer);
        }))
    }

    async fn flush(
        &self,
        op: &mut FlushOp<'_, InsertOrder>,
        customers: Self::Batch,
    ) -> Result<(), SubscriberError> {
        let customers: Vec<Uuid> = customers.into_iter().collect();
        if !customers.is_empty() {
            self.0.cancel_in_op(op, &customers).await?;
        }
        Ok(())
    }
}
