//! The rows of what was done to several prospects.

use std::time::Duration;

use access::{OperatorId, Subject};
use es_entity::AtomicOperation;
use kernel::Error;
use sqlx::{PgPool, types::Json};
use uuid::Uuid;

use super::{
    AT_ONCE, CHANNEL, NewSelection, SHOWN, Selected, SelectedOutcome, Selection, SelectionAct,
};

/// When a process dies with a selection in its hands, another takes it after this.
const LEASE: Duration = Duration::from_secs(60);

/// Whom public ids name, in their order, each once; those that name nobody are left out.
pub(super) async fn selected(pool: &PgPool, public_ids: &[String]) -> Result<Vec<Selected>, Error> {
    let records = sqlx::query!(
        r#"
        SELECT prospects.id, prospects.public_id, name, email, stage
        FROM (
            SELECT public_id, min(place) AS place FROM unnest($1::text[]) WITH ORDINALITY AS asked (public_id, place) GROUP BY public_id
        ) AS asked
        JOIN prospects ON prospects.public_id = asked.public_id
        ORDER BY asked.place
        "#,
        public_ids,
    )
    .fetch_all(pool)
    .await?;
    let selected = records.into_iter().map(|record| {
        let stage = record.stage.parse();
        Ok(Selected {
            id: record.id,
            public_id: record.public_id,
            name: record.name,
            email: record.email,
            stage: stage.map_err(|_| Error::unreadable("prospects.stage"))?,
            outcome: None,
        })
    });
    selected.collect()
}

/// Writes down what is to be done to whom; answers whether it is new. Whoever begins it has it in its hands, unless it is left to
/// the background.
pub(super) async fn begin(
    pool: &PgPool,
    by: &Subject,
    new: &NewSelection<'_>,
    public_ids: &[String],
    in_background: bool,
) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let lease = if in_background { Duration::ZERO } else { LEASE };
    let made = sqlx::query!(
        "INSERT INTO selections (id, act, reason, assignee, begun_by, acts_as, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(secs => $7)) ON CONFLICT DO NOTHING",
        new.id,
        new.act.name(),
        new.act.wants_reason().then_some(new.reason),
        new.assignee.map(Uuid::from),
        by.as_text(),
        Json(by) as _,
        lease.as_secs_f64(),
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if made == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "INSERT INTO selected_prospects (selection_id, place, prospect_id)
         SELECT $1, place::int, id
         FROM unnest($2::text[]) WITH ORDINALITY AS asked (public_id, place) JOIN prospects ON prospects.public_id = asked.public_id",
        new.id,
        public_ids,
    )
    .execute(&mut *transaction)
    .await?;
    if in_background {
        sqlx::query!("SELECT pg_notify($1, '')", CHANNEL)
            .fetch_one(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// What is to be done, and to whom next.
pub(super) struct Task {
    pub id: Uuid,
    pub act: SelectionAct,
    /// None also once one of them is erased.
    pub reason: Option<String>,
    pub assignee: Option<OperatorId>,
    pub next: Vec<Uuid>,
}

/// Takes a selection that nobody has in his hands, and for whom it is done.
pub(super) async fn claim(pool: &PgPool) -> Result<Option<(Uuid, Subject)>, sqlx::Error> {
    let claimed = sqlx::query!(
        r#"
        UPDATE selections SET next_at = clock_timestamp() + make_interval(secs => $1)
        WHERE id = (
            SELECT id FROM selections WHERE next_at <= (SELECT clock_timestamp()) ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, acts_as AS "acts_as!: Json<Subject>"
        "#,
        LEASE.as_secs_f64(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(claimed.map(|claimed| (claimed.id, claimed.acts_as.0)))
}

/// What is to be done to the next, so many at most; none when there is no such selection.
pub(super) async fn task(pool: &PgPool, id: Uuid, at_most: usize) -> Result<Option<Task>, Error> {
    let found = sqlx::query!(
        r#"
        SELECT act, reason, assignee,
            ARRAY(SELECT prospect_id FROM selected_prospects WHERE selection_id = $1 AND done IS NULL ORDER BY place LIMIT $2) AS "next!"
        FROM selections WHERE id = $1
        "#,
        id,
        i64::try_from(at_most).unwrap_or(i64::MAX),
    )
    .fetch_optional(pool)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let act = found.act.parse();
    Ok(Some(Task {
        id,
        act: act.map_err(|_| Error::unreadable("selections.act"))?,
        reason: found.reason,
        assignee: found.assignee.map(OperatorId::from),
        next: found.next,
    }))
}

/// Writes down what came of one, unless that is written down already.
pub(super) async fn came_to(
    pool: &PgPool,
    selection: Uuid,
    prospect: Uuid,
    outcome: &SelectedOutcome,
) -> Result<(), sqlx::Error> {
    let (done, problem) = match outcome {
        SelectedOutcome::Done => (true, None),
        SelectedOutcome::NotDone(problem) => (false, Some(problem)),
    };
    sqlx::query!(
        "UPDATE selected_prospects SET done = $3, problem = $4
         WHERE selection_id = $1 AND prospect_id = $2 AND done IS NULL",
        selection,
        prospect,
        done,
        problem,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Whoever comes next may take it, as long as something is left to do.
pub(super) async fn let_go(pool: &PgPool, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE selections SET next_at = (
            SELECT clock_timestamp() FROM selected_prospects WHERE selection_id = $1 AND done IS NULL LIMIT 1
         ) WHERE id = $1",
        id,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// What was done to several, with what came of it, as it stood at one moment: it may go on meanwhile.
pub(super) async fn find(pool: &PgPool, id: Uuid) -> Result<Option<Selection>, Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let found = sqlx::query!(
        r#"
        SELECT act, reason, assignee, begun_by, begun_at, next_at, count(*) AS "total!", count(*) FILTER (WHERE done) AS "done!",
            count(*) FILTER (WHERE NOT done) AS "not_done!"
        FROM selections JOIN selected_prospects ON selection_id = id
        WHERE id = $1 GROUP BY id
        "#,
        id
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let number = |count: i64| usize::try_from(count).unwrap_or_default();
    let total = number(found.total);
    let first = if total > AT_ONCE { SHOWN } else { total };
    let records = sqlx::query!(
        "SELECT prospects.id, prospects.public_id, name, email, stage, done, problem
         FROM selected_prospects JOIN prospects ON prospects.id = prospect_id
         WHERE selection_id = $1 AND (place <= $2 OR NOT done) ORDER BY place",
        id,
        i32::try_from(first).unwrap_or(i32::MAX),
    )
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let mut shown = Vec::new();
    for record in records {
        let stage = record.stage.parse();
        shown.push(Selected {
            id: record.id,
            public_id: record.public_id,
            name: record.name,
            email: record.email,
            stage: stage.map_err(|_| Error::unreadable("prospects.stage"))?,
            outcome: record.done.map(|done| match done {
                true => SelectedOutcome::Done,
                false => SelectedOutcome::NotDone(record.problem.unwrap_or_default()),
            }),
        });
    }
    let act = found.act.parse();
    Ok(Some(Selection {
        id,
        act: act.map_err(|_| Error::unreadable("selections.act"))?,
        reason: found.reason,
        assignee: found.assignee.map(OperatorId::from),
        begun_by: found.begun_by,
        begun_at: found.begun_at,
        total,
        done: number(found.done),
        not_done: number(found.not_done),
        is_under_way: found.next_at.is_some(),
        shown,
    }))
}

/// The reason that was typed for somebody who is erased is gone, also for the others.
pub(crate) async fn erase(
    op: &mut impl AtomicOperation,
    prospect: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE selections SET reason = NULL
         WHERE id IN (SELECT selection_id FROM selected_prospects WHERE prospect_id = $1)",
        prospect,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
