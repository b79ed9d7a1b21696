//! Lists of money: what they are narrowed down to, and what they come to.

use chrono::{DateTime, NaiveTime, Utc};
use uuid::Uuid;

use crate::Amount;

/// Rows that are added up one by one, at most: what comes to more says so instead of a sum.
pub const ADDED_UP_AT_MOST: i64 = 10_000;

/// What a list of money is narrowed down to; all that is given must hold.
#[derive(Debug, Clone)]
pub struct MoneyFilter<Status> {
    /// Only what stands there.
    pub status: Option<Status>,
    /// Only of this amount or more.
    pub least: Option<Amount>,
    /// Only of this amount or less.
    pub most: Option<Amount>,
    /// Only what was made then or later.
    pub from: Option<DateTime<Utc>>,
    /// Only what was made before.
    pub before: Option<DateTime<Utc>>,
    /// Only this customer's.
    pub customer: Option<Uuid>,
    /// Only these customers', or what is known by this.
    pub whose: Option<Whose>,
}

/// Whose it is, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Whose {
    /// The customers who are called so.
    pub customers: Vec<Uuid>,
    /// What was typed: it may also be how the record itself is known.
    pub text: String,
}

impl<Status> Default for MoneyFilter<Status> {
    fn default() -> Self {
        Self {
            status: None,
            least: None,
            most: None,
            from: None,
            before: None,
            customer: None,
            whose: None,
        }
    }
}

impl<Status> MoneyFilter<Status> {
    /// Whether sums that are kept by day and status say what the list comes to.
    #[must_use]
    pub fn is_of_whole_days(&self) -> bool {
        let begins_a_day =
            |at: &Option<DateTime<Utc>>| at.is_none_or(|at| at.time() == NaiveTime::MIN);
        self.least.is_none()
            && self.most.is_none()
            && self.customer.is_none()
            && self.whose.is_none()
            && begins_a_day(&self.from)
            && begins_a_day(&self.before)
    }
}

/// What stands somewhere comes to this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total<Status> {
    /// Where it stands.
    pub status: Status,
    /// How many there are.
    pub count: i64,
    /// How much they are about together, in whole US cents.
    pub cents: i64,
}

/// What a list comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Totals<Status> {
    /// By where it stands, in that order; what there is none of is missing.
    Known(Vec<Total<Status>>),
    /// More than [`ADDED_UP_AT_MOST`] match, and no sums are kept of such a filter.
    TooMany,
}

impl<Status: Ord> Totals<Status> {
    /// Of rows that were added up one by one.
    #[must_use]
    pub fn added_up(totals: Vec<Total<Status>>) -> Self {
        let count: i64 = totals.iter().map(|total| total.count).sum();
        if count > ADDED_UP_AT_MOST {
            return Self::TooMany;
        }
        Self::kept(totals)
    }

    /// Of sums that are kept.
    #[must_use]
    pub fn kept(mut totals: Vec<Total<Status>>) -> Self {
        totals.sort_by(|one, other| one.status.cmp(&other.status));
        Self::Known(totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_kept_of_whole_days_and_added_up_of_no_more_than_can_be_read() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().ok();
        let all = MoneyFilter::<i32>::default();
        assert!(all.is_of_whole_days());
        let day = MoneyFilter {
            status: Some(1),
            from: at("2026-03-01T00:00:00Z"),
            before: at("2026-03-02T00:00:00Z"),
            ..all.clone()
        };
        assert!(day.is_of_whole_days());
        for other in [
            MoneyFilter {
                from: at("2026-03-01T00:00:01Z"),
                ..all.clone()
            },
            MoneyFilter {
                least: Amount::from_cents(1).ok(),
                ..all.clone()
            },
            MoneyFilter {
                whose: Some(Whose::default()),
                ..all
            },
        ] {
            assert!(!other.is_of_whole_days(), "{other:?}");
        }
        let total = |status, count| Total {
            status,
            count,
            cents: 1,
        };
        let some = Totals::added_up(vec![total(2, 9_999), total(1, 1)]);
        assert_eq!(some, Totals::Known(vec![total(1, 1), total(2, 9_999)]));
        assert_eq!(Totals::added_up(vec![total(2, 10_001)]), Totals::TooMany);
    }
}
