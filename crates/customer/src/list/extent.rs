//! Where a page stands in its list: *n of m*. It costs the same however long the list is: what is kept is read, and what isn't is
//! counted up to a bound.

use std::collections::HashMap;

use access::{AuditAction, Subject};
use kernel::{Cursor, Database, Direction, Error, Page};

use super::{CustomerFilter, CustomerRow, ProspectFilter, ProspectRow, query, query::Narrowed};
use crate::{
    onboarding::Onboarding,
    primitives::{Activity, CustomerType},
    raised::Count,
};

/// Up to so many rows are counted.
pub(crate) const COUNTED_AT_MOST: i64 = 10_000;

/// Where a page stands in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// How many rows come before the page.
    pub before: Count,
    /// How many rows the page has.
    pub here: i64,
    /// How many rows the list has; may be some seconds old.
    pub total: Count,
}

impl Extent {
    /// Of a page with so many rows before it.
    #[must_use]
    pub fn new(before: Count, here: usize, total: Count) -> Self {
        Self {
            before,
            here: i64::try_from(here).unwrap_or(i64::MAX),
            total,
        }
    }

    /// Of a page with `more` behind it, or some before it, where `kept` rows were counted a moment ago: they may lack what the page has.
    #[must_use]
    pub fn of_a_part(before: Count, here: usize, more: bool, mut kept: Count) -> Self {
        let extent = Self::new(before, here, kept);
        let seen = before.count.saturating_add(extent.here);
        kept.count = kept.count.max(seen.saturating_add(i64::from(more)));
        Self {
            total: kept,
            ..extent
        }
    }

    /// Of the last page, where nothing has to be counted any more: the list ends there. None of a page with `more` behind it, and
    /// where what comes before wasn't counted to its end.
    #[must_use]
    pub fn of_end(before: Count, here: usize, more: bool) -> Option<Self> {
        let mut extent = Self::new(before, here, before);
        extent.total.count = before.count.saturating_add(extent.here);
        (!more && !before.more).then_some(extent)
    }
}

impl Onboarding {
    /// Where a page of the prospects stands among them.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn extent_of_prospects(
        &self,
        subject: &Subject,
        filter: &ProspectFilter,
        direction: Direction,
        page: &Page<ProspectRow>,
    ) -> Result<Extent, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
        let kept = if filter.is_counted() && is_a_part(page) {
            let standing = self.kept.standing(&self.pool).await?;
            let stands_there = |stage| filter.stage.is_none_or(|only| only == stage);
            Some(sum(&standing, filter.customer_type, stands_there))
        } else {
            None
        };
        self.extent(filter, direction, page, kept).await
    }

    /// Where a page of the customers stands among them.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn extent_of_customers(
        &self,
        subject: &Subject,
        filter: &CustomerFilter,
        direction: Direction,
        page: &Page<CustomerRow>,
    ) -> Result<Extent, Error> {
        self.may_read(subject, AuditAction::CustomerList).await?;
        let kept = if filter.is_counted() && is_a_part(page) {
            let customers = self.kept.customers(&self.pool).await?;
            let is_one = |activity: Activity| {
                filter.activity.is_none_or(|only| only == activity)
                    && (!filter.has_access || activity.has_access())
            };
            Some(sum(&customers, filter.customer_type, is_one))
        } else {
            None
        };
        self.extent(filter, direction, page, kept).await
    }

    async fn extent<F: Narrowed>(
        &self,
        filter: &F,
        direction: Direction,
        page: &Page<F::Row>,
        kept: Option<i64>,
    ) -> Result<Extent, Error> {
        let before = match page.rows.first().filter(|_| page.previous.is_some()) {
            Some(row) => counted(&self.pool, filter, Some((F::place(row), direction))).await?,
            None => Count::of(0),
        };
        let here = page.rows.len();
        if let Some(whole) = Extent::of_end(before, here, page.next.is_some()) {
            return Ok(whole);
        }
        Ok(match kept {
            Some(kept) => Extent::of_a_part(before, here, page.next.is_some(), Count::of(kept)),
            None => Extent::new(before, here, counted(&self.pool, filter, None).await?),
        })
    }
}

/// Whether the list has more than the page; else nothing has to be counted.
fn is_a_part<R>(page: &Page<R>) -> bool {
    page.next.is_some() || page.previous.is_some()
}

/// How many are kept of a customer type (none: of all) with the states that fit.
fn sum<S: Copy>(
    kept: &HashMap<(S, CustomerType), i64>,
    customer_type: Option<CustomerType>,
    fits: impl Fn(S) -> bool,
) -> i64 {
    let all = kept.iter();
    let fitting =
        all.filter(|((state, of), _)| fits(*state) && customer_type.is_none_or(|only| only == *of));
    fitting.map(|(_, n)| n).sum()
}

async fn counted<F: Narrowed>(
    pool: &Database,
    filter: &F,
    before: Option<(Cursor, Direction)>,
) -> Result<Count, sqlx::Error> {
    let count = query::count(pool, filter, before, COUNTED_AT_MOST + 1).await?;
    Ok(Count::bounded(count, COUNTED_AT_MOST))
}
