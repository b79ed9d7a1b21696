//! The entries of an account, each with what was on the account after it.

use access::Subject;
use cala_ledger::TxTemplateId;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use kernel::Error;

use crate::{Balance, Layer, Ledger, LedgerError, Posting, account::cents, ids, sums};

/// The most entries a page may have.
pub const ENTRIES_AT_MOST: usize = 1000;

/// An entry of an account, of the omnibus account or of an account set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place: entries of one account are numbered in the order in which they were posted.
    pub place: i32,
    /// The entry's id in the ledger.
    pub id: Uuid,
    /// The ledger's transaction that it is part of.
    pub transaction_id: Uuid,
    /// When it was posted.
    pub at: DateTime<Utc>,
    /// What it is of; none when something else than usher posted it.
    pub posting: Option<Posting>,
    /// The deposit or withdrawal that it is for.
    pub document: Option<Uuid>,
    /// The code of the account that it is on: of a set's member, in a set.
    pub account_code: String,
    /// The layer of the balance that it is on.
    pub layer: Layer,
    /// By how many US cents it raises (more than 0) or lowers the account.
    pub cents: i64,
    /// What was on the account after it.
    pub after: Balance,
}

/// Which layers' entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layers {
    /// What the owner of an account reads: money that came and went.
    Settled,
    /// Settled and pending alike.
    All,
}

/// Which entries, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Newest first: all, or those before the place of an entry.
    Newest {
        /// The place of the last one seen.
        before: Option<i32>,
    },
    /// Oldest first: a [`Period`], or what is left of it.
    Oldest {
        /// The period's `after`, then the place of the last one seen.
        after: i32,
        /// The period's `through`.
        through: i32,
    },
}

/// A page of entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// In the order asked for.
    pub rows: Vec<Entry>,
    /// The place from which the next page goes on, when there is one.
    pub next: Option<i32>,
}

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

/// One statement for both directions: only the order, and so the index's, differs. And for both that keep entries in order,
/// with what was on it after each, credits less debits: the ledger for an account ([`of_account!`]), we for a sum
/// ([`of_sum!`]).
macro_rules! entries {
    ($history:literal, $order:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Row,
            r#"SELECT h.place AS "place!", e.id, e.transaction_id, e.created_at AS at, t.tx_template_id, t.correlation_id,
                      a.code AS account_code, whole.normal_balance_type = 'credit' AS "credit_normal!",
                      lower((v.event->'values'->>'layer') COLLATE "C") AS "layer!", v.event->'values'->>'direction' AS "direction!",
                      (v.event->'values'->>'units')::numeric AS "units!",
                      h.settled AS "settled!", h.pending AS "pending!", h.encumbered AS "encumbered!"
               FROM "# + $history + r#" AS h
               JOIN cala_accounts whole ON whole.id = h.account_id
               JOIN cala_entries e ON e.id = h.entry_id
               JOIN cala_entry_events v ON v.id = e.id AND v.sequence = 1
               JOIN cala_transactions t ON t.id = e.transaction_id
               JOIN cala_accounts a ON a.id = e.account_id
               WHERE h.account_id = $1 AND h.journal_id = $2 AND h.place > $3 AND h.place < $4
                 AND ($5 OR lower((v.event->'values'->>'layer') COLLATE "C") = 'settled')
               ORDER BY h.place "# + $order + " LIMIT $6",
            $($argument),+
        )
    };
}

macro_rules! of_account {
    ($order:literal, $($argument:expr),+) => {
        entries!(
            "(SELECT account_id, journal_id, version AS place, latest_entry_id AS entry_id,
                     (values->'settled'->>'cr_balance')::numeric - (values->'settled'->>'dr_balance')::numeric AS settled,
                     (values->'pending'->>'cr_balance')::numeric - (values->'pending'->>'dr_balance')::numeric AS pending,
                     (values->'encumbrance'->>'cr_balance')::numeric - (values->'encumbrance'->>'dr_balance')::numeric AS encumbered
              FROM cala_balance_history WHERE currency = 'USD')",
            $order,
            $($argument),+
        )
    };
}

// What is not added up yet comes after what is, in the order in which it will be. Until then another may still come between.
macro_rules! of_sum {
    ($order:literal, $($argument:expr),+) => {
        entries!(
            "(SELECT sum_id AS account_id, $2::uuid AS journal_id, place, entry_id, settled, pending, encumbered FROM ledger_sum_entries
              UNION ALL
              SELECT c.sum_id, $2::uuid, (s.entries + row_number() OVER by_number)::int, c.entry_id,
                     s.settled + sum(c.settled) OVER by_number, s.pending + sum(c.pending) OVER by_number,
                     s.encumbered + sum(c.encumbered) OVER by_number
              FROM ledger_sum_changes c JOIN ledger_sums s ON s.id = c.sum_id
              WINDOW by_number AS (PARTITION BY c.sum_id ORDER BY c.id ROWS UNBOUNDED PRECEDING))",
            $order,
            $($argument),+
        )
    };
}

impl Ledger {
    /// A page of entries of at most `first` ([`ENTRIES_AT_MOST`]). `account` is an account, the omnibus account or a set;
    /// unknown ones have none. Asks nobody whether this may be seen: for the owner, and for who was asked before.
    ///
    /// # Errors
    /// When the ledger does not answer.
    pub async fn entries_of(
        &self,
        account: Uuid,
        layers: Layers,
        which: Which,
        first: usize,
    ) -> Result<Entries, LedgerError> {
        let first = first.clamp(1, ENTRIES_AT_MOST);
        let limit = i64::try_from(first).unwrap_or(i64::MAX).saturating_add(1);
        let journal = Uuid::from(ids::journal());
        let all = layers == Layers::All;
        let is_sum = sums::sum_ids().contains(&account);
        let (after, before) = match which {
            Which::Newest { before } => (0, before.unwrap_or(i32::MAX)),
            Which::Oldest { after, through } => (after, through.saturating_add(1)),
        };
        // The macro makes another type of each.
        let rows: Vec<Row> = match (which, is_sum) {
            (Which::Newest { .. }, false) => {
                of_account!("DESC", account, journal, after, before, all, limit)
                    .fetch_all(&self.pool)
                    .await?
            }
            (Which::Newest { .. }, true) => {
                of_sum!("DESC", account, journal, after, before, all, limit)
                    .fetch_all(&self.pool)
                    .await?
            }
            (Which::Oldest { .. }, false) => {
                of_account!("ASC", account, journal, after, before, all, limit)
                    .fetch_all(&self.pool)
                    .await?
            }
            (Which::Oldest { .. }, true) => {
                of_sum!("ASC", account, journal, after, before, all, limit)
                    .fetch_all(&self.pool)
                    .await?
            }
        };
        let more = rows.len() > first;
        let rows = rows
            .into_iter()
            .take(first)
            .map(Entry::try_from)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Entries {
            next: rows.last().map(|row| row.place).filter(|_| more),
            rows,
        })
    }

    /// As [`Ledger::entries_of`], for who may; that somebody looked is written down.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn read_entries(
        &self,
        subject: &Subject,
        account: Uuid,
        layers: Layers,
        which: Which,
        first: usize,
    ) -> Result<Entries, Error> {
        self.may_read(subject, account).await?;
        Ok(self.entries_of(account, layers, which, first).await?)
    }

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
        if through <= after {
            return Ok(Period {
                after,
                through: after,
                opening,
                closing: opening,
            });
        }
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
            Ok((row.version, balance(row.values, row.credit_normal)?))
        })
    }
}

struct Row {
    place: i32,
    id: Uuid,
    transaction_id: Uuid,
    at: DateTime<Utc>,
    tx_template_id: Uuid,
    correlation_id: String,
    account_code: String,
    credit_normal: bool,
    layer: String,
    direction: String,
    units: Decimal,
    settled: Decimal,
    pending: Decimal,
    encumbered: Decimal,
}

impl TryFrom<Row> for Entry {
    type Error = LedgerError;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let layer = match row.layer.as_str() {
            "settled" => Layer::Settled,
            "pending" => Layer::Pending,
            other => {
                return Err(LedgerError::Ledger(format!(
                    "entry {} is on the layer {other}, which usher does not use",
                    row.id
                )));
            }
        };
        let amount = cents(row.units)?;
        let raises = (row.direction == "credit") == row.credit_normal;
        let posting = Posting::of_template(TxTemplateId::from(row.tx_template_id));
        Ok(Entry {
            place: row.place,
            id: row.id,
            transaction_id: row.transaction_id,
            at: row.at,
            posting,
            document: posting.and_then(|_| row.correlation_id.parse().ok()),
            account_code: row.account_code,
            layer,
            cents: if raises { amount } else { -amount },
            after: Balance::read(
                [row.settled, row.pending, row.encumbered],
                row.credit_normal,
            )?,
        })
    }
}

/// A stored balance, as the account's normal side sees it.
pub(crate) fn balance(
    stored: serde_json::Value,
    credit_normal: bool,
) -> Result<Balance, LedgerError> {
    let stored: cala_ledger::balance::BalanceSnapshot = serde_json::from_value(stored)
        .map_err(|error| LedgerError::Ledger(format!("a balance can't be read: {error}")))?;
    let credit =
        |amount: cala_ledger::balance::BalanceAmount| amount.cr_balance - amount.dr_balance;
    let credits = [stored.settled, stored.pending, stored.encumbrance].map(credit);
    Balance::read(credits, credit_normal)
}

impl Balance {
    /// Settled, pending and encumbered in US dollars, credits less debits, as the account's normal side sees them.
    pub(crate) fn read(credits: [Decimal; 3], credit_normal: bool) -> Result<Self, LedgerError> {
        let [settled, pending, encumbered] =
            credits.map(|credit| cents(if credit_normal { credit } else { -credit }));
        Ok(Self {
            settled: settled?,
            pending: pending?,
            encumbered: encumbered?,
        })
    }
}
