//! Lists and searches. They read columns, never event streams: a page is one indexed query.

mod attention;
pub(crate) mod search;

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Direction, Error, Page, PageRequest};
use uuid::Uuid;

use crate::{
    onboarding::Onboarding,
    primitives::{Activity, CustomerType, KycLevel, KycStatus, Stage, Verification},
};
pub use attention::Attention;
use search::SearchPatterns;

/// The most rows a page may have.
pub const PAGE_AT_MOST: usize = 100;

/// What the list of prospects is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct ProspectFilter {
    /// Only those who wait for this.
    pub attention: Option<Attention>,
    /// Only those at this stage.
    pub stage: Option<Stage>,
    /// Only those of this customer type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, words of the name,
    /// or the public id; whole ones in any form that people copy.
    pub search: Option<String>,
}

/// What the list of customers is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Only those with this activity.
    pub activity: Option<Activity>,
    /// Only those who have access ([`Activity::has_access`]).
    pub has_access: bool,
    /// Only those of this customer type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, words of the name,
    /// or the public id; whole ones in any form that people copy.
    pub search: Option<String>,
}

/// A prospect in a list.
#[derive(Debug, Clone)]
pub struct ProspectRow {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
    /// The stage at which the prospect stands.
    pub stage: Stage,
    /// What Sumsub last said.
    pub kyc_status: KycStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A customer in a list.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    /// How far it is verified.
    pub level: KycLevel,
    /// Whether the identity stands.
    pub verification: Verification,
    /// Whether it can act.
    pub activity: Activity,
    /// When it was converted.
    pub created_at: DateTime<Utc>,
}

/// What a list is narrowed down to, as its query takes it.
struct ListFilters {
    search: SearchPatterns,
    state: Option<&'static str>,
    customer_type: Option<&'static str>,
    attention: Option<&'static str>,
}

/// One list's rows in one order; `$attention` is what `$8` asks for.
macro_rules! ordered_rows {
    ($onboarding:expr, $columns:literal, $state:literal, $attention:literal, $compare:literal, $order:literal, $filters:expr, $from:expr, $limit:expr, |$record:ident| $row:expr) => {
        sqlx::query!(
            "SELECT id, public_id, name, email, customer_type, created_at, "
                + $columns
                + " WHERE ($1::text IS NULL OR "
                + $state
                + " = $1) AND ($2::text IS NULL OR customer_type = $2)"
                + " AND ($3::text IS NULL OR public_id = $3 OR lower(email COLLATE \"C\") LIKE $4 OR telegram_handle LIKE $9 OR (name_key LIKE $10 AND name_key LIKE $11 AND name_key LIKE $12))"
                + " AND ($5::timestamptz IS NULL OR (created_at, id) "
                + $compare
                + " ($5, $6::uuid))"
                + $attention
                + " ORDER BY created_at "
                + $order
                + ", id "
                + $order
                + " LIMIT $7",
            $filters.state,
            $filters.customer_type,
            $filters.search.exact,
            $filters.search.email,
            $from.map(|place| place.at),
            $from.map(|place| place.id),
            $limit,
            $filters.attention,
            $filters.search.telegram,
            $filters.search.names[0],
            $filters.search.names[1],
            $filters.search.names[2],
        )
        .fetch_all(&$onboarding.pool)
        .await?
        .into_iter()
        .filter_map(|$record| $row)
        .collect()
    };
}

/// A page of one list, in the order that is asked for; `$row` builds a row from a record.
macro_rules! page_query {
    ($onboarding:expr, $page:expr, $columns:literal, $state:literal, $attention:literal, $filters:expr, |$record:ident| $kind:ty: $row:expr) => {{
        let filters: ListFilters = $filters;
        let from: Option<Cursor> = $page.before.or($page.after);
        let first = $page.first.clamp(1, PAGE_AT_MOST);
        let limit = i64::try_from(first + 1).unwrap_or(i64::MAX);
        let descending = ($page.direction == Direction::Descending) != $page.before.is_some();
        let rows: Vec<$kind> = if descending {
            ordered_rows!(
                $onboarding,
                $columns,
                $state,
                $attention,
                "<",
                "DESC",
                filters,
                from,
                limit,
                |$record| $row
            )
        } else {
            ordered_rows!(
                $onboarding,
                $columns,
                $state,
                $attention,
                ">",
                "ASC",
                filters,
                from,
                limit,
                |$record| $row
            )
        };
        Page::of_request(rows, first, &$page, <$kind>::cursor)
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
    /// A page of prospects. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn list_prospects(
        &self,
        subject: &Subject,
        filter: &ProspectFilter,
        page: PageRequest,
    ) -> Result<Page<ProspectRow>, Error> {
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let found = page_query!(
            self,
            page,
            "stage, kyc_status FROM prospects",
            "stage",
            " AND ($8::text IS NULL OR ($8 = 'declined_with_retry' AND stage = 'kyc_declined' AND reject_type = 'RETRY') OR ($8 = 'link_ended' AND stage IN ('new', 'kyc_started') AND link_ends_at < now()) OR ($8 = 'unanswered' AND id = ANY (ARRAY (SELECT prospect_id FROM refreshes WHERE failures > 0))))",
            ListFilters {
                search: SearchPatterns::parse(filter.search.as_ref()),
                state: filter.stage.map(Stage::name),
                customer_type: filter.customer_type.map(CustomerType::name),
                attention: filter.attention.map(Attention::name),
            },
            |row| ProspectRow: Some(ProspectRow {
                id: row.id,
                public_id: row.public_id,
                name: row.name,
                email: row.email,
                customer_type: row.customer_type.parse().ok()?,
                stage: row.stage.parse().ok()?,
                kyc_status: row.kyc_status.parse().ok()?,
                created_at: row.created_at,
            })
        );
        look.at(found.rows.iter().map(|row| ObjectKind::Prospect.id(row.id)))
            .await?;
        Ok(found)
    }

    /// A page of customers. That somebody looked at them is written down.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn list_customers(
        &self,
        subject: &Subject,
        filter: &CustomerFilter,
        page: PageRequest,
    ) -> Result<Page<CustomerRow>, Error> {
        let look = self
            .look(subject, AuditAction::CustomerList, AuditObject::LIST)
            .await?;
        let found = page_query!(
            self,
            page,
            "level, verification, activity FROM customers",
            "activity",
            " AND ($8::text IS NULL OR ($8 = 'access' AND activity IN ('pending', 'active')))",
            ListFilters {
                search: SearchPatterns::parse(filter.search.as_ref()),
                state: filter.activity.map(Activity::name),
                customer_type: filter.customer_type.map(CustomerType::name),
                attention: filter.has_access.then_some("access"),
            },
            |row| CustomerRow: Some(CustomerRow {
                id: row.id,
                public_id: row.public_id,
                name: row.name,
                email: row.email,
                customer_type: row.customer_type.parse().ok()?,
                level: row.level.parse().ok()?,
                verification: row.verification.parse().ok()?,
                activity: row.activity.parse().ok()?,
                created_at: row.created_at,
            })
        );
        look.at(found.rows.iter().map(|row| ObjectKind::Customer.id(row.id)))
            .await?;
        Ok(found)
    }
}
