//! Deposit accounts on a real double-entry ledger (`cala-ledger`).
//!
//! Every active customer holds one USD deposit account, a liability of the bank (credit-normal), in
//! the account set of the customer's type. Overdraft is refused by the ledger itself: each account
//! carries its own velocity control (a control on the *set* would guard the sum of its members, so
//! that an empty account could spend its neighbour's money).
//!
//! ```text
//! journal "Usher" (USD)
//! ├─ account set "Deposits"
//! │  ├─ account set "Deposits: Individual"        ── deposit accounts DEP-<public id>
//! │  └─ … one for each `AccountCategory`
//! └─ account OMNIBUS-USD (debit-normal): the other side of every deposit and withdrawal
//! ```
//!
//! The sums of the sets and of the omnibus account are ours, not the ledger's (`sums.rs`, `adding_up.rs`): what is posted
//! is noted by the database with the posting, and a sum is what was added up and what was noted since.
//!
//! Ids are derived (see [`account_id`]), never drawn, so looking before creating needs no table of
//! ours and two servers that start at once make one of everything.

mod account;
mod adding_up;
mod balance;
mod books;
mod category;
mod chart;
mod close;
mod entries;
mod error;
mod ids;
mod open;
mod period;
mod posted;
mod posting;
mod read;
mod statement;
mod sums;
mod templates;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cala_ledger::{CalaLedger, CalaLedgerConfig};
use kernel::Database;
use sqlx::PgPool;
use uuid::Uuid;

pub use account::{AccountStatus, DepositAccount, NewDepositAccount};
pub use adding_up::AddingUp;
pub use balance::Balance;
pub use books::{Books, BooksFinding, check_books};
pub use category::{AccountCategory, UnknownCategory};
pub use entries::{ENTRIES_AT_MOST, Entries, Entry, Layers, Which};
pub use error::LedgerError;
pub use ids::{account_code, account_id, public_id_in};
pub use period::Period;
pub use posted::{Posted, posted_after, posted_among, transaction_id};
pub use posting::{Layer, Movement, Posting, PostingError};
pub use read::AccountOnRecord;
pub use statement::Statement;
pub use sums::{Chart, MEMBERS_AT_MOST, Member, Sum};

/// The bank's deposit accounts. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pool: Database,
    /// Shared: its own clones are deep.
    ledger: Arc<CalaLedger>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}

impl Ledger {
    /// Connects to the ledger and makes what every account needs: the journal, the account sets, the
    /// omnibus account, the overdraft control, the postings. Makes nothing twice, also when two processes start at
    /// once.
    ///
    /// The ledger's tables must exist (crate `schema`).
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`] when the database does not answer, [`LedgerError::Ledger`] when
    /// something else already stands in the ledger under one of our names.
    pub async fn init(pool: impl Into<Database>) -> Result<Self, LedgerError> {
        let pool = pool.into();
        let config = CalaLedgerConfig::builder()
            .pool(PgPool::clone(&pool))
            .exec_migrations(false)
            .build()
            .map_err(|error| LedgerError::Ledger(error.to_string()))?;
        // The ledger registers the job that rolls its own sums up. Ours take their place (`sums.rs`), so it is never
        // started: one job in the cluster can stand still for good.
        let jobs = job::JobSvcConfig::builder()
            .pool(PgPool::clone(&pool))
            .exec_migrations(false)
            .build()
            .map_err(|error| LedgerError::Ledger(error.to_string()))?;
        let mut jobs = job::Jobs::init(jobs)
            .await
            .map_err(|error| LedgerError::Ledger(error.to_string()))?;
        let ledger = CalaLedger::init(config, &mut jobs).await?;
        chart::ensure(&ledger).await?;
        Ok(Self {
            pool,
            ledger: Arc::new(ledger),
        })
    }

    /// What adds up the sums in the background, for a claim loop.
    #[must_use]
    pub fn adding_up(&self) -> AddingUp {
        AddingUp {
            pool: PgPool::clone(&self.pool),
        }
    }

    /// A cheap look whether the ledger answers and has been set up.
    ///
    /// # Errors
    /// [`LedgerError::Unavailable`] when it does not answer.
    pub async fn probe(&self) -> Result<(), LedgerError> {
        let there = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM cala_journals WHERE id = $1) AS "there!""#,
            Uuid::from(ids::journal()),
        )
        .fetch_one(&self.pool)
        .await?;
        if there {
            Ok(())
        } else {
            Err(LedgerError::Ledger(
                "the ledger's journal is missing; restart usher, which makes it".to_owned(),
            ))
        }
    }
}
