//! The ledger account of a closed customer takes no posting any more.

use std::time::Duration;

use customer::primitives::Activity;
use ledger::Ledger;
use uuid::Uuid;

use super::{
    ACCOUNT_LOCK, Facts, Ports, Step, StepDetail, StepError, StepInfo, StepOf, ask_in_one_call,
};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: ACCOUNT_LOCK,
    of: StepOf::Customers,
    label: "Account closing",
    dependency: "ledger",
    after: None,
    standing: true,
    batch_size: 20,
    repaired_by: None,
};

/// Locks the deposit account of a closed customer in the ledger, which refuses every posting from then on.
pub(super) struct AccountLock {
    deposits: Ledger,
    recheck_every: Duration,
}

impl AccountLock {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            deposits: ports.deposits.clone(),
            recheck_every: ports.recheck_every,
        }
    }

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
    fn info(&self) -> &StepInfo {
        &INFO
    }

    fn recheck_every(&self) -> Option<Duration> {
        Some(self.recheck_every)
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let closed = customers
            .iter()
            .map(|facts| match facts.activity() {
                Activity::Closed => Ok(facts.customer.into()),
                // Done with.
                _ => Err(Ok(None)),
            })
            .collect();
        ask_in_one_call(closed, async |ids: &[Uuid]| {
            // One by one: each takes a transaction of its own.
            let mut outcomes = Vec::with_capacity(ids.len());
            for id in ids {
                outcomes.push(self.close(*id, proof).await.map(|()| None));
            }
            outcomes
        })
        .await
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.deposits.probe().await?)
    }
}
