//! What the domain asks of the parts that it does not know.

use es_entity::DbOp;
use kernel::Error;
use uuid::Uuid;

use crate::primitives::CustomerId;

/// The ledger, as far as closing a customer needs it.
#[async_trait::async_trait]
pub trait LedgerPort: Send + Sync {
    /// Whether the customer has nothing on the account, settled or pending; also when there is no account. Asked under
    /// the customer's row lock, which everything that moves the customer's money takes too.
    ///
    /// # Errors
    /// In words, when the ledger does not answer.
    async fn is_empty_in_op(
        &self,
        op: &mut DbOp<'static>,
        customer: CustomerId,
    ) -> Result<bool, String>;
}

/// Somebody who holds personal data of a prospect or customer outside of their records.
#[async_trait::async_trait]
pub trait PersonalDataHolder: Send + Sync {
    /// Erases all of it for good, in the erasure's transaction. `id` is the UUID that prospect and customer share.
    ///
    /// # Errors
    /// When it can't be erased (now), with a sentence; nothing is erased anywhere then.
    async fn erase_in_op(&self, op: &mut DbOp<'static>, id: Uuid) -> Result<(), Error>;
}
