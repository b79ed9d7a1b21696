use customer::primitives::Activity;
use deposit::Deposits;
use uuid::Uuid;

use super::{Done, Facts, Step, StepError, per_customer};

/// Locks the deposit account of a closed customer in the ledger, which refuses every posting from then on.
pub(super) struct AccountLock {
    pub(super) deposits: Deposits,
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

    fn batch_size(&self) -> i64 {
        20
    }

    async fn run(&self, customers: &[Facts]) -> Vec<Result<Done, StepError>> {
        let closed = customers
            .iter()
            .map(|facts| match facts.activity {
                Activity::Closed => Ok(facts.customer.into()),
                // Done with.
                _ => Err(Ok(None)),
            })
            .collect();
        per_customer(closed, async |ids: &[Uuid]| {
            let closed = self.deposits.close_accounts(ids).await;
            closed
                .into_iter()
                .map(|one| one.map(|()| None).map_err(StepError::from))
                .collect()
        })
        .await
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.deposits.probe().await?)
    }
}
