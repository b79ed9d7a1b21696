//! Whether the books are right: every sum, taken anew from the entries.

use std::fmt;

use rust_decimal::Decimal;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{AccountCategory, Layer, LedgerError, ids};

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
    /// The list of the entries of a set or of the omnibus account is not of all of them.
    Listed {
        /// The account's code or the set's name.
        account: String,
        /// How many are listed.
        listed: i64,
        /// How many there are.
        entries: i64,
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
            Self::Listed {
                account,
                listed,
                entries,
            } => write!(f, "{account} lists {listed} of {entries} entries"),
            Self::Negative { account } => write!(f, "{account} has less than nothing on it"),
        }
    }
}

/// Adds up every entry of the ledger and compares: debits and credits, each account, the omnibus account, each set with
/// its members, all in one snapshot.
///
/// # Errors
/// When the ledger does not answer.
pub async fn check_books(pool: &PgPool) -> Result<Books, LedgerError> {
    let lines = lines(pool).await?;
    let mut books = Books::default();
    for layer in [Layer::Settled, Layer::Pending] {
        let of_accounts = lines
            .iter()
            .filter(|line| !line.is_account_set && line.layer() == layer);
        let difference: Decimal = of_accounts.map(|line| line.entries).sum();
        if !difference.is_zero() {
            books
                .findings
                .push(BooksFinding::Unbalanced { layer, difference });
        }
    }
    for line in lines {
        line.judge(&mut books.findings);
    }
    Ok(books)
}

/// An account or a set on one layer: what stands, and what its entries come to, in US dollars, credits less debits.
struct Line {
    account: String,
    is_account_set: bool,
    credit_normal: bool,
    layer: String,
    stands: Decimal,
    entries: Decimal,
    number: i64,
    listed: Option<i64>,
}

impl Line {
    fn layer(&self) -> Layer {
        match self.layer.as_str() {
            "settled" => Layer::Settled,
            _ => Layer::Pending,
        }
    }

    fn judge(self, findings: &mut Vec<BooksFinding>) {
        let layer = self.layer();
        if let Some(listed) = self.listed
            && listed != self.number
            && layer == Layer::Settled
        {
            findings.push(BooksFinding::Listed {
                account: self.account.clone(),
                listed,
                entries: self.number,
            });
        }
        let normal = if self.credit_normal {
            self.stands
        } else {
            -self.stands
        };
        if normal < Decimal::ZERO {
            findings.push(BooksFinding::Negative {
                account: self.account.clone(),
            });
        }
        if self.stands != self.entries {
            findings.push(BooksFinding::WrongSum {
                account: self.account,
                layer,
                stands: self.stands,
                entries: self.entries,
            });
        }
    }
}

/// Every account and set, on each layer.
async fn lines(pool: &PgPool) -> Result<Vec<Line>, sqlx::Error> {
    let sets: Vec<Uuid> = AccountCategory::ALL
        .map(|c| Uuid::from(ids::category_set(c)))
        .into();
    // Credits less debits, by account and layer; a set counts its members' entries, the set of all counts all sets'. What
    // stands is the ledger's balance, but for what we add up ourselves: the omnibus account and the sets.
    sqlx::query_as!(
        Line,
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
               ), listed AS (
                   SELECT sum_id, count(*) AS entries FROM (
                       SELECT sum_id FROM ledger_sum_entries UNION ALL SELECT sum_id FROM ledger_sum_changes
                   ) AS both_lists GROUP BY 1
               ), since AS (
                   SELECT sum_id, sum(settled) AS settled, sum(pending) AS pending FROM ledger_sum_changes GROUP BY 1
               ), stands AS (
                   SELECT account_id, l.layer, (latest_values->l.layer->>'cr_balance')::numeric
                            - (latest_values->l.layer->>'dr_balance')::numeric AS credit
                   FROM cala_current_balances JOIN cala_accounts a ON a.id = account_id AND NOT a.eventually_consistent
                   CROSS JOIN (VALUES ('settled'), ('pending')) AS l (layer)
                   WHERE journal_id = $1 AND currency = 'USD'
                   UNION ALL
                   SELECT a.id, l.layer, CASE l.layer WHEN 'settled' THEN coalesce(t.settled, 0) + coalesce(since.settled, 0)
                                         ELSE coalesce(t.pending, 0) + coalesce(since.pending, 0) END
                   FROM cala_accounts a CROSS JOIN (VALUES ('settled'), ('pending')) AS l (layer)
                   LEFT JOIN ledger_sums t ON t.id = a.id LEFT JOIN since ON since.sum_id = a.id
                   WHERE a.eventually_consistent
               )
               SELECT coalesce(t.name, a.code) AS "account!", a.is_account_set, a.normal_balance_type = 'credit' AS "credit_normal!",
                      l.layer AS "layer!", coalesce(stands.credit, 0) AS "stands!", coalesce(s.credit, 0) AS "entries!",
                      coalesce(n.entries, 0) AS "number!",
                      CASE WHEN a.eventually_consistent THEN coalesce(listed.entries, 0) END AS listed
               FROM cala_accounts a CROSS JOIN (VALUES ('settled'), ('pending')) AS l (layer)
               LEFT JOIN cala_account_sets t ON t.id = a.id
               LEFT JOIN stands ON stands.account_id = a.id AND stands.layer = l.layer
               LEFT JOIN summed s ON s.account_id = a.id AND s.layer = l.layer
               LEFT JOIN number n ON n.account_id = a.id
               LEFT JOIN listed ON listed.sum_id = a.id
               ORDER BY a.code, l.layer"#,
        Uuid::from(ids::journal()),
        &sets,
        Uuid::from(ids::deposits_set()),
    )
    .fetch_all(pool)
    .await
}
