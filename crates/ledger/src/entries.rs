//! The entries of an account, each with what was on the account after it.

mod stored;

use chrono::{DateTime, Utc};
use kernel::{Page, page_bounds};
use uuid::Uuid;

use crate::{Balance, Layer, Ledger, LedgerError, Posting};

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
    /// Oldest first: a [`Period`](crate::Period), or what is left of it.
    Oldest {
        /// The period's `after`, then the place of the last one seen.
        after: i32,
        /// The period's `through`.
        through: i32,
    },
}

/// A page of entries, in the order asked for. It begins and ends at [`Entry::place`]s.
pub type Entries = Page<Entry, i32>;

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
        let (first, limit) = page_bounds(first, ENTRIES_AT_MOST);
        let rows = self.stored_entries(account, layers, which, limit).await?;
        let rows = rows.into_iter().map(Entry::try_from);
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(Page::of_one_more(rows, first, |row| row.place))
    }
}
