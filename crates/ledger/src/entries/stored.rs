//! Entries as they are stored: by the ledger of an account, by us of a sum.

use cala_ledger::TxTemplateId;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Entry, Layers, Which};
use crate::{Balance, Layer, Ledger, LedgerError, Posting, balance::cents, ids, sums};

/// One statement for both directions: only the order, and so the index's, differs. And for both that keep entries in order,
/// with what was on it after each, credits less debits: the ledger for an account ([`of_account!`]), we for a sum
/// ([`of_sum!`]).
macro_rules! entries {
    ($history:literal, $order:literal, $($argument:expr),+) => {
        sqlx::query_as!(
            Stored,
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
    /// At most `limit` entries of an account, the omnibus account or a set.
    pub(super) async fn stored_entries(
        &self,
        account: Uuid,
        layers: Layers,
        which: Which,
        limit: i64,
    ) -> Result<Vec<Stored>, LedgerError> {
        let journal = Uuid::from(ids::journal());
        let all = layers == Layers::All;
        let (after, before) = match which {
            Which::Newest { before } => (0, before.unwrap_or(i32::MAX)),
            Which::Oldest { after, through } => (after, through.saturating_add(1)),
        };
        // Each statement has a type of its own.
        macro_rules! fetch {
            ($of:ident, $order:literal) => {
                $of!($order, account, journal, after, before, all, limit)
                    .fetch_all(&self.pool)
                    .await?
            };
        }
        Ok(match (which, sums::sum_ids().contains(&account)) {
            (Which::Newest { .. }, false) => fetch!(of_account, "DESC"),
            (Which::Newest { .. }, true) => fetch!(of_sum, "DESC"),
            (Which::Oldest { .. }, false) => fetch!(of_account, "ASC"),
            (Which::Oldest { .. }, true) => fetch!(of_sum, "ASC"),
        })
    }
}

pub(super) struct Stored {
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

impl TryFrom<Stored> for Entry {
    type Error = LedgerError;

    fn try_from(row: Stored) -> Result<Self, Self::Error> {
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
