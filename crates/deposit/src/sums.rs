//! The chart of accounts with what is on it: omnibus account, account sets, their members.

use std::time::Duration;

use access::{Access, LIST, Permission, Subject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{AccountCategory, Balance, DepositError, Deposits, ReadError, entries::balance, ids};

/// The most accounts a page may have.
pub const MEMBERS_AT_MOST: usize = 200;

/// The books in sums. They are rolled up after the postings, within a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The other side of every deposit and withdrawal: settled and pending together are what the bank holds for its
    /// customers.
    pub omnibus: Sum,
    /// All deposit accounts together.
    pub deposits: Sum,
    /// By customer type, each of [`AccountCategory::ALL`].
    pub by_type: Vec<(AccountCategory, Sum)>,
    /// How many of the ledger's events are still to be rolled up into these sums.
    pub behind: u64,
}

/// What is on an account or on all accounts of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The account's or the set's id, for its entries.
    pub id: Uuid,
    /// What is on it.
    pub balance: Balance,
}

/// An account in its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The account's id in the ledger.
    pub id: Uuid,
    /// The account number.
    pub code: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// What is on it, at this moment.
    pub balance: Balance,
}

/// A page of a set's accounts, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Newest first.
    pub rows: Vec<Member>,
    /// The place from which the next page goes on, when there is one.
    pub next: Option<MemberPlace>,
}

/// The place of an account among those of its set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberPlace {
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// Its id.
    pub id: Uuid,
}

impl Deposits {
    /// The books in sums, for who may see accounts. As a list: only a refusal is written down.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn chart(&self, subject: &Subject) -> Result<Chart, ReadError> {
        self.may_list(subject, "ledger.read").await?;
        // Asked first: what is rolled up meanwhile only makes the sums newer.
        let behind = self
            .ledger
            .ec_rollup_status()
            .await
            .map_err(DepositError::from)?
            .lag();
        let rows = sqlx::query!(
            r#"SELECT a.id, a.normal_balance_type = 'credit' AS "credit_normal!", b.latest_values AS "values?"
               FROM cala_accounts a
               LEFT JOIN cala_current_balances b ON b.account_id = a.id AND b.journal_id = $2 AND b.currency = 'USD'
               WHERE a.id = ANY($1)"#,
            &sum_ids(),
            Uuid::from(ids::journal()),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(DepositError::from)?;
        let sum = |id: Uuid| -> Result<Sum, DepositError> {
            let values = rows
                .iter()
                .find(|row| row.id == id)
                .and_then(|row| Some((row.values.clone()?, row.credit_normal)));
            let balance = values.map_or(Ok(Balance::default()), |(v, c)| balance(v, c))?;
            Ok(Sum { id, balance })
        };
        Ok(Chart {
            omnibus: sum(ids::omnibus().into())?,
            deposits: sum(ids::deposits_set().into())?,
            by_type: AccountCategory::ALL
                .into_iter()
                .map(|c| Ok((c, sum(ids::category_set(c).into())?)))
                .collect::<Result<_, DepositError>>()?,
            behind,
        })
    }

    /// A page of the accounts of a customer type, at most `first` ([`MEMBERS_AT_MOST`]). That somebody looked at them is
    /// written down.
    ///
    /// # Errors
    /// [`ReadError`].
    pub async fn members(
        &self,
        subject: &Subject,
        category: AccountCategory,
        after: Option<MemberPlace>,
        first: usize,
    ) -> Result<Members, ReadError> {
        let access = Access::new(self.pool.clone());
        let look = access
            .look(subject, Permission::DepositRead, "ledger.read", LIST)
            .await?;
        let first = first.clamp(1, MEMBERS_AT_MOST);
        let rows = sqlx::query!(
            r#"SELECT m.member_account_id AS id, m.created_at AS opened_at, a.code,
                      a.normal_balance_type = 'credit' AS "credit_normal!", b.latest_values AS "values?"
               FROM cala_account_set_member_accounts m
               JOIN cala_accounts a ON a.id = m.member_account_id
               LEFT JOIN cala_current_balances b ON b.account_id = a.id AND b.journal_id = $2 AND b.currency = 'USD'
               WHERE m.account_set_id = $1
                 AND ($3::timestamptz IS NULL OR (m.created_at, m.member_account_id) < ($3, $4))
               ORDER BY m.created_at DESC, m.member_account_id DESC LIMIT $5"#,
            Uuid::from(ids::category_set(category)),
            Uuid::from(ids::journal()),
            after.map(|place| place.opened_at),
            after.map(|place| place.id),
            i64::try_from(first).unwrap_or(i64::MAX).saturating_add(1),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(DepositError::from)?;
        let more = rows.len() > first;
        let rows = rows
            .into_iter()
            .take(first)
            .map(|row| {
                let values = row.values.map(|values| balance(values, row.credit_normal));
                Ok(Member {
                    id: row.id,
                    code: row.code,
                    opened_at: row.opened_at,
                    balance: values.transpose()?.unwrap_or_default(),
                })
            })
            .collect::<Result<Vec<_>, DepositError>>()?;
        look.at(rows.iter().map(|row| format!("deposit-account:{}", row.id)))
            .await?;
        let last = rows.last().filter(|_| more);
        Ok(Members {
            next: last.map(|row| MemberPlace {
                opened_at: row.opened_at,
                id: row.id,
            }),
            rows,
        })
    }

    /// Waits until the sums hold every posting that was committed before. The ledger's jobs have to be polled.
    ///
    /// # Errors
    /// [`DepositError::Unavailable`] when that takes longer than `at_most`.
    pub async fn sums_are_current(&self, at_most: Duration) -> Result<(), DepositError> {
        let status = self.ledger.ec_rollup_status().await?;
        status
            .await_completion(at_most)
            .await
            .map_err(|fail| DepositError::Unavailable(fail.to_string()))
    }
}

fn sum_ids() -> Vec<Uuid> {
    let mut all = vec![ids::omnibus().into(), ids::deposits_set().into()];
    all.extend(AccountCategory::ALL.map(|c| Uuid::from(ids::category_set(c))));
    all
}
