//! The mark: how new a callback is. Order is not promised, so order never matters for safety.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// What a status callback says. Its order is the rank that decides at equal times.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// The callback `applicantCreated`.
    Created,
    /// The callback `applicantReset`.
    Reset,
    /// The callback `applicantPending`.
    Pending,
    /// The callback `applicantOnHold`.
    OnHold,
    /// The callback `applicantReviewed` with the answer GREEN.
    Green,
    /// The callback `applicantReviewed` with the answer RED.
    Red,
    /// The callback `applicantDeleted`.
    Deleted,
}

impl Status {
    /// How somebody stands of whom this was said last, for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Status::Created => "Started",
            Status::Reset => "Started anew",
            Status::Pending => "In review",
            Status::OnHold => "Review needed",
            Status::Green => "Approved",
            Status::Red => "Declined",
            Status::Deleted => "Deleted at Sumsub",
        }
    }
}

/// The newest time of any accepted status callback of an applicant, and its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Sumsub's `createdAtMs` (or `createdAt`).
    pub at: DateTime<Utc>,
    /// Decides at equal times.
    pub status: Status,
}

impl Mark {
    /// The later of the two.
    #[must_use]
    pub fn advance(current: Option<Mark>, seen: Mark) -> Mark {
        current.map_or(seen, |current| current.max(seen))
    }
}
