//! What the onboarding domain asks of the ledger, answered by the deposit accounts.

use customer::{ports::LedgerPort, primitives::CustomerId};
use es_entity::DbOp;
use ledger::Ledger;

/// The deposit accounts, as far as closing a customer needs them.
pub struct DepositLedger(pub Ledger);

#[async_trait::async_trait]
impl LedgerPort for DepositLedger {
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
