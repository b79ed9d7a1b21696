//! The figures of the overview: how far prospects come, how long they stand where, and why Sumsub declines.
//!
//! They are kept, not counted: triggers note what happens (`migrations/0150_statistics.sql`), [`Counting`] adds it up, and
//! reading costs the same however many prospects there are. They hold ids of operators and numbers, nothing of anybody else.

mod counting;
mod durations;
mod figures;
mod read;
mod standing;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::vocabulary;
use uuid::Uuid;

use crate::primitives::{CustomerType, Stage};

pub use counting::Counting;
pub(crate) use read::Kept;

vocabulary! {
    /// How far a prospect came: at least so far.
    Step {
        New => "New",
        Started => "Started",
        InReview => "In review",
        Approved => "Approved",
        Active => "Active",
    }
}

vocabulary! {
    /// The days that the figures are about, today among them.
    Period {
        Week => "7 days",
        Month => "30 days",
        Quarter => "90 days",
    }
}

impl Period {
    /// How many days those are.
    #[must_use]
    pub fn days(self) -> u16 {
        match self {
            Period::Week => 7,
            Period::Month => 30,
            Period::Quarter => 90,
        }
    }

    /// The period of so many days, when there is one.
    #[must_use]
    pub fn of_days(days: u16) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|period| period.days() == days)
    }
}

/// Of the prospects that were created in the period, how many came at least so far by now, in the order of [`Step::ALL`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Funnel(pub [i64; Step::ALL.len()]);

/// How long something took: the median, and what nine of ten took at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Took {
    /// How many there were.
    pub count: i64,
    /// Half of them took no longer; none when there were none.
    pub median: Option<Duration>,
    /// Nine of ten took no longer.
    pub p90: Option<Duration>,
}

/// How long prospects stand at a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeInStage {
    /// The stage; [`Stage::Converted`] is the time from the approval until the customer was Active.
    pub stage: Stage,
    /// Those that left it in the period.
    pub left: Took,
    /// How many stand there now; of the approved, those that are not Active yet, counted up to [`PENDING_AT_MOST`].
    pub now: i64,
    /// Who has stood there longest.
    pub oldest: Option<Oldest>,
}

/// So many customers that are not Active yet are counted, no more.
pub const PENDING_AT_MOST: i64 = 10_000;

/// Who has stood longest at a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oldest {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// Since when it stands there.
    pub since: DateTime<Utc>,
}

/// Why Sumsub declined, in the period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reasons {
    /// Answers that declined.
    pub declined: i64,
    /// Of them, those after which the applicant may try again (RETRY).
    pub may_retry: i64,
    /// Of them, those that are final (FINAL).
    pub for_good: i64,
    /// In how many of the answers each reject label stood, the most frequent first.
    pub labels: Vec<(String, i64)>,
}

/// All figures of a period, as they were a moment ago.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// The days that are counted.
    pub period: Period,
    /// The first of them, in UTC.
    pub from: NaiveDate,
    /// The last, which is today.
    pub to: NaiveDate,
    /// False: prospects from before an upgrade are still being counted.
    pub whole: bool,
    sums: Vec<Sum>,
    oldest: Vec<(Stage, CustomerType, Oldest)>,
    pending: Vec<(CustomerType, i64)>,
}

/// A sum of the period.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sum {
    figure: String,
    name: String,
    customer_type: String,
    created_by: String,
    bucket: i16,
    n: i64,
}
