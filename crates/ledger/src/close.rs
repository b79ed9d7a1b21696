//! The end of an account: only an empty one is closed, and a closed one takes no posting.

use cala_ledger::{Currency, account::error::SetAccountStatusRejection};
use es_entity::{AtomicOperation, DbOp, errlanes::Fail};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Balance, Ledger, LedgerError, account_id, balance::cents, ids};

impl Ledger {
    /// What is on the customer's account, read in the caller's transaction; all zero without an account.
    ///
    /// Money moves under the customer's row lock, so who holds that lock may act on the answer until the
    /// transaction ends.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn balance_of_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customer_id: Uuid,
    ) -> Result<Balance, LedgerError> {
        let key = (
            ids::journal(),
            ids::ledger_account(customer_id),
            Currency::USD,
        );
        let balances = self.ledger.balances().find_all_in_op(op, &[key]).await?;
        balances.get(&key).map_or(Ok(Balance::default()), |found| {
            Ok(Balance {
                settled: cents(found.settled())?,
                pending: cents(found.pending())?,
                encumbered: cents(found.encumbrance())?,
            })
        })
    }

    /// Whether nothing is on the customer's account: what closing the customer depends on. As
    /// [`Ledger::balance_of_in_op`].
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn is_empty_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customer_id: Uuid,
    ) -> Result<bool, LedgerError> {
        Ok(self.balance_of_in_op(op, customer_id).await?.is_zero())
    }

    /// Locks the customers' accounts in the ledger, which refuses every posting from then on. One answer each, in the
    /// order asked: a bad one never fails its neighbours. Safe to repeat; who has no account needs nothing. An account
    /// with money on it stays open ([`LedgerError::Conflict`]).
    pub async fn close_accounts(&self, customer_ids: &[Uuid]) -> Vec<Result<(), LedgerError>> {
        let mut results = Vec::with_capacity(customer_ids.len());
        // One transaction each: customers are closed by hand, one at a time.
        for customer in customer_ids {
            results.push(self.close_account(*customer).await);
        }
        results
    }

    async fn close_account(&self, customer_id: Uuid) -> Result<(), LedgerError> {
        let mut op = DbOp::init(&self.pool).await?;
        // Money moves under the customer's row lock, and not of who is closed: nothing is under way. What went past the
        // rules and has written the balance is waited for.
        sqlx::query!(
            "SELECT account_id FROM cala_current_balances WHERE account_id = $1 FOR UPDATE",
            account_id(customer_id),
        )
        .fetch_all(op.as_executor())
        .await?;
        let balance = self.balance_of_in_op(&mut op, customer_id).await?;
        if !balance.is_zero() {
            return Err(LedgerError::Conflict(format!(
                "the account of customer {customer_id} has money on it ({} on it, {} on its way, {} set aside, in USD); \
                 move it, then retry",
                dollars(balance.settled),
                dollars(balance.pending),
                dollars(balance.encumbered),
            )));
        }
        let locked = self
            .ledger
            .accounts()
            .lock_in_op(&mut op, ids::ledger_account(customer_id))
            .await;
        match locked {
            Ok(()) => Ok(op.commit().await?),
            Err(Fail::Rejected(SetAccountStatusRejection::AccountNotFound(_))) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn dollars(cents: i64) -> Decimal {
    Decimal::new(cents, 2)
}
