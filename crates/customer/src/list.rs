//! Lists and searches. They read columns, never event streams: a page is one indexed query.

use std::{fmt, str::FromStr};

use access::Subject;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::OnboardingError,
    onboarding::Onboarding,
    primitives::{Activity, CustomerType, KycLevel, KycStatus, Stage, Verification},
};

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 100;

/// The place of a row in the order of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: Uuid,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.at.timestamp_micros(), self.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = OnboardingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (at, id) = text.split_once('_').ok_or(OnboardingError::BadCursor)?;
        let at = at.parse().ok().and_then(DateTime::from_timestamp_micros);
        let id = Uuid::from_str(id).ok();
        at.zip(id)
            .map(|(at, id)| Cursor { at, id })
            .ok_or(OnboardingError::BadCursor)
    }
}

/// The order of a list, by creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Newest first.
    #[default]
    Descending,
    /// Oldest first.
    Ascending,
}

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// How many rows, at most [`PAGE_AT_MOST`].
    pub first: usize,
    /// Rows after this one, in the list's order.
    pub after: Option<Cursor>,
    /// Rows before this one; goes before `after`.
    pub before: Option<Cursor>,
    /// By creation.
    pub direction: Direction,
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// In the list's order.
    pub rows: Vec<T>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
    /// Where the previous page ends, when there is one.
    pub previous: Option<Cursor>,
}

/// Which prospects.
#[derive(Debug, Clone, Default)]
pub struct ProspectFilter {
    /// At this stage.
    pub stage: Option<Stage>,
    /// Of this type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail, in any case, or the public id.
    pub search: Option<String>,
}

/// Which customers.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// With this activity.
    pub activity: Option<Activity>,
    /// Of this type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail, in any case, or the public id.
    pub search: Option<String>,
}

/// A prospect in a list.
#[derive(Debug, Clone)]
pub struct ProspectRow {
    /// The UUID.
    pub id: Uuid,
    /// The short number.
    pub public_id: String,
    /// None once it is erased.
    pub email: Option<String>,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
    /// Where it stands.
    pub stage: Stage,
    /// What Sumsub last said.
    pub kyc_status: KycStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A customer in a list.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// The UUID.
    pub id: Uuid,
    /// The short number.
    pub public_id: String,
    /// None once it is erased.
    pub email: Option<String>,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    /// How far it is verified.
    pub level: KycLevel,
    /// Whether that stands.
    pub verification: Verification,
    /// Whether it can act.
    pub activity: Activity,
    /// When it was converted.
    pub created_at: DateTime<Utc>,
}

/// What was typed into the search, as the queries take it.
struct Search {
    exact: Option<String>,
    pattern: Option<String>,
}

impl Search {
    fn of(typed: Option<&String>) -> Self {
        let typed = typed
            .map(|t| t.trim().to_lowercase())
            .filter(|t| !t.is_empty());
        let pattern = typed.as_ref().map(|text| {
            let escaped = text
                .replace('\\', r"\\")
                .replace('%', r"\%")
                .replace('_', r"\_");
            format!("%{escaped}%")
        });
        Search {
            exact: typed,
            pattern,
        }
    }
}

/// One list's query for both orders; `$row` builds a row from a record.
macro_rules! page_query {
    ($onboarding:expr, $page:expr, $columns:literal, $state:literal, $search:expr, $wanted:expr, $type:expr, |$record:ident| $row:expr) => {{
        let wanted: Option<&str> = $wanted;
        let customer_type: Option<&str> = $type;
        let search: Search = $search;
        let backwards = $page.before.is_some();
        let from = $page.before.or($page.after);
        let first = $page.first.clamp(1, PAGE_AT_MOST);
        let limit = i64::try_from(first + 1).unwrap_or(i64::MAX);
        let (at, id) = (from.map(|c| c.at), from.map(|c| c.id));
        let descending = ($page.direction == Direction::Descending) != backwards;
        let mut rows: Vec<_> = if descending {
            sqlx::query!(
                "SELECT id, public_id, email, customer_type, created_at, "
                    + $columns
                    + " WHERE ($1::text IS NULL OR "
                    + $state
                    + " = $1) AND ($2::text IS NULL OR customer_type = $2)"
                    + " AND ($3::text IS NULL OR public_id = $3 OR lower(email) LIKE $4)"
                    + " AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))"
                    + " ORDER BY created_at DESC, id DESC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.pattern,
                at,
                id,
                limit,
            )
            .fetch_all(&$onboarding.pool)
            .await?
            .into_iter()
            .filter_map(|$record| $row)
            .collect()
        } else {
            sqlx::query!(
                "SELECT id, public_id, email, customer_type, created_at, "
                    + $columns
                    + " WHERE ($1::text IS NULL OR "
                    + $state
                    + " = $1) AND ($2::text IS NULL OR customer_type = $2)"
                    + " AND ($3::text IS NULL OR public_id = $3 OR lower(email) LIKE $4)"
                    + " AND ($5::timestamptz IS NULL OR (created_at, id) > ($5, $6::uuid))"
                    + " ORDER BY created_at ASC, id ASC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.pattern,
                at,
                id,
                limit,
            )
            .fetch_all(&$onboarding.pool)
            .await?
            .into_iter()
            .filter_map(|$record| $row)
            .collect()
        };
        let more = rows.len() > first;
        rows.truncate(first);
        if backwards {
            rows.reverse();
        }
        let cursor = |row: Option<&_>| row.map(Placed::cursor);
        let (has_next, has_previous) = if backwards {
            (true, more)
        } else {
            (more, $page.after.is_some())
        };
        Page {
            next: cursor(rows.last()).filter(|_| has_next),
            previous: cursor(rows.first()).filter(|_| has_previous),
            rows,
        }
    }};
}

trait Placed {
    fn cursor(&self) -> Cursor;
}

impl Placed for ProspectRow {
    fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }
}

impl Placed for CustomerRow {
    fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }
}

impl Onboarding {
    /// A page of prospects.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn list_prospects(
        &self,
        subject: &Subject,
        filter: &ProspectFilter,
        page: PageRequest,
    ) -> Result<Page<ProspectRow>, OnboardingError> {
        self.may_read(subject, "prospect.list").await?;
        Ok(page_query!(
            self,
            page,
            "stage, kyc_status FROM prospects",
            "stage",
            Search::of(filter.search.as_ref()),
            filter.stage.map(Stage::name),
            filter.customer_type.map(CustomerType::name),
            |row| Some(ProspectRow {
                id: row.id,
                public_id: row.public_id,
                email: row.email,
                customer_type: row.customer_type.parse().ok()?,
                stage: row.stage.parse().ok()?,
                kyc_status: row.kyc_status.parse().ok()?,
                created_at: row.created_at,
            })
        ))
    }

    /// A page of customers.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn list_customers(
        &self,
        subject: &Subject,
        filter: &CustomerFilter,
        page: PageRequest,
    ) -> Result<Page<CustomerRow>, OnboardingError> {
        self.may_read(subject, "customer.list").await?;
        Ok(page_query!(
            self,
            page,
            "level, verification, activity FROM customers",
            "activity",
            Search::of(filter.search.as_ref()),
            filter.activity.map(Activity::name),
            filter.customer_type.map(CustomerType::name),
            |row| Some(CustomerRow {
                id: row.id,
                public_id: row.public_id,
                email: row.email,
                customer_type: row.customer_type.parse().ok()?,
                level: row.level.parse().ok()?,
                verification: row.verification.parse().ok()?,
                activity: row.activity.parse().ok()?,
                created_at: row.created_at,
            })
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_nonsense_does_not() {
        let cursor = Cursor {
            at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
            id: Uuid::now_v7(),
        };
        assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        for nonsense in [
            "",
            "_",
            "1_",
            "x_y",
            "99999999999999999999_00000000000000000000000000000000",
        ] {
            assert!(nonsense.parse::<Cursor>().is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_search_is_taken_literally() {
        let search = Search::of(Some(&" A_b%\\ ".to_owned()));
        assert_eq!(search.pattern.as_deref(), Some(r"%a\_b\%\\%"));
        assert!(Search::of(Some(&"  ".to_owned())).exact.is_none());
    }
}
