//! Reacts to the outbox: whoever loses the eligibility loses what is open.
//!
//! An event only says whom to look at; the customer's own history says what came after which proposal was made. So neither
//! the event's age nor the order matters: a customer who was deactivated and reactivated a moment later has lost what was
//! open in between, and keeps what was proposed since.

use access::{Access, AuditAction, Subject};
use claim_loop::WorkError;
use customer::{
    customer::Customer,
    event::{CREDIT_CANCELLER, OnboardingEvent},
    primitives::CustomerId,
};
use es_entity::{AtomicOperation, DbOp};
use kernel::{Error, Event};
use outbox::{Deliveries, Listener};
use uuid::Uuid;

use super::Credit;
use crate::{
    CreditFacilityProposalId, Ineligible,
    rules::{self, Facts},
};

impl Credit {
    /// Cancels what is lost, for a claim loop.
    #[must_use]
    pub fn canceller(&self) -> Deliveries<Canceller> {
        Deliveries::new(self.outbox.clone(), Canceller(self.clone()))
    }

    /// Cancels what is open and void of these customers, in the order of their ids, as everybody who locks several does.
    async fn cancel_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customers: &[Uuid],
    ) -> Result<(), Error> {
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
    ) -> Result<(), Error> {
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
                .map_err(Error::store)?;
            let facts = Facts {
                eligibility: eligibility.clone(),
                lost: Ineligible::lost_since(customer, proposal.customer_version),
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
                .map_err(Error::store)?;
            let subject = Subject::system("credit");
            let (action, object) = (AuditAction::CreditProposalCancel, proposal.object());
            Access::record_in(op.as_executor(), &subject, action, object, true).await?;
            tracing::info!(proposal = %proposal.id, cause = cause.name(), "credit proposal cancelled");
        }
        Ok(())
    }
}

/// Cancels what was lost.
pub struct Canceller(pub(super) Credit);

#[async_trait::async_trait]
impl Listener for Canceller {
    fn name(&self) -> &'static str {
        CREDIT_CANCELLER
    }

    async fn hear(&self, op: &mut DbOp<'static>, events: &[Event]) -> Result<(), WorkError> {
        let mut customers = Vec::with_capacity(events.len());
        for event in events {
            // Whom it is about is all that matters; one that a newer version wrote is left to that.
            event.read::<OnboardingEvent>()?;
            customers.push(event.subject);
        }
        Ok(self.0.cancel_in_op(op, &customers).await?)
    }
}
