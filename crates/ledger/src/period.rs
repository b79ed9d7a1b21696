//! An account's entries of a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Balance, Ledger, LedgerError, ids};

/// A stretch of an account's entries, cut by time. Stretches that follow each other have every entry in exactly one of
/// them, also entries that were posted out of the order of their times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// The place of the last entry before it; 0 without one.
    pub after: i32,
    /// The place of its last entry; as `after` when it has none.
    pub through: i32,
    /// What was on the account before it.
    pub opening: Balance,
    /// What was on the account at its end.
    pub closing: Balance,
}

impl Ledger {
    /// The entries from `from` until before `to`, as the bounds of pages, with the balances at both ends.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn period_of(
        &self,
        account: Uuid,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Period, LedgerError> {
        let (after, opening) = self.last_before(account, from).await?;
        let (through, closing) = self.last_before(account, to).await?;
        let (through, closing) = if through > after {
            (through, closing)
        } else {
            (after, opening)
        };
        Ok(Period {
            after,
            through,
            opening,
            closing,
        })
    }

    /// The last place at which an entry is older than `time`, and what was on the account then.
    async fn last_before(
        &self,
        account: Uuid,
        time: DateTime<Utc>,
    ) -> Result<(i32, Balance), LedgerError> {
        let row = sqlx::query!(
            r#"SELECT h.version, h.values, a.normal_balance_type = 'credit' AS "credit_normal!"
               FROM cala_balance_history h
               JOIN cala_accounts a ON a.id = h.account_id
               JOIN cala_entries e ON e.id = h.latest_entry_id
               WHERE h.account_id = $1 AND h.journal_id = $2 AND h.currency = 'USD' AND e.created_at < $3
               ORDER BY h.version DESC LIMIT 1"#,
            account,
            Uuid::from(ids::journal()),
            time,
        )
        .fetch_optional(&self.pool)
        .await?;
        row.map_or(Ok((0, Balance::default())), |row| {
            Ok((
                row.version,
                Balance::of_snapshot(row.values, row.credit_normal)?,
            ))
        })
    }
}
