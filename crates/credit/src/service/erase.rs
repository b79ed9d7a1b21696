//! What was typed may name people: it goes with the customer's personal data. That something was proposed and decided stays.

use customer::ports::PersonalDataHolder;
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;
use uuid::Uuid;

use super::Credit;

#[async_trait::async_trait]
impl PersonalDataHolder for Credit {
    async fn erase_in_op(&self, op: &mut DbOp<'static>, id: Uuid) -> Result<(), Error> {
        sqlx::query!(
            r#"WITH emptied AS (UPDATE credit_facility_proposals SET purpose = NULL WHERE customer_id = $1 RETURNING id)
               DELETE FROM credit_facility_proposals_forgettable_payloads WHERE entity_id IN (SELECT id FROM emptied)"#,
            id,
        )
        .execute(op.as_executor())
        .await?;
        Ok(())
    }
}
