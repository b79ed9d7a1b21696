//! Reading the audit log: a page is one indexed query, the same at a thousand and at a million entries.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgPool, Postgres, QueryBuilder};

use crate::{Access, AccessError, AuditAction, Permission, Subject};

/// The most entries a page may have.
const PAGE_AT_MOST: usize = 200;
/// Ids follow the clock but for entries that were written at the same moment. By so much a bound in time is widened
/// before it is turned into a bound of ids; the time itself is compared as well.
const AT_THE_SAME_MOMENT: TimeDelta = TimeDelta::seconds(60);

/// Which decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Those that were allowed.
    Authorized,
    /// Those that were refused.
    Refused,
}

/// Which entries; what is left out counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Whose, exactly, such as `operator:<uuid>`.
    pub subject: Option<String>,
    /// How the action begins, such as `prospect.`.
    pub action: Option<String>,
    /// About any of these, exactly, such as `prospect:<uuid>`; also the looks that handed out data of one of them. All when there
    /// are none.
    pub objects: Vec<String>,
    /// About records of this kind, such as `prospect`.
    pub kind: Option<String>,
    /// Allowed or refused.
    pub decision: Option<Decision>,
    /// Not before this.
    pub from: Option<DateTime<Utc>>,
    /// Before this.
    pub to: Option<DateTime<Utc>>,
}

/// Which page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditPlace {
    /// The newest entries.
    #[default]
    Newest,
    /// Those that come after this entry on the page: older ones.
    OlderThan(i64),
    /// Those that come before this entry on the page: newer ones.
    NewerThan(i64),
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditEntry {
    /// The id; also the place for the next page.
    pub id: i64,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
    /// Who asked: [`Subject::as_text`].
    pub subject: String,
    /// What for, such as `prospect.create`.
    pub action: String,
    /// About what, such as `prospect:<uuid>`.
    pub object: String,
    /// Whether it was allowed.
    pub authorized: bool,
    /// Whose data a look handed out, each once, such as `prospect:<uuid>`; of another decision none.
    pub records: Vec<String>,
    /// Whether the hash chain holds it fast already.
    pub sealed: bool,
}

/// An allowed decision, as far as an event that it caused is found by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTrace {
    /// The entry's id.
    pub id: i64,
    /// When it was written down: before the act.
    pub recorded_at: DateTime<Utc>,
    /// Who asked.
    pub subject: String,
    /// What for.
    pub action: String,
    /// About what.
    pub object: String,
}

/// A page of the log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// Its entries.
    pub entries: Vec<AuditEntry>,
    /// The place of the page with older entries, when there is one.
    pub older: Option<AuditPlace>,
    /// The place of the page with newer entries, when there may be one.
    pub newer: Option<AuditPlace>,
}

/// The audit log, for who may read it.
#[derive(Clone, Debug)]
pub struct AuditLog {
    pool: PgPool,
    access: Access,
}

impl AuditLog {
    /// The log of this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            access: Access::new(pool.clone()),
            pool,
        }
    }

    /// Who decides, and writes decisions down.
    #[must_use]
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// A page of at most `first` entries (200 at most). Looking at it is written down only when it is refused, or the
    /// log would fill with its own readers.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] without AUDIT_READ; [`AccessError::Database`].
    pub async fn page(
        &self,
        subject: &Subject,
        filter: &AuditFilter,
        place: AuditPlace,
        first: usize,
    ) -> Result<AuditPage, AccessError> {
        self.permit(subject).await?;
        let first = first.clamp(1, PAGE_AT_MOST);
        let mut entries: Vec<AuditEntry> = query(filter, place, first + 1)
            .build_query_as()
            .fetch_all(&self.pool)
            .await?;
        let more = entries.len() > first;
        entries.truncate(first);
        let backwards = matches!(place, AuditPlace::NewerThan(_));
        if backwards {
            entries.reverse();
        }
        let newest = entries.first().map(|entry| entry.id);
        let oldest = entries.last().map(|entry| entry.id);
        Ok(AuditPage {
            older: oldest
                .filter(|_| backwards || more)
                .map(AuditPlace::OlderThan),
            newer: newest
                .filter(|_| match place {
                    AuditPlace::Newest => false,
                    AuditPlace::OlderThan(_) => true,
                    AuditPlace::NewerThan(_) => more,
                })
                .map(AuditPlace::NewerThan),
            entries,
        })
    }

    /// Every action that was ever asked for, by name: the choices of a filter.
    ///
    /// # Errors
    /// As [`AuditLog::page`].
    pub async fn actions(&self, subject: &Subject) -> Result<Vec<String>, AccessError> {
        self.permit(subject).await?;
        // From one action to the next in the index, instead of over every entry.
        Ok(sqlx::query_scalar!(
            r#"WITH RECURSIVE actions AS (
                   (SELECT action FROM audit_entries ORDER BY action LIMIT 1)
                   UNION ALL
                   SELECT (SELECT e.action FROM audit_entries e WHERE e.action > a.action ORDER BY e.action LIMIT 1)
                   FROM actions a WHERE a.action IS NOT NULL
               )
               SELECT action AS "action!" FROM actions WHERE action IS NOT NULL"#
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// The allowed decisions on these acts on these objects, oldest first: by which entry of the log an event was caused.
    /// Whoever may see the record may see this: it names the log's entries and shows nothing else of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn traces(
        &self,
        objects: &[String],
        actions: &[String],
    ) -> Result<Vec<AuditTrace>, AccessError> {
        Ok(sqlx::query_as!(
            AuditTrace,
            "SELECT id, recorded_at, subject, action, object FROM audit_entries
             WHERE object = ANY($1) AND action = ANY($2) AND authorized ORDER BY id",
            objects,
            actions,
        )
        .fetch_all(&self.pool)
        .await?)
    }

    async fn permit(&self, subject: &Subject) -> Result<(), AccessError> {
        self.access
            .permit(
                subject,
                Permission::AuditRead,
                AuditAction::AuditRead,
                "audit",
            )
            .await
    }
}

/// A statement of its own for each choice of filters, so that each gets the plan that fits it.
fn query(filter: &AuditFilter, place: AuditPlace, limit: usize) -> QueryBuilder<'_, Postgres> {
    let backwards = matches!(place, AuditPlace::NewerThan(_));
    let end = End {
        order: if backwards { " ASC" } else { " DESC" },
        limit: i64::try_from(limit).unwrap_or(i64::MAX),
    };
    let mut query = QueryBuilder::new(
        "SELECT id, recorded_at, subject, action, object, authorized, records,
                id <= (SELECT coalesce(max(last_id), 0) FROM audit_seals) AS sealed FROM ",
    );
    let prefix = filter.action.as_deref().filter(|text| !text.is_empty());
    if !filter.objects.is_empty() {
        about_objects(&mut query, filter, place, end);
    } else if let Some(prefix) = prefix {
        with_actions(&mut query, prefix, filter, place, end);
    } else {
        query.push("audit_entries e WHERE TRUE");
        conditions(&mut query, filter, place);
    }
    end.of(&mut query);
    query
}

/// Where a page, and each part of it, ends.
#[derive(Clone, Copy)]
struct End {
    order: &'static str,
    limit: i64,
}

impl End {
    fn of(self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(" ORDER BY id").push(self.order).push(" LIMIT ");
        query.push_bind(self.limit);
    }

    /// Of those whose `column` is one and the same, ordered by it, too: only so the newest of a rare one come from the index
    /// over the column, whatever the database expects to stand there.
    fn of_one(self, query: &mut QueryBuilder<'_, Postgres>, column: &str) {
        query.push(format!(
            " ORDER BY e.{column}{0}, e.id{0} LIMIT ",
            self.order
        ));
        query.push_bind(self.limit);
    }
}

/// The newest of each action that begins so, from the index over actions; then the newest of these.
fn with_actions<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    prefix: &'a str,
    filter: &'a AuditFilter,
    place: AuditPlace,
    end: End,
) {
    query.push(
        "(WITH RECURSIVE actions AS (
             (SELECT action FROM audit_entries WHERE action >= ",
    );
    query.push_bind(prefix);
    query.push(
        " ORDER BY action LIMIT 1)
          UNION ALL
          SELECT (SELECT n.action FROM audit_entries n WHERE n.action > a.action ORDER BY n.action LIMIT 1)
          FROM actions a WHERE starts_with(a.action, ",
    );
    query.push_bind(prefix);
    query.push(")) SELECT action AS wanted FROM actions WHERE starts_with(action, ");
    query.push_bind(prefix);
    query.push(
        ")) wanted CROSS JOIN LATERAL (SELECT * FROM audit_entries e WHERE e.action BETWEEN wanted AND wanted",
    );
    conditions(query, filter, place);
    end.of_one(query, "action");
    query.push(") e");
}

/// The newest about each of the objects, and the newest looks at them among others; then the newest of these.
fn about_objects<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    filter: &'a AuditFilter,
    place: AuditPlace,
    end: End,
) {
    let rest = |query: &mut QueryBuilder<'a, Postgres>| {
        if let Some(prefix) = &filter.action {
            query.push(" AND starts_with(e.action, ");
            query.push_bind(prefix.as_str()).push(")");
        }
        conditions(query, filter, place);
    };
    query.push("(SELECT e.* FROM unnest(");
    query.push_bind(&filter.objects);
    query.push(
        "::text[]) wanted CROSS JOIN LATERAL (SELECT * FROM audit_entries e WHERE e.object BETWEEN wanted AND wanted",
    );
    rest(query);
    end.of_one(query, "object");
    // The index over records knows no order, so it is read first.
    query.push(
        ") e UNION ALL (WITH looks AS MATERIALIZED (SELECT * FROM audit_entries WHERE records && ",
    );
    query.push_bind(with_the_other_name(&filter.objects));
    query.push(") SELECT * FROM looks e WHERE e.object <> ALL (");
    query.push_bind(&filter.objects);
    query.push(")");
    rest(query);
    end.of(query);
    query.push(")) e");
}

/// A prospect and the customer that it became are one person: a look names one of them.
fn with_the_other_name(objects: &[String]) -> Vec<String> {
    let other = |object: &String| match object.split_once(':')? {
        ("prospect", id) => Some(format!("customer:{id}")),
        ("customer", id) => Some(format!("prospect:{id}")),
        _ => None,
    };
    objects
        .iter()
        .cloned()
        .chain(objects.iter().filter_map(other))
        .collect()
}

fn conditions<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    filter: &'a AuditFilter,
    place: AuditPlace,
) {
    match place {
        AuditPlace::Newest => {}
        AuditPlace::OlderThan(id) => {
            query.push(" AND e.id < ").push_bind(id);
        }
        AuditPlace::NewerThan(id) => {
            query.push(" AND e.id > ").push_bind(id);
        }
    }
    if let Some(subject) = &filter.subject {
        query.push(" AND e.subject = ").push_bind(subject);
    }
    if let Some(kind) = &filter.kind {
        query.push(" AND split_part(coalesce(e.records[1], e.object), ':', 1) = ");
        query.push_bind(kind);
    }
    match filter.decision {
        None => {}
        Some(Decision::Authorized) => {
            query.push(" AND e.authorized");
        }
        Some(Decision::Refused) => {
            query.push(" AND NOT e.authorized");
        }
    }
    if let Some(from) = filter.from {
        query.push(" AND e.recorded_at >= ").push_bind(from);
        let from = from
            .checked_sub_signed(AT_THE_SAME_MOMENT)
            .unwrap_or(DateTime::UNIX_EPOCH);
        query.push(" AND e.id >= (SELECT id FROM audit_entries WHERE recorded_at >= ");
        query.push_bind(from).push(" ORDER BY recorded_at LIMIT 1)");
    }
    if let Some(to) = filter.to {
        query.push(" AND e.recorded_at < ").push_bind(to);
        let to = to.checked_add_signed(AT_THE_SAME_MOMENT).unwrap_or(to);
        query.push(" AND e.id <= (SELECT id FROM audit_entries WHERE recorded_at < ");
        query
            .push_bind(to)
            .push(" ORDER BY recorded_at DESC LIMIT 1)");
    }
}
