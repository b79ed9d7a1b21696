//! A deposit account as its owner and the bank see it.

use std::collections::HashMap;

use es_entity::AtomicOperation;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{AccountCategory, AccountOnRecord, Balance, Ledger, LedgerError, ids};

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

impl AccountStatus {
    const fn of(active: bool) -> Self {
        if active { Self::Active } else { Self::Locked }
    }
}

async fn status(
    executor: impl PgExecutor<'_>,
    customer_id: Uuid,
) -> Result<Option<AccountStatus>, LedgerError> {
    let active = sqlx::query_scalar!(
        r#"SELECT status = 'active' AS "active!" FROM cala_accounts WHERE id = $1"#,
        ids::account_id(customer_id),
    )
    .fetch_optional(executor)
    .await?;
    Ok(active.map(AccountStatus::of))
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

    /// The deposit accounts of many customers, by customer; those without one are absent. One statement, however many
    /// customers.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn accounts_of(
        &self,
        customer_ids: &[Uuid],
    ) -> Result<HashMap<Uuid, DepositAccount>, LedgerError> {
        let account_ids: Vec<Uuid> = customer_ids.iter().copied().map(ids::account_id).collect();
        let mut found = self.accounts_on_record(&account_ids).await?;
        let accounts = customer_ids.iter().zip(&account_ids);
        Ok(accounts
            .filter_map(|(customer, id)| Some((*customer, found.remove(id)?.account)))
            .collect())
    }

    /// These accounts with what is on them, by their ids in the ledger: columns, no account's events. One without postings
    /// has no balance, and nothing on it.
    pub(crate) async fn accounts_on_record(
        &self,
        accounts: &[Uuid],
    ) -> Result<HashMap<Uuid, AccountOnRecord>, LedgerError> {
        let rows = sqlx::query!(
            r#"SELECT account.id, account.code, account.created_at,
                 account.status = 'active' AS "is_active!",
                 account.normal_balance_type = 'credit' AS "credit_normal!",
                 balance.latest_values AS "balance?"
               FROM cala_accounts account LEFT JOIN cala_current_balances balance
                 ON balance.account_id = account.id AND balance.journal_id = $2 AND balance.currency = 'USD'
               WHERE account.id = ANY ($1)"#,
            accounts,
            Uuid::from(ids::journal()),
        )
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|row| {
                let balance = row.balance.map_or(Ok(Balance::default()), |stored| {
                    Balance::of_snapshot(stored, row.credit_normal)
                })?;
                let account = DepositAccount {
                    id: row.id,
                    code: row.code,
                    settled: balance.settled,
                    pending: balance.pending,
                    status: if row.is_active {
                        AccountStatus::Active
                    } else {
                        AccountStatus::Locked
                    },
                };
                let created_at = row.created_at;
                Ok((
                    row.id,
                    AccountOnRecord {
                        account,
                        created_at,
                    },
                ))
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
        status(op.as_executor(), customer_id).await
    }

    /// As [`Ledger::status_in_op`], at a glance.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn status(&self, customer_id: Uuid) -> Result<Option<AccountStatus>, LedgerError> {
        status(&self.pool, customer_id).await
    }

    /// As [`Ledger::status_in_op`], of many; those without an account are absent.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn statuses_in_op(
        &self,
        op: &mut impl AtomicOperation,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, AccountStatus>, LedgerError> {
        let accounts: Vec<Uuid> = customers.iter().copied().map(ids::account_id).collect();
        let found = sqlx::query!(
            r#"SELECT customer AS "customer!", status = 'active' AS "active!"
               FROM UNNEST($1::uuid[], $2::uuid[]) AS asked (customer, account) JOIN cala_accounts ON id = account"#,
            customers,
            &accounts,
        )
        .fetch_all(op.as_executor())
        .await?;
        let statuses = found.into_iter();
        Ok(statuses
            .map(|row| (row.customer, AccountStatus::of(row.active)))
            .collect())
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
