use std::time::Duration;

use customer::primitives::Activity;
use ledger::Ledger;
use uuid::Uuid;

use super::{Facts, Step, StepDetail, StepError, ask_in_one_call};
use crate::Proof;

/// Locks the deposit account of a closed customer in the ledger, which refuses every posting from then on.
pub(super) struct AccountLock {
    pub(super) deposits: Ledger,
    pub(super) recheck_every: Duration,
}

impl AccountLock {
    /// Closed is for good, so a late one does no harm.
    async fn close(&self, customer: Uuid, proof: &Proof) -> Result<(), StepError> {
        proof.still(customer).await?;
        for closed in self.deposits.close_accounts(&[customer]).await {
            closed?;
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl Step for AccountLock {
    fn name(&self) -> &'static str {
        super::ACCOUNT_LOCK
    }

    fn label(&self) -> &'static str {
        "Account closing"
    }

    fn dependency(&self) -> &'static str {
        "ledger"
    }

    fn is_standing(&self) -> bool {
        true
    }

    fn recheck_every(&self) -> Option<Duration> {
        Some(self.recheck_every)
    }

    fn batch_size(&self) -> i64 {
        20
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let closed = customers
            .iter()
            .map(|facts| match facts.activity {
                Activity::Closed => Ok(facts.customer.into()),
                // Done with.
                _ => Err(Ok(None)),
            })
            .collect();
        ask_in_one_call(closed, async |ids: &[Uuid]| {
            // One by one: each takes a transaction of its own.
            let mut came = Vec::with_capacity(ids.len());
            for id in ids {
                came.push(self.close(*id, proof).await.map(|()| None));
            }
            came
        })
        .await
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.deposits.probe().await?)
    }
}
