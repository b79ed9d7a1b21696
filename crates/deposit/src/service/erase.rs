//! References may name people: they go with the customer's personal data. That money moved stays.

use customer::ports::PersonalDataHolder;
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;
use uuid::Uuid;

use super::Deposits;

#[async_trait::async_trait]
impl PersonalDataHolder for Deposits {
    async fn erase_in_op(&self, op: &mut DbOp<'static>, id: Uuid) -> Result<(), Error> {
        sqlx::query!(
            r#"WITH emptied AS (UPDATE deposits SET reference = NULL, reference_key = NULL WHERE customer_id = $1 RETURNING id)
               DELETE FROM deposits_forgettable_payloads WHERE entity_id IN (SELECT id FROM emptied)"#,
            id,
        )
        .execute(op.as_executor())
        .await?;
        sqlx::query!(
            r#"WITH emptied AS (UPDATE withdrawals SET reference = NULL, reference_key = NULL WHERE customer_id = $1 RETURNING id)
               DELETE FROM withdrawals_forgettable_payloads WHERE entity_id IN (SELECT id FROM emptied)"#,
            id,
        )
        .execute(op.as_executor())
        .await?;
        Ok(())
    }
}
