//! The rows of what was done to several prospects.

use access::Subject;
use es_entity::AtomicOperation;
use kernel::Error;
use sqlx::PgPool;
use uuid::Uuid;

use super::{NewSelection, Selected, SelectedOutcome, Selection};

/// Whom public ids name, in their order; those that name nobody are left out.
pub(super) async fn selected(pool: &PgPool, public_ids: &[String]) -> Result<Vec<Selected>, Error> {
    let records = sqlx::query!(
        r#"
        SELECT prospects.id, prospects.public_id, name, email, stage
        FROM unnest($1::text[]) WITH ORDINALITY AS asked (public_id, place)
        JOIN prospects ON prospects.public_id = asked.public_id
        ORDER BY asked.place
        "#,
        public_ids,
    )
    .fetch_all(pool)
    .await?;
    let mut selected: Vec<Selected> = Vec::new();
    for record in records {
        if selected.iter().any(|known| known.id == record.id) {
            continue;
        }
        let stage = record.stage.parse();
        selected.push(Selected {
            id: record.id,
            public_id: record.public_id,
            name: record.name,
            email: record.email,
            stage: stage.map_err(|_| Error::unreadable("prospects.stage"))?,
            outcome: None,
        });
    }
    Ok(selected)
}

/// Writes down what is to be done to whom; answers whether it is new.
pub(super) async fn begin(
    pool: &PgPool,
    by: &Subject,
    new: &NewSelection<'_>,
    prospects: &[Uuid],
) -> Result<bool, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let made = sqlx::query!(
        "INSERT INTO selections (id, act, reason, begun_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        new.id,
        new.act.name(),
        new.act.wants_reason().then_some(new.reason),
        by.as_text(),
    )
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if made == 0 {
        return Ok(false);
    }
    sqlx::query!(
        "INSERT INTO selected_prospects (selection_id, place, prospect_id)
         SELECT $1, place::int, id FROM unnest($2::uuid[]) WITH ORDINALITY AS asked (id, place)",
        new.id,
        prospects,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(true)
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

/// What was done to several, with what came of it.
pub(super) async fn find(pool: &PgPool, id: Uuid) -> Result<Option<Selection>, Error> {
    let found = sqlx::query!(
        "SELECT act, reason, begun_by, begun_at FROM selections WHERE id = $1",
        id
    )
    .fetch_optional(pool)
    .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let records = sqlx::query!(
        "SELECT prospects.id, prospects.public_id, name, email, stage, done, problem
         FROM selected_prospects JOIN prospects ON prospects.id = prospect_id
         WHERE selection_id = $1 ORDER BY place",
        id
    )
    .fetch_all(pool)
    .await?;
    let mut prospects = Vec::new();
    for record in records {
        let stage = record.stage.parse();
        prospects.push(Selected {
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
        begun_by: found.begun_by,
        begun_at: found.begun_at,
        prospects,
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
