//! The statement behind a page of the audit log.

use chrono::{DateTime, TimeDelta};
use sqlx::{Postgres, QueryBuilder};

use super::{AuditFilter, Decision, ObjectKind};

/// Ids follow the clock but for entries that were written at the same moment. By so much a bound in time is widened
/// before it is turned into a bound of ids; the time itself is compared as well.
const AT_THE_SAME_MOMENT: TimeDelta = TimeDelta::seconds(60);

/// Which part of the log.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// What is older than this entry.
    OlderThan(i64),
    /// What is newer.
    NewerThan(i64),
}

/// How many entries there are in a part of the log; counting ends at `at_most`.
pub(super) fn count(filter: &AuditFilter, part: Part, at_most: i64) -> QueryBuilder<'_, Postgres> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM ");
    entries(&mut query, filter, part, at_most);
    query.push(") AS counted");
    query
}

/// At most `limit` entries of a part of the log, newest first. A statement of its own for each choice of filters, so that each gets
/// the plan that fits it.
pub(super) fn page(filter: &AuditFilter, part: Part, limit: i64) -> QueryBuilder<'_, Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT id, recorded_at, subject, action, object, authorized, records,
                id <= (SELECT coalesce(max(last_id), 0) FROM audit_seals) AS sealed FROM ",
    );
    entries(&mut query, filter, part, limit);
    query
}

fn entries<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    filter: &'a AuditFilter,
    part: Part,
    limit: i64,
) {
    let prefix = filter.action.as_deref().filter(|text| !text.is_empty());
    if !filter.objects.is_empty() {
        about_objects(query, filter, part, limit);
    } else if let Some(prefix) = prefix {
        with_actions(query, prefix, filter, part, limit);
    } else {
        query.push("audit_entries e WHERE TRUE");
        conditions(query, filter, part);
    }
    limit_to(query, limit);
}

fn limit_to(query: &mut QueryBuilder<'_, Postgres>, limit: i64) {
    // As a number: so the whole log, for which nothing else is bound, has one plan.
    query.push(" ORDER BY id DESC LIMIT ").push(limit);
}

/// Of those whose `column` is one and the same, ordered by it, too: only so the newest of a rare one come from the index
/// over the column, whatever the database expects to stand there.
fn limit_to_one(query: &mut QueryBuilder<'_, Postgres>, column: &str, limit: i64) {
    query.push(format!(" ORDER BY e.{column} DESC, e.id DESC LIMIT "));
    query.push(limit);
}

/// The newest of each action that begins so, from the index over actions; then the newest of these.
fn with_actions<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    prefix: &'a str,
    filter: &'a AuditFilter,
    part: Part,
    limit: i64,
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
    conditions(query, filter, part);
    limit_to_one(query, "action", limit);
    query.push(") e");
}

/// The newest about each of the objects, and the newest looks at them among others; then the newest of these.
fn about_objects<'a>(
    query: &mut QueryBuilder<'a, Postgres>,
    filter: &'a AuditFilter,
    part: Part,
    limit: i64,
) {
    let rest = |query: &mut QueryBuilder<'a, Postgres>| {
        if let Some(prefix) = &filter.action {
            query.push(" AND starts_with(e.action, ");
            query.push_bind(prefix.as_str()).push(")");
        }
        conditions(query, filter, part);
    };
    query.push("(SELECT e.* FROM unnest(");
    query.push_bind(&filter.objects);
    query.push(
        "::text[]) wanted CROSS JOIN LATERAL (SELECT * FROM audit_entries e WHERE e.object BETWEEN wanted AND wanted",
    );
    rest(query);
    limit_to_one(query, "object", limit);
    // The index over records knows no order, so it is read first.
    query.push(
        ") e UNION ALL (WITH looks AS MATERIALIZED (SELECT * FROM audit_entries WHERE records && ",
    );
    query.push_bind(with_other_names(&filter.objects));
    query.push(") SELECT * FROM looks e WHERE e.object <> ALL (");
    query.push_bind(&filter.objects);
    query.push(")");
    rest(query);
    limit_to(query, limit);
    query.push(")) e");
}

/// Under every name that the log has for these: a prospect and the customer that it became are one person, of whom a look names
/// one; and some kinds had another name once.
fn with_other_names(objects: &[String]) -> Vec<String> {
    let others = |object: &String| {
        let Some((kind, Some(id))) = ObjectKind::read(object) else {
            return Vec::new();
        };
        let person = match kind {
            ObjectKind::Prospect => Some(ObjectKind::Customer),
            ObjectKind::Customer => Some(ObjectKind::Prospect),
            _ => None,
        };
        let names = kind.names().chain(person.map(ObjectKind::name));
        names.map(|name| format!("{name}:{id}")).collect()
    };
    objects
        .iter()
        .cloned()
        .chain(objects.iter().flat_map(others))
        .collect()
}

fn conditions<'a>(query: &mut QueryBuilder<'a, Postgres>, filter: &'a AuditFilter, part: Part) {
    match part {
        Part::Whole => {}
        Part::OlderThan(id) => {
            query.push(" AND e.id < ").push_bind(id);
        }
        Part::NewerThan(id) => {
            query.push(" AND e.id > ").push_bind(id);
        }
    }
    if let Some(subject) = &filter.subject {
        query.push(" AND e.subject = ").push_bind(subject);
    }
    if let Some(kind) = &filter.kind {
        query.push(" AND split_part(coalesce(e.records[1], e.object), ':', 1) = ANY(");
        query.push_bind(kind.names().collect::<Vec<_>>()).push(")");
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
