//! Lists and searches. They read columns, never event streams: a page is one indexed query.

mod place;

use std::collections::HashMap;

use access::Subject;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    error::OnboardingError,
    onboarding::Onboarding,
    primitives::{Activity, CustomerType, KycLevel, KycStatus, Stage, Verification},
};

pub use place::{Cursor, Direction, Page, PageRequest};

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 100;

/// What a prospect waits for a person for, beyond its stage ([`crate::waits`] counts them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Attention {
    /// Declined, and Sumsub lets the person try again.
    DeclinedWithRetry,
    /// The link ended before the person was through.
    LinkEnded,
    /// Sumsub could not be asked: it did not answer, or refused; also customers, who have been prospects.
    Unanswered,
}

impl Attention {
    /// All of them.
    pub const ALL: [Attention; 3] = [
        Attention::DeclinedWithRetry,
        Attention::LinkEnded,
        Attention::Unanswered,
    ];

    /// The name in addresses.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Which prospects.
#[derive(Debug, Clone, Default)]
pub struct ProspectFilter {
    /// Waiting for this.
    pub attention: Option<Attention>,
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
    /// Only those who have access ([`Activity::has_access`]).
    pub has_access: bool,
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

/// The search, the state, the type and what is waited for.
type Filters = (
    Search,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

/// One list's query for both orders; `$attention` is what `$8` asks for; `$row` builds a row from a record.
macro_rules! page_query {
    ($onboarding:expr, $page:expr, $columns:literal, $state:literal, $attention:literal, $filters:expr, |$record:ident| $kind:ty: $row:expr) => {{
        let (search, wanted, customer_type, attention): Filters = $filters;
        let backwards = $page.before.is_some();
        let from = $page.before.or($page.after);
        let first = $page.first.clamp(1, PAGE_AT_MOST);
        let limit = i64::try_from(first + 1).unwrap_or(i64::MAX);
        let (at, id) = (from.map(|c| c.at), from.map(|c| c.id));
        let descending = ($page.direction == Direction::Descending) != backwards;
        let mut rows: Vec<$kind> = if descending {
            sqlx::query!(
                "SELECT id, public_id, email, customer_type, created_at, "
                    + $columns
                    + " WHERE ($1::text IS NULL OR "
                    + $state
                    + " = $1) AND ($2::text IS NULL OR customer_type = $2)"
                    + " AND ($3::text IS NULL OR public_id = $3 OR lower(email) LIKE $4)"
                    + " AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))"
                    + $attention
                    + " ORDER BY created_at DESC, id DESC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.pattern,
                at,
                id,
                limit,
                attention,
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
                    + $attention
                    + " ORDER BY created_at ASC, id ASC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.pattern,
                at,
                id,
                limit,
                attention,
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
        let (has_next, has_previous) = if backwards {
            (true, more)
        } else {
            (more, $page.after.is_some())
        };
        Page {
            next: rows.last().map(|row| row.cursor()).filter(|_| has_next),
            previous: rows
                .first()
                .map(|row| row.cursor())
                .filter(|_| has_previous),
            rows,
        }
    }};
}

impl ProspectRow {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.created_at,
            id: self.id,
        }
    }
}

impl CustomerRow {
    /// Where it stands in its list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
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
            " AND ($8::text IS NULL OR ($8 = 'declined_with_retry' AND stage = 'kyc_declined' AND reject_type = 'RETRY') OR ($8 = 'link_ended' AND stage IN ('new', 'kyc_started') AND link_ends_at < now()) OR ($8 = 'unanswered' AND id IN (SELECT prospect_id FROM refreshes WHERE failures > 0)))",
            (
                Search::of(filter.search.as_ref()),
                filter.stage.map(Stage::name),
                filter.customer_type.map(CustomerType::name),
                filter.attention.map(Attention::name),
            ),
            |row| ProspectRow: Some(ProspectRow {
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

    /// The public ids of those of these prospects (and customers: they share it) that there are.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn public_ids(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, OnboardingError> {
        self.may_read(subject, "prospect.list").await?;
        let rows = sqlx::query!(
            "SELECT id, public_id FROM prospects WHERE id = ANY($1)",
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.id, row.public_id))
            .collect())
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
            " AND ($8::text IS NULL OR ($8 = 'access' AND activity IN ('pending', 'active')))",
            (
                Search::of(filter.search.as_ref()),
                filter.activity.map(Activity::name),
                filter.customer_type.map(CustomerType::name),
                filter.has_access.then_some("access"),
            ),
            |row| CustomerRow: Some(CustomerRow {
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
    fn a_search_is_taken_literally() {
        let search = Search::of(Some(&" A_b%\\ ".to_owned()));
        assert_eq!(search.pattern.as_deref(), Some(r"%a\_b\%\\%"));
        assert!(Search::of(Some(&"  ".to_owned())).exact.is_none());
    }
}
