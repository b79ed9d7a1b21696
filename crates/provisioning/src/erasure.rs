//! What provisioning holds of a person, for the erasure.

use customer::ports::PersonalDataHolder;
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;
use uuid::Uuid;

use crate::steps::{ACCESS, ACCOUNT_LOCK, VERIFICATION_LINK};

/// The steps: what they say of a person is erased with the rest. The login has to be gone before: it is deleted at
/// closing, and is nothing that a transaction of ours could take back.
///
/// It is gone when the step `access` was done *for the closed customer*. What was done before the closing only locked
/// the login, and its row looks the same until provisioning hears of the closing; but from then on there is the row of
/// `account_lock`, which only a closed customer has, and which is never wanted without `access` being wanted anew. Who never was a customer has no login.
pub struct StepsErasure;

#[async_trait::async_trait]
impl PersonalDataHolder for StepsErasure {
    async fn erase_in_op(&self, op: &mut DbOp<'static>, id: Uuid) -> Result<(), Error> {
        let login_gone = sqlx::query_scalar!(
            r#"
            SELECT NOT EXISTS (SELECT 1 FROM provisioning_steps WHERE customer_id = $1 AND step <> $4)
                OR EXISTS (SELECT 1 FROM provisioning_steps WHERE customer_id = $1 AND step = $2 AND state = 'done')
                AND EXISTS (SELECT 1 FROM provisioning_steps WHERE customer_id = $1 AND step = $3)
                AS "gone!"
            "#,
            id,
            ACCESS,
            ACCOUNT_LOCK,
            VERIFICATION_LINK,
        )
        .fetch_one(op.as_executor())
        .await?;
        if !login_gone {
            return Err(Error::Refused(
                "The customer's login is not deleted yet. Look at Provisioning for what it waits for, then erase again."
                    .into(),
            ));
        }
        crate::erase_in_op(op, id).await?;
        Ok(())
    }
}
