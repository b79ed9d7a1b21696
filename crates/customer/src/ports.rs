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

/// What is wished of who mails verification links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkWish {
    /// A mail was asked for: it is to be sent.
    Send,
    /// It was asked for again: it is to be tried now.
    Hurry,
    /// The address is another: what is not sent yet goes there.
    Redo,
    /// The prospect is closed: what is not sent yet is not to be sent any more.
    Withdraw,
}

/// Who mails verification links.
#[async_trait::async_trait]
pub trait LinkSender: Send + Sync {
    /// Takes a wish, in the transaction of whoever has it, who holds the prospect's lock.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn wish_in_op(
        &self,
        op: &mut DbOp<'static>,
        prospect: Uuid,
        wish: LinkWish,
    ) -> Result<(), sqlx::Error>;
}
