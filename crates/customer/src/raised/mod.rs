//! *Needs a person*: what was raised, until somebody resolves it with a reason.
//!
//! [`Cause`] is the table of what is raised, what to do about it and which operations do it ([`Remedy`]); `open` and `resolved` are
//! the two lists, `filter` what narrows them down, `counts` how many there are, `outcome` what became of those that were resolved together. Who raises
//! something writes the row where it is found out: callbacks (`callback_log/outcomes.rs`, `retries.rs`, `ingest/insert.rs`), questions to
//! Sumsub (`refresh/trouble.rs`), records that look alike (`duplicates.rs`).

pub mod cause;
mod counts;
mod filter;
mod open;
mod outcome;
mod page;
mod remedy;
mod resolved;
mod twins;

use chrono::{DateTime, Utc};
use kernel::Cursor;
use uuid::Uuid;

use crate::{
    duplicates::{Decided, Decision},
    primitives::{Activity, CallbackId, Stage},
};

pub use cause::{Cause, CausePage, RaisedCause};
pub use counts::{CauseCount, Count};
pub use filter::RaisedFilter;
pub use open::RESOLVED_AT_ONCE;
pub use outcome::{Became, Outcome};
pub use remedy::Remedy;
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
    /// Which cause it is; none when an older version or a person wrote the words.
    pub known: Option<Cause>,
    /// What somebody has decided of the two records, if anything.
    pub decided: Option<Decided>,
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
    /// Where the prospect stands.
    pub stage: Option<Stage>,
    /// Whether the customer can act, if it has become one.
    pub activity: Option<Activity>,
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
    /// From the columns of an outer join with `prospects` and `customers`.
    fn read(
        id: Option<Uuid>,
        public_id: Option<String>,
        email: Option<String>,
        stage: Option<String>,
        activity: Option<String>,
    ) -> Option<Self> {
        let stage = stage.and_then(|stage| stage.parse().ok());
        Some(Self {
            id: id?,
            public_id: public_id?,
            email,
            is_customer: stage == Some(Stage::Converted),
            stage,
            activity: activity.and_then(|activity| activity.parse().ok()),
        })
    }

    /// Whether it is closed, as a prospect or as a customer.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.stage == Some(Stage::Closed) || self.activity == Some(Activity::Closed)
    }
}

/// Asks for raised items: with these columns and joins beside those of every list, where `$rest` says.
macro_rules! raised_query {
    ($columns:literal, $joins:literal, $($rest:literal)+, $($bind:expr),+ $(,)?) => {
        sqlx::query!(
            "SELECT raised.id, cause, cause_name, raised_at, raised.callback_id, one.id AS \"one_id?\", one.public_id AS \"one_public_id?\", one.email AS one_email, one.stage AS \"one_stage?\", one_customer.activity AS \"one_activity?\", other.id AS \"other_id?\", other.public_id AS \"other_public_id?\", other.email AS other_email, other.stage AS \"other_stage?\", other_customer.activity AS \"other_activity?\", decision AS \"decision?\", decided_by AS \"decided_by?\", decided_at AS \"decided_at?\""
                + $columns
                + " FROM raised LEFT JOIN prospects AS one ON one.id = raised.prospect_id LEFT JOIN customers AS one_customer ON one_customer.id = raised.prospect_id LEFT JOIN prospects AS other ON other.id = raised.other_id LEFT JOIN customers AS other_customer ON other_customer.id = raised.other_id LEFT JOIN duplicate_decisions ON one_id = least(raised.prospect_id, raised.other_id) AND duplicate_decisions.other_id = greatest(raised.prospect_id, raised.other_id) AND raised.prospect_id IS NOT NULL AND raised.other_id IS NOT NULL"
                + $joins
                + " WHERE "
                $(+ $rest)+,
            $($bind),+
        )
    };
}
use raised_query;

/// Asks for open items: those who look like the same person beside them, `$1` of them at most.
macro_rules! open_query {
    ($($rest:literal)+, $($bind:expr),+ $(,)?) => {
        $crate::raised::raised_query!(
            ", twins.public_ids AS \"twins?\"",
            " LEFT JOIN LATERAL (SELECT array_agg(prospects.public_id ORDER BY prospects.id) AS public_ids FROM (SELECT DISTINCT twin.prospect_id FROM prospect_identities AS own CROSS JOIN LATERAL (SELECT prospect_id FROM prospect_identities WHERE key = own.key AND prospect_id < own.prospect_id ORDER BY prospect_id LIMIT $1) AS twin WHERE own.prospect_id = raised.prospect_id AND NOT EXISTS (SELECT FROM duplicate_decisions WHERE decision = 'different_people' AND one_id = twin.prospect_id AND other_id = own.prospect_id)) AS of_one JOIN prospects ON prospects.id = of_one.prospect_id) AS twins ON raised.fact_key = 'twins:' || raised.prospect_id",
            "resolved_at IS NULL" $($rest)+,
            COUNTED + 1,
            $($bind),+
        )
    };
}
use open_query;

/// A raised item from a row of any list.
macro_rules! raised_item {
    ($row:ident, $cause:expr) => {
        $crate::raised::RaisedItem {
            id: $row.id,
            known: $row
                .cause_name
                .as_deref()
                .and_then(|name| name.parse().ok())
                .or_else(|| $crate::raised::Cause::of_stored(&$row.cause)),
            decided: $crate::duplicates::Decided::read(
                $row.decision,
                $row.decided_by,
                $row.decided_at,
            ),
            cause: $cause,
            raised_at: $row.raised_at,
            about: RaisedRecord::read(
                $row.one_id,
                $row.one_public_id,
                $row.one_email,
                $row.one_stage,
                $row.one_activity,
            ),
            callback: $row.callback_id,
            other: RaisedRecord::read(
                $row.other_id,
                $row.other_public_id,
                $row.other_email,
                $row.other_stage,
                $row.other_activity,
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
    /// Where it stands in the list of what is open.
    #[must_use]
    pub fn cursor(&self) -> Cursor<i64> {
        Cursor {
            at: self.raised_at,
            id: self.id,
        }
    }

    /// The operations that resolve it, as its records stand, the usual one first. Of two that are decided to be one person, the
    /// newer is to be closed.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        let known = self.known.map_or(&[][..], Cause::remedies);
        let (callback, other) = (self.callback.is_some(), self.other.is_some());
        let fits = |remedy: &Remedy| {
            remedy.fits(self.about.as_ref(), callback, other)
                && !(*remedy == Remedy::SamePerson && self.decided.is_some())
        };
        known.iter().copied().filter(fits).collect()
    }

    /// The newer of two records that somebody decided are one person, while it is not closed.
    #[must_use]
    pub fn to_close(&self) -> Option<&RaisedRecord> {
        self.decided
            .as_ref()
            .filter(|decided| decided.decision == Decision::SamePerson)?;
        let (about, other) = (self.about.as_ref()?, self.other.as_ref()?);
        // Public ids count upwards.
        let age = |it: &RaisedRecord| (it.public_id.len(), it.public_id.clone());
        let newer = if age(about) > age(other) {
            about
        } else {
            other
        };
        (!newer.is_closed()).then_some(newer)
    }
}
