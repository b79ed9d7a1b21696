//! What the ledger has posted, transaction by transaction: for whoever compares it with the documents that it is for.

use std::collections::HashSet;

use cala_ledger::TxTemplateId;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Layer, LedgerError, Posting, ids, posting::Side};

/// A transaction of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its id in the ledger.
    pub transaction: Uuid,
    /// How money moved; none when nothing of ours posted it.
    pub posting: Option<Posting>,
    /// The document that it names; none when that is no id.
    pub document: Option<Uuid>,
    entries: Vec<PostedEntry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PostedEntry {
    account: Uuid,
    settled: bool,
    /// Whole US cents: credits above zero, debits below; none when it is no such amount.
    cents: Option<i64>,
}

impl Posted {
    /// Whether its entries are those of its posting, of so many cents on this account.
    #[must_use]
    pub fn moved(&self, account: Uuid, cents: i64) -> bool {
        let Some(posting) = self.posting else {
            return false;
        };
        let omnibus = Uuid::from(ids::omnibus());
        let entry = |side, layer, cents| PostedEntry {
            account: match side {
                Side::Account => account,
                Side::Omnibus => omnibus,
            },
            settled: layer == Layer::Settled,
            cents: Some(cents),
        };
        let legs = posting.legs().iter();
        let mut expected: Vec<PostedEntry> = legs
            .flat_map(|leg| {
                [
                    entry(leg.debit, leg.layer, -cents),
                    entry(leg.credit, leg.layer, cents),
                ]
            })
            .collect();
        let mut entries = self.entries.clone();
        expected.sort_unstable();
        entries.sort_unstable();
        entries == expected
    }

    /// What its entries come to on this account, on both layers, in whole US cents.
    #[must_use]
    pub fn sum(&self, account: Uuid) -> i64 {
        let on_it = self.entries.iter().filter(|entry| entry.account == account);
        on_it.filter_map(|entry| entry.cents).sum()
    }
}

/// The id under which a posting for a document stands in the ledger.
#[must_use]
pub fn transaction_id(posting: Posting, document: Uuid) -> Uuid {
    ids::transaction(posting, document)
}

/// The next `limit` transactions after this id, in the order of their ids.
///
/// # Errors
/// When the database does not answer.
pub async fn posted_after(
    connection: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Posted>, LedgerError> {
    let rows = sqlx::query!(
        r#"SELECT t.id AS "id!", t.tx_template_id AS "template!", t.correlation_id AS "document!", e.account_id AS "account?",
                  lower((v.event->'values'->>'layer') COLLATE "C") AS layer, v.event->'values'->>'currency' AS currency,
                  CASE v.event->'values'->>'direction' WHEN 'credit' THEN 1 ELSE -1 END
                    * (v.event->'values'->>'units')::numeric * 100 AS cents
           FROM (SELECT * FROM cala_transactions WHERE journal_id = $1 AND id > $2 ORDER BY id LIMIT $3) t
           LEFT JOIN cala_entries e ON e.transaction_id = t.id
           LEFT JOIN cala_entry_events v ON v.id = e.id AND v.sequence = 1
           ORDER BY t.id, e.id"#,
        Uuid::from(ids::journal()),
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let mut posted: Vec<Posted> = Vec::new();
    for row in rows {
        if posted.last().is_none_or(|last| last.transaction != row.id) {
            posted.push(Posted {
                transaction: row.id,
                posting: Posting::of_template(TxTemplateId::from(row.template)),
                document: row.document.parse().ok(),
                entries: Vec::new(),
            });
        }
        if let (Some(last), Some(account)) = (posted.last_mut(), row.account) {
            let is_usd = row.currency.as_deref() == Some("USD");
            let whole = row.cents.map(|cents: Decimal| cents.normalize());
            let whole = whole.filter(|cents| is_usd && cents.is_integer());
            last.entries.push(PostedEntry {
                account,
                settled: row.layer.as_deref() == Some("settled"),
                cents: whole.and_then(|cents| cents.to_i64()),
            });
        }
    }
    Ok(posted)
}

/// Those of these ids under which the ledger has a transaction.
///
/// # Errors
/// When the database does not answer.
pub async fn posted_among(
    connection: &mut PgConnection,
    transactions: &[Uuid],
) -> Result<HashSet<Uuid>, LedgerError> {
    let found = sqlx::query_scalar!(
        "SELECT id FROM cala_transactions WHERE journal_id = $1 AND id = ANY($2)",
        Uuid::from(ids::journal()),
        transactions,
    )
    .fetch_all(connection)
    .await?;
    Ok(found.into_iter().collect())
}
