//! What the onboarding domain asks of the ledger, answered by the deposit accounts.

use customer::{ports::Ledger, primitives::CustomerId};
use es_entity::DbOp;
use ledger::Deposits;

/// The deposit accounts, as far as closing a customer needs them.
pub struct DepositLedger(pub Deposits);

#[async_trait::async_trait]
impl Ledger for DepositLedger {
    async fn is_empty_in_op(
        &self,
        op: &mut DbOp<'static>,
        customer: CustomerId,
    ) -> Result<bool, String> {
        self.0
            .is_empty_in_op(op, customer.into())
            .await
            .map_err(|error| error.to_string())
    }
}
