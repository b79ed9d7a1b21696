//! *Needs a person*: what was raised, until somebody resolves it with a reason.
//!
//! [`Cause`] is the table of what is raised and what to do about it; `open` and `resolved` are the two lists. Who raises
//! something writes the row where it is found out: callbacks (`callback_log/outcomes.rs`, `retries.rs`, `ingest/insert.rs`), questions to
//! Sumsub (`refresh/trouble.rs`), records that look alike (`duplicates.rs`).

pub mod cause;
mod open;
mod resolved;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::primitives::CallbackId;

pub use cause::{Cause, CausePage, RaisedCause};
pub use resolved::ResolvedItem;

/// Something that a person has to look at.
#[derive(Debug, Clone)]
pub struct RaisedItem {
    /// The number of the item.
    pub id: i64,
    /// In words. When several look like the same person it says how many and names the first few, as of now or, when it is
    /// resolved, of then.
    pub cause: String,
    /// Since when it waits.
    pub raised_at: DateTime<Utc>,
    /// The record that it is about, when there is one.
    pub about: Option<RaisedRecord>,
    /// The callback that raised it.
    pub callback: Option<CallbackId>,
    /// The record that looks like the same person: the one with which it began, when there are several.
    pub other: Option<RaisedRecord>,
}

/// A record that a raised item is about.
#[derive(Debug, Clone)]
pub struct RaisedRecord {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// None once it is erased.
    pub email: Option<String>,
    /// It has become a customer.
    pub is_customer: bool,
}

/// The items that are raised and not resolved.
#[derive(Debug, Clone)]
pub struct RaisedList {
    /// The oldest first, not more than a page shows.
    pub items: Vec<RaisedItem>,
    /// How many there are.
    pub count: i64,
}

impl RaisedRecord {
    /// From the columns of an outer join with `prospects`.
    fn read(
        id: Option<Uuid>,
        public_id: Option<String>,
        email: Option<String>,
        stage: Option<String>,
    ) -> Option<Self> {
        Some(Self {
            id: id?,
            public_id: public_id?,
            email,
            is_customer: stage.as_deref() == Some("converted"),
        })
    }
}

/// A raised item from a row of either list.
macro_rules! raised_item {
    ($row:ident, $cause:expr) => {
        $crate::raised::RaisedItem {
            id: $row.id,
            cause: $cause,
            raised_at: $row.raised_at,
            about: RaisedRecord::read(
                $row.one_id,
                $row.one_public_id,
                $row.one_email,
                $row.one_stage,
            ),
            callback: $row.callback_id,
            other: RaisedRecord::read(
                $row.other_id,
                $row.other_public_id,
                $row.other_email,
                $row.other_stage,
            ),
        }
    };
}
use raised_item;

impl RaisedList {
    /// Where only the newest are shown, so many are counted, no more.
    pub const COUNTED: i64 = 1_000;
}

impl RaisedItem {
    /// The row of the table of causes that its words come from.
    #[must_use]
    pub fn known_cause(&self) -> Option<Cause> {
        Cause::of_stored(&self.cause)
    }
}
