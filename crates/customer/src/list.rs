//! Lists and searches. They read columns, never event streams: a page is one indexed query.

use kernel::{Cursor, Direction, Error, Page, PageRequest};
use std::collections::HashMap;

use access::{AuditAction, LIST, Subject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    contact::{Email, TelegramHandle},
    onboarding::Onboarding,
    primitives::{Activity, CustomerType, KycLevel, KycStatus, Stage, Verification},
};

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
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, or the public id;
    /// whole ones in any form that people copy.
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
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, or the public id;
    /// whole ones in any form that people copy.
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
#[derive(Default)]
struct SearchPatterns {
    exact: Option<String>,
    email: Option<String>,
    telegram: Option<String>,
}

impl SearchPatterns {
    fn parse(typed: Option<&String>) -> Self {
        let typed = typed.map(|typed| kernel::text::address(typed));
        let Some(typed) = typed.filter(|typed| !typed.is_empty()) else {
            return Self::default();
        };
        let lower = typed.to_lowercase();
        // A whole address or handle in any of its forms is looked for in the one that is stored, else a part of it as typed.
        let email = typed
            .parse::<Email>()
            .map_or_else(|_| lower.clone(), |email| email.key());
        let telegram = match typed.parse::<TelegramHandle>() {
            // A number is a whole id: public ids are numbers, too.
            Ok(id) if id.as_str().starts_with(|c: char| c.is_ascii_digit()) => {
                pattern_literal(id.as_str())
            }
            Ok(name) => pattern_anywhere(name.as_str()),
            Err(_) => pattern_anywhere(lower.strip_prefix('@').unwrap_or(&lower)),
        };
        SearchPatterns {
            email: Some(pattern_anywhere(&email)),
            telegram: Some(telegram),
            exact: Some(lower),
        }
    }
}

/// The pattern that finds this text and nothing else.
fn pattern_literal(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('%', r"\%")
        .replace('_', r"\_")
}

/// The pattern of a part of something. Without a trigram to look up every row would be read: then of its beginning.
fn pattern_anywhere(text: &str) -> String {
    let before = if has_trigram(text) { "%" } else { "" };
    format!("{before}{}%", pattern_literal(text))
}

/// Whether PostgreSQL's `pg_trgm` finds the text anywhere by its index: by three letters or digits in a row, of which one or
/// two may be the edge of a word.
fn has_trigram(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric();
    let edge = |c: char| c.is_ascii() && !inside(c);
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).any(|two| edge(two[0]) && inside(two[1]))
        || chars
            .windows(3)
            .any(|three| inside(three[0]) && inside(three[1]) && three[2].is_ascii())
}

/// The search, the state, the type and what is waited for.
type ListFilters = (
    SearchPatterns,
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

/// One list's query for both orders; `$attention` is what `$8` asks for; `$row` builds a row from a record.
macro_rules! page_query {
    ($onboarding:expr, $page:expr, $columns:literal, $state:literal, $attention:literal, $filters:expr, |$record:ident| $kind:ty: $row:expr) => {{
        let (search, wanted, customer_type, attention): ListFilters = $filters;
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
                    + " AND ($3::text IS NULL OR public_id = $3 OR lower(email COLLATE \"C\") LIKE $4 OR telegram_handle LIKE $9)"
                    + " AND ($5::timestamptz IS NULL OR (created_at, id) < ($5, $6::uuid))"
                    + $attention
                    + " ORDER BY created_at DESC, id DESC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.email,
                at,
                id,
                limit,
                attention,
                search.telegram,
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
                    + " AND ($3::text IS NULL OR public_id = $3 OR lower(email COLLATE \"C\") LIKE $4 OR telegram_handle LIKE $9)"
                    + " AND ($5::timestamptz IS NULL OR (created_at, id) > ($5, $6::uuid))"
                    + $attention
                    + " ORDER BY created_at ASC, id ASC LIMIT $7",
                wanted,
                customer_type,
                search.exact,
                search.email,
                at,
                id,
                limit,
                attention,
                search.telegram,
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
        let look = self.look(subject, AuditAction::ProspectList, LIST).await?;
        let found = page_query!(
            self,
            page,
            "stage, kyc_status FROM prospects",
            "stage",
            " AND ($8::text IS NULL OR ($8 = 'declined_with_retry' AND stage = 'kyc_declined' AND reject_type = 'RETRY') OR ($8 = 'link_ended' AND stage IN ('new', 'kyc_started') AND link_ends_at < now()) OR ($8 = 'unanswered' AND id = ANY (ARRAY (SELECT prospect_id FROM refreshes WHERE failures > 0))))",
            (
                SearchPatterns::parse(filter.search.as_ref()),
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
        );
        look.at(found.rows.iter().map(|row| format!("prospect:{}", row.id)))
            .await?;
        Ok(found)
    }

    /// The public ids of those of these prospects (and customers: they share it) that there are.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn public_ids(
        &self,
        subject: &Subject,
        ids: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, Error> {
        self.may_read(subject, AuditAction::ProspectList).await?;
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
        let look = self.look(subject, AuditAction::CustomerList, LIST).await?;
        let found = page_query!(
            self,
            page,
            "level, verification, activity FROM customers",
            "activity",
            " AND ($8::text IS NULL OR ($8 = 'access' AND activity IN ('pending', 'active')))",
            (
                SearchPatterns::parse(filter.search.as_ref()),
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
        );
        look.at(found.rows.iter().map(|row| format!("customer:{}", row.id)))
            .await?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_taken_literally() {
        let search = SearchPatterns::parse(Some(&" A_b%\\ ".to_owned()));
        assert_eq!(search.email.as_deref(), Some(r"%a\_b\%\\%"));
        assert!(
            SearchPatterns::parse(Some(&" \u{200b}".to_owned()))
                .exact
                .is_none()
        );
    }

    #[test]
    fn a_search_takes_what_people_paste() {
        let search = |typed: &str| SearchPatterns::parse(Some(&typed.to_owned()));
        for pasted in [
            "Ada@Example.com",
            "mailto:ada@example.com",
            "<ada@example.com>\u{200b}",
        ] {
            let email = search(pasted).email;
            assert_eq!(email.as_deref(), Some("%ada@example.com%"), "{pasted}");
        }
        for pasted in [
            "@Ada_L",
            "https://t.me/ada_l",
            "tg://resolve?domain=ada_l",
            "ada_l",
        ] {
            let telegram = search(pasted).telegram;
            assert_eq!(telegram.as_deref(), Some(r"%ada\_l%"), "{pasted}");
        }
        assert_eq!(search("@ad").telegram.as_deref(), Some("ad%"));
        let number = search("\u{feff}100001 ");
        assert_eq!(number.exact.as_deref(), Some("100001"));
        assert_eq!(number.telegram.as_deref(), Some("100001"));
    }

    #[test]
    fn what_has_no_trigram_is_looked_for_at_the_beginning() {
        for beginning in ["a", "ab", "..", "a.", "éa", "aéb"] {
            assert_eq!(pattern_anywhere(beginning), format!("{beginning}%"));
        }
        for part in ["abc", "@b", "ab.", "1.b"] {
            assert_eq!(pattern_anywhere(part), format!("%{part}%"));
        }
    }
}
