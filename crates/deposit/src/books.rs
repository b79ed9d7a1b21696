//! Whether the books are right: every sum, taken anew from the entries.

use std::fmt;

use rust_decimal::Decimal;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{AccountCategory, DepositError, Layer, ids};

/// What is wrong with the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BooksFinding {
    /// Debits and credits differ.
    Unbalanced {
        /// On which layer.
        layer: Layer,
        /// By so many US dollars.
        difference: Decimal,
    },
    /// An account's or set's balance is not the sum of the entries on it, or of its members.
    WrongSum {
        /// The account's code or the set's name.
        account: String,
        /// On which layer.
        layer: Layer,
        /// What stands, in US dollars: credits less debits.
        stands: Decimal,
        /// What the entries come to.
        entries: Decimal,
    },
    /// An account or a set has less than nothing on it.
    Negative {
        /// The account's code or the set's name.
        account: String,
    },
}

/// What adding up has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// Everything that is wrong; nothing is as it should be.
    pub findings: Vec<BooksFinding>,
    /// How many entries the sums of the sets and of the omnibus account are still without, at most. They follow the
    /// postings; until they have, they can't be judged.
    pub behind: u64,
}

impl fmt::Display for BooksFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced { layer, difference } => {
                write!(
                    f,
                    "debits and credits differ by {difference} USD ({layer:?})"
                )
            }
            Self::WrongSum {
                account,
                layer,
                stands,
                entries,
            } => write!(
                f,
                "{account} stands at {stands} USD ({layer:?}), its entries come to {entries}"
            ),
            Self::Negative { account } => write!(f, "{account} has less than nothing on it"),
        }
    }
}

/// Adds up every entry of the ledger and compares: debits and credits, each account, the omnibus account, each set with
/// its members, all in one snapshot.
///
/// # Errors
/// When the ledger does not answer.
pub async fn check_books(pool: &PgPool) -> Result<Books, DepositError> {
    let sets: Vec<Uuid> = AccountCategory::ALL
        .map(|c| Uuid::from(ids::category_set(c)))
        .into();
    // A balance's version is the number of entries in it (cala-ledger, `balance/snapshot.rs`).
    // Credits less debits, by account and layer; a set counts its members' entries, the set of all counts all sets'.
    let rows = sqlx::query!(
        r#"WITH entry AS (
                   SELECT e.account_id, lower((v.event->'values'->>'layer') COLLATE "C") AS layer,
                          CASE v.event->'values'->>'direction' WHEN 'credit' THEN 1 ELSE -1 END
                            * (v.event->'values'->>'units')::numeric AS credit
                   FROM cala_entries e JOIN cala_entry_events v ON v.id = e.id AND v.sequence = 1
                   WHERE e.journal_id = $1
               ), counted AS (
                   SELECT account_id, layer, credit FROM entry
                   UNION ALL
                   SELECT m.account_set_id, layer, credit FROM entry
                   JOIN cala_account_set_member_accounts m ON m.member_account_id = entry.account_id
                   WHERE m.account_set_id = ANY($2)
                   UNION ALL
                   SELECT $3, layer, credit FROM entry
                   JOIN cala_account_set_member_accounts m ON m.member_account_id = entry.account_id
                   WHERE m.account_set_id = ANY($2)
               ), summed AS (
                   SELECT account_id, layer, sum(credit) AS credit FROM counted GROUP BY 1, 2
               ), number AS (
                   SELECT account_id, count(*) AS entries FROM counted GROUP BY 1
               )
               SELECT coalesce(t.name, a.code) AS "account!", a.is_account_set, a.normal_balance_type = 'credit' AS "credit_normal!", l.layer AS "layer!",
                      coalesce((b.latest_values->l.layer->>'cr_balance')::numeric
                        - (b.latest_values->l.layer->>'dr_balance')::numeric, 0) AS "stands!",
                      coalesce(s.credit, 0) AS "entries!",
                      CASE WHEN a.eventually_consistent
                           THEN greatest(coalesce(n.entries, 0) - coalesce(b.latest_version, 0), 0) ELSE 0 END AS "behind!"
               FROM cala_accounts a CROSS JOIN (VALUES ('settled'), ('pending')) AS l (layer)
               LEFT JOIN cala_account_sets t ON t.id = a.id
               LEFT JOIN cala_current_balances b ON b.account_id = a.id AND b.journal_id = $1 AND b.currency = 'USD'
               LEFT JOIN summed s ON s.account_id = a.id AND s.layer = l.layer
               LEFT JOIN number n ON n.account_id = a.id
               ORDER BY a.code, l.layer"#,
        Uuid::from(ids::journal()),
        &sets,
        Uuid::from(ids::deposits_set()),
    )
    .fetch_all(pool)
    .await?;

    let mut books = Books::default();
    for layer in [Layer::Settled, Layer::Pending] {
        let difference: Decimal = rows
            .iter()
            .filter(|row| !row.is_account_set && named(layer) == row.layer)
            .map(|row| row.entries)
            .sum();
        if !difference.is_zero() {
            books
                .findings
                .push(BooksFinding::Unbalanced { layer, difference });
        }
    }
    for row in rows {
        if row.behind > 0 {
            books.behind = books.behind.max(row.behind.unsigned_abs());
            continue;
        }
        let layer = if row.layer == named(Layer::Settled) {
            Layer::Settled
        } else {
            Layer::Pending
        };
        let normal = if row.credit_normal {
            row.stands
        } else {
            -row.stands
        };
        if normal < Decimal::ZERO {
            books.findings.push(BooksFinding::Negative {
                account: row.account.clone(),
            });
        }
        if row.stands != row.entries {
            books.findings.push(BooksFinding::WrongSum {
                account: row.account,
                layer,
                stands: row.stands,
                entries: row.entries,
            });
        }
    }
    Ok(books)
}

const fn named(layer: Layer) -> &'static str {
    match layer {
        Layer::Settled => "settled",
        Layer::Pending => "pending",
    }
}
