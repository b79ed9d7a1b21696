//! A deposit account as its owner and the bank see it.

use std::collections::HashMap;

use cala_ledger::{Currency, Status, account::Account, balance::AccountBalance};
use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{AccountCategory, Ledger, LedgerError, balance::cents, ids};

/// What it takes to open a deposit account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDepositAccount {
    /// The customer; the account's id in the ledger is derived from it.
    pub customer_id: Uuid,
    /// The customer's public id: 1 to 18 ASCII digits. The account number is made of it.
    pub public_id: String,
    /// The account set that the account joins.
    pub customer_type_key: AccountCategory,
}

/// A deposit account and what is on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositAccount {
    /// The account's id in the ledger.
    pub id: Uuid,
    /// The account number, for example `DEP-1000023`.
    pub code: String,
    /// Money on the account, in whole US cents. Never negative.
    pub settled: i64,
    /// Money on its way (the ledger's pending layer), in whole US cents; no part of `settled`.
    pub pending: i64,
    /// Whether the account takes postings.
    pub status: AccountStatus,
}

/// Whether an account takes postings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// The account takes postings.
    Active,
    /// The ledger refuses every posting (a closed customer's account).
    Locked,
}

impl Ledger {
    /// The customer's deposit account with its balances; `None` when none has been opened.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn account_of(
        &self,
        customer_id: Uuid,
    ) -> Result<Option<DepositAccount>, LedgerError> {
        Ok(self.accounts_of(&[customer_id]).await?.remove(&customer_id))
    }

    /// The deposit accounts of many customers, by customer; those without one are absent. Two
    /// statements, however many customers.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn accounts_of(
        &self,
        customer_ids: &[Uuid],
    ) -> Result<HashMap<Uuid, DepositAccount>, LedgerError> {
        let account_ids: Vec<_> = customer_ids
            .iter()
            .map(|id| ids::ledger_account(*id))
            .collect();
        let accounts = self
            .ledger
            .accounts()
            .find_all::<Account>(&account_ids)
            .await?;
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let balance_ids: Vec<_> = accounts
            .keys()
            .map(|id| (ids::journal(), *id, Currency::USD))
            .collect();
        let balances = self.ledger.balances().find_all(&balance_ids).await?;

        customer_ids
            .iter()
            .filter_map(|customer| {
                let id = ids::ledger_account(*customer);
                let account = accounts.get(&id)?;
                let balance = balances.get(&(ids::journal(), id, Currency::USD));
                Some(describe(account, balance).map(|account| (*customer, account)))
            })
            .collect()
    }
}

impl Ledger {
    /// Whether the customer's account takes postings, read in the caller's transaction; none without an account.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn status_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customer_id: Uuid,
    ) -> Result<Option<AccountStatus>, LedgerError> {
        let active = sqlx::query_scalar!(
            r#"SELECT status = 'active' AS "active!" FROM cala_accounts WHERE id = $1"#,
            ids::account_id(customer_id),
        )
        .fetch_optional(op.as_executor())
        .await?;
        Ok(active.map(|active| {
            if active {
                AccountStatus::Active
            } else {
                AccountStatus::Locked
            }
        }))
    }

    /// The customer's public id, by the account's id in the ledger; none when there is no such account of a customer's.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn owner_public_id(&self, account: Uuid) -> Result<Option<String>, LedgerError> {
        let code = sqlx::query_scalar!("SELECT code FROM cala_accounts WHERE id = $1", account)
            .fetch_optional(&self.pool)
            .await?;
        Ok(code
            .as_deref()
            .and_then(ids::public_id_in)
            .map(str::to_owned))
    }
}

/// An account without postings has no balance row: nothing is on it.
pub(crate) fn describe(
    account: &Account,
    balance: Option<&AccountBalance>,
) -> Result<DepositAccount, LedgerError> {
    let values = account.values();
    Ok(DepositAccount {
        id: values.id.into(),
        code: values.code.clone(),
        settled: balance.map_or(Ok(0), |b| cents(b.settled()))?,
        pending: balance.map_or(Ok(0), |b| cents(b.pending()))?,
        status: match values.status {
            Status::Active => AccountStatus::Active,
            Status::Locked => AccountStatus::Locked,
        },
    })
}
