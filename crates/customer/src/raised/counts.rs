//! How many items there are. It is counted up to a bound, so that a page is as quick with a million.

use access::{AuditAction, Subject};
use kernel::Error;

use super::{Cause, RaisedFilter};
use crate::onboarding::Onboarding;

/// Up to so many are counted for a list…
const OF_A_LIST: i64 = 10_000;
/// …and for the number beside a choice or in the menu.
const OF_A_CHOICE: i64 = 999;

/// How many there are, counted up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// How many, at most the bound.
    pub count: i64,
    /// There are more than that.
    pub more: bool,
}

/// How many open items have one cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CauseCount {
    /// The cause that is counted.
    pub cause: Cause,
    /// How many items wait with it.
    pub count: Count,
}

impl Count {
    /// So many, all of them counted.
    #[must_use]
    pub const fn of(count: i64) -> Self {
        Self { count, more: false }
    }

    /// So many as were counted, which was given up beyond the bound.
    #[must_use]
    pub const fn bounded(count: i64, bound: i64) -> Self {
        Self {
            count: if count > bound { bound } else { count },
            more: count > bound,
        }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.count, if self.more { "+" } else { "" })
    }
}

impl Onboarding {
    /// How many open items each cause has, in the order of the table; those that have none are left out.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn raised_by_cause(&self, subject: &Subject) -> Result<Vec<CauseCount>, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let names: Vec<String> = Cause::all().map(|cause| cause.name().to_owned()).collect();
        let rows = sqlx::query!(
            r#"
            SELECT name AS "name!", counted.count AS "count!" FROM UNNEST($1::text[]) WITH ORDINALITY AS cause (name, number)
            CROSS JOIN LATERAL (
                SELECT count(*) FROM (
                    SELECT FROM raised WHERE resolved_at IS NULL AND cause_name = name LIMIT $2
                ) AS open
            ) AS counted
            WHERE counted.count > 0 ORDER BY number
            "#,
            &names,
            OF_A_CHOICE + 1,
        )
        .fetch_all(&self.pool)
        .await?;
        let count = |name: String, count| {
            Some(CauseCount {
                cause: name.parse().ok()?,
                count: Count::bounded(count, OF_A_CHOICE),
            })
        };
        let counts = rows
            .into_iter()
            .filter_map(|row| count(row.name, row.count));
        Ok(counts.collect())
    }

    /// How many are open that a filter lets through.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn count_open(
        &self,
        subject: &Subject,
        filter: &RaisedFilter,
    ) -> Result<Count, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let (until, at_most) = (filter.until(), OF_A_LIST + 1);
        let count = match filter.cause_name() {
            Some(cause) => sqlx::query_scalar!(
                r#"SELECT count(*) AS "count!" FROM (SELECT FROM raised WHERE resolved_at IS NULL AND raised_at <= $1 AND cause_name = $2 LIMIT $3) AS open"#,
                until,
                cause,
                at_most,
            )
            .fetch_one(&self.pool)
            .await?,
            None => sqlx::query_scalar!(
                r#"SELECT count(*) AS "count!" FROM (SELECT FROM raised WHERE resolved_at IS NULL AND raised_at <= $1 LIMIT $2) AS open"#,
                until,
                at_most,
            )
            .fetch_one(&self.pool)
            .await?,
        };
        Ok(Count::bounded(count, OF_A_LIST))
    }

    /// How many are resolved that a filter lets through.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn count_resolved(
        &self,
        subject: &Subject,
        filter: &RaisedFilter,
    ) -> Result<Count, Error> {
        self.may_read(subject, AuditAction::RaisedList).await?;
        let (until, at_most) = (filter.until(), OF_A_LIST + 1);
        let count = match filter.cause_name() {
            Some(cause) => sqlx::query_scalar!(
                r#"SELECT count(*) AS "count!" FROM (SELECT FROM raised WHERE resolved_at <= $1 AND cause_name = $2 LIMIT $3) AS resolved"#,
                until,
                cause,
                at_most,
            )
            .fetch_one(&self.pool)
            .await?,
            None => sqlx::query_scalar!(
                r#"SELECT count(*) AS "count!" FROM (SELECT FROM raised WHERE resolved_at <= $1 LIMIT $2) AS resolved"#,
                until,
                at_most,
            )
            .fetch_one(&self.pool)
            .await?,
        };
        Ok(Count::bounded(count, OF_A_LIST))
    }
}
