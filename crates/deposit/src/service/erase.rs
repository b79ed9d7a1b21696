//! References may name people: they go with the customer's personal data. That money moved stays.

use customer::ports::PersonalDataHolder;
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;
use uuid::Uuid;

use super::Deposits;

/// Empties the references of a customer's rows, and forgets what their events say of them.
macro_rules! erase {
    ($op:expr, $table:literal, $id:expr) => {
        sqlx::query!(
            "WITH emptied AS (UPDATE "
                + $table
                + " SET reference = NULL, reference_key = NULL WHERE customer_id = $1 RETURNING id)
               DELETE FROM "
                + $table
                + "_forgettable_payloads WHERE entity_id IN (SELECT id FROM emptied)",
            $id,
        )
        .execute($op.as_executor())
        .await?
    };
}

#[async_trait::async_trait]
impl PersonalDataHolder for Deposits {
    async fn erase_in_op(&self, op: &mut DbOp<'static>, id: Uuid) -> Result<(), Error> {
        erase!(op, "deposits", id);
        erase!(op, "withdrawals", id);
        Ok(())
    }
}
