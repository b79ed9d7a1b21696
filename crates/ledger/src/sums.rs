//! The chart of accounts with what is on it: omnibus account, account sets, their members.

use access::{Access, AuditAction, AuditObject, ObjectKind, Permission, Subject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use kernel::{Cursor, Error, Page, page_bounds};

use crate::{AccountCategory, Balance, Ledger, LedgerError, ids};

/// The most accounts a page may have.
pub const MEMBERS_AT_MOST: usize = 200;

/// The books in sums, at one moment: every posting that was committed before is in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The other side of every deposit and withdrawal: settled and pending together are what the bank holds for its
    /// customers.
    pub omnibus: Sum,
    /// All deposit accounts together.
    pub deposits: Sum,
    /// By customer type, each of [`AccountCategory::ALL`].
    pub by_type: Vec<(AccountCategory, Sum)>,
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

impl Member {
    fn cursor(&self) -> Cursor {
        Cursor {
            at: self.opened_at,
            id: self.id,
        }
    }
}

impl Ledger {
    /// The books in sums, for who may see accounts. As a list: only a refusal is written down.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn chart(&self, subject: &Subject) -> Result<Chart, Error> {
        self.may_list(subject, AuditAction::LedgerRead).await?;
        let rows = sqlx::query!(
            r#"SELECT a.id AS "id!", a.normal_balance_type = 'credit' AS "credit_normal!",
                      coalesce(s.settled, 0) + coalesce(c.settled, 0) AS "settled!",
                      coalesce(s.pending, 0) + coalesce(c.pending, 0) AS "pending!",
                      coalesce(s.encumbered, 0) + coalesce(c.encumbered, 0) AS "encumbered!"
               FROM cala_accounts a
               LEFT JOIN ledger_sums s ON s.id = a.id
               LEFT JOIN (SELECT sum_id, sum(settled) AS settled, sum(pending) AS pending, sum(encumbered) AS encumbered
                          FROM ledger_sum_changes GROUP BY sum_id) c ON c.sum_id = a.id
               WHERE a.id = ANY($1)"#,
            &sum_ids(),
        )
        .fetch_all(&self.pool)
        .await
        .map_err(LedgerError::from)?;
        let sum = |id: Uuid| -> Result<Sum, LedgerError> {
            let row = rows.iter().find(|row| row.id == id);
            let balance = row.map_or(Ok(Balance::default()), |row| {
                let credits = [row.settled, row.pending, row.encumbered];
                Balance::read(credits, row.credit_normal)
            })?;
            Ok(Sum { id, balance })
        };
        Ok(Chart {
            omnibus: sum(ids::omnibus().into())?,
            deposits: sum(ids::deposits_set().into())?,
            by_type: AccountCategory::ALL
                .into_iter()
                .map(|c| Ok((c, sum(ids::category_set(c).into())?)))
                .collect::<Result<_, LedgerError>>()?,
        })
    }

    /// A page of the accounts of a customer type, newest first, at most `first` ([`MEMBERS_AT_MOST`]). That somebody looked at them is
    /// written down.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn members(
        &self,
        subject: &Subject,
        category: AccountCategory,
        after: Option<Cursor>,
        first: usize,
    ) -> Result<Page<Member>, Error> {
        let access = Access::new(self.pool.clone());
        let look = access
            .look(
                subject,
                Permission::DepositRead,
                AuditAction::LedgerRead,
                AuditObject::LIST,
            )
            .await?;
        let (first, limit) = page_bounds(first, MEMBERS_AT_MOST);
        let after = after.unwrap_or(Cursor::AFTER_ALL);
        let rows = sqlx::query!(
            r#"SELECT m.member_account_id AS id, m.created_at AS opened_at, a.code,
                      a.normal_balance_type = 'credit' AS "credit_normal!", b.latest_values AS "values?"
               FROM cala_account_set_member_accounts m
               JOIN cala_accounts a ON a.id = m.member_account_id
               LEFT JOIN cala_current_balances b ON b.account_id = a.id AND b.journal_id = $2 AND b.currency = 'USD'
               WHERE m.account_set_id = $1
                 AND (m.created_at, m.member_account_id) < ($3, $4)
               ORDER BY m.created_at DESC, m.member_account_id DESC LIMIT $5"#,
            Uuid::from(ids::category_set(category)),
            Uuid::from(ids::journal()),
            after.at,
            after.id,
            limit,
        )
        .fetch_all(&self.pool)
        .await
        .map_err(LedgerError::from)?;
        let members = rows.into_iter().map(|row| {
            let values = row.values;
            let balance = values.map(|values| Balance::of_snapshot(values, row.credit_normal));
            Ok(Member {
                id: row.id,
                code: row.code,
                opened_at: row.opened_at,
                balance: balance.transpose()?.unwrap_or_default(),
            })
        });
        let members = members.collect::<Result<_, LedgerError>>()?;
        let page = Page::of_one_more(members, first, Member::cursor);
        let seen = page.rows.iter();
        look.at(seen.map(|row| ObjectKind::DepositAccount.id(row.id)))
            .await?;
        Ok(page)
    }
}

/// The omnibus account and the account sets.
pub(crate) fn sum_ids() -> Vec<Uuid> {
    let mut all = vec![ids::omnibus().into(), ids::deposits_set().into()];
    all.extend(AccountCategory::ALL.map(|c| Uuid::from(ids::category_set(c))));
    all
}
