//! A stretch of an account's entries from balance to balance, as its owner reads it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{Balance, ENTRIES_AT_MOST, Entry, Layers, Ledger, LedgerError, Which};

/// What was on an account, what came and went, and what was on it then. It adds up: opening, plus in, less out, is closing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What was on the account before.
    pub opening: Balance,
    /// What was on it at the end.
    pub closing: Balance,
    /// The settled entries, oldest first.
    pub entries: Vec<Entry>,
    /// What came in, in US cents.
    pub money_in: i64,
    /// What went out, in US cents; not negative.
    pub money_out: i64,
}

impl Ledger {
    /// The statement of an account from `from` until before `to`; none when it has more than `at_most` entries. Asks
    /// nobody whether this may be seen: for the owner.
    ///
    /// # Errors
    /// When the ledger does not answer, or doesn't add up.
    pub async fn statement_of(
        &self,
        account: Uuid,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        at_most: usize,
    ) -> Result<Option<Statement>, LedgerError> {
        let period = self.period_of(account, from, to).await?;
        let mut entries = Vec::new();
        let mut next = Some(period.after);
        while let Some(after) = next {
            let which = Which::Oldest {
                after,
                through: period.through,
            };
            let page = self
                .entries_of(account, Layers::Settled, which, ENTRIES_AT_MOST)
                .await?;
            entries.extend(page.rows);
            if entries.len() > at_most {
                return Ok(None);
            }
            next = page.next;
        }
        let (money_in, money_out) = sums(&entries).ok_or_else(|| unsound(account))?;
        let closing = period
            .opening
            .settled
            .checked_add(money_in)
            .and_then(|sum| sum.checked_sub(money_out));
        if closing != Some(period.closing.settled) {
            return Err(unsound(account));
        }
        Ok(Some(Statement {
            opening: period.opening,
            closing: period.closing,
            entries,
            money_in,
            money_out,
        }))
    }
}

fn sums(entries: &[Entry]) -> Option<(i64, i64)> {
    entries
        .iter()
        .try_fold((0_i64, 0_i64), |(came, went), entry| {
            Some((
                came.checked_add(entry.cents.max(0))?,
                went.checked_sub(entry.cents.min(0))?,
            ))
        })
}

fn unsound(account: Uuid) -> LedgerError {
    LedgerError::Ledger(format!(
        "the entries of account {account} don't add up to its balance; run `usher doctor`"
    ))
}
