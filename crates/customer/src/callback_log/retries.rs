//! Callbacks whose processing failed: raised once, tried again by themselves for ever, and resolved when a try works.
//!
//! What comes later about the same subject is judged meanwhile: the mark makes the order harmless.

use es_entity::AtomicOperation;
use sqlx::PgPool;

use crate::raised::{Cause, RaisedCause};

/// Who resolves what was raised, as the audit log names subjects.
const SYSTEM: &str = "system:callbacks";
/// The pause after the first failure, in seconds; it doubles…
const FIRST_PAUSE: f64 = 5.0;
/// …up to an hour.
const LONGEST_PAUSE: f64 = 3600.0;

/// Those whose time has come are to be processed again.
pub(super) async fn requeue_due(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE callbacks SET outcome = 'received' WHERE outcome = 'failed' AND next_try <= (SELECT clock_timestamp())"
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// How soon to look again, in seconds, for callbacks whose subject's lock somebody else has: another server that processes them, or
/// who is just reopening the prospect, and wakes nobody when it is given up.
const LOCKED_PAUSE: f64 = 0.25;

/// When the next falls due, in seconds from now. Nothing was there to be claimed: what is still to be processed is locked.
pub(super) async fn next_due(pool: &PgPool) -> Result<Option<f64>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT least(
             (SELECT EXTRACT(epoch FROM min(next_try) - clock_timestamp())::float8 FROM callbacks WHERE outcome = 'failed'),
             (SELECT $1::float8 WHERE EXISTS (SELECT FROM callbacks WHERE outcome = 'received')))",
        LOCKED_PAUSE,
    )
    .fetch_one(pool)
    .await
}

/// Writes down that these failed, and raises each once: at the record that it is about, when one is known.
pub(super) async fn record_failures(
    pool: &PgPool,
    callbacks: &[i64],
    why: &str,
) -> Result<(), sqlx::Error> {
    let cause = RaisedCause::from(Cause::CallbackFailed);
    sqlx::query!(
        r#"
        WITH failed AS (
            UPDATE callbacks SET outcome = 'failed', processed_at = clock_timestamp(), failures = failures + 1,
                reason = 'processing failed ' || CASE failures WHEN 0 THEN 'once' ELSE (failures + 1) || ' times' END
                    || ', it is tried again by itself: ' || $2,
                next_try = clock_timestamp() + make_interval(secs =>
                    least($3 * 2 ^ least(failures, 20), $4) * (0.75 + random() * 0.25))
            WHERE id = ANY($1) AND outcome = 'received'
            RETURNING id, prospect_id, applicant_id, external_user_id
        )
        INSERT INTO raised (cause, cause_name, prospect_id, callback_id, fact_key)
        SELECT $5, $6,
            coalesce(failed.prospect_id,
                (SELECT prospects.id FROM prospects WHERE prospects.id = CASE
                    WHEN failed.external_user_id ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$' THEN failed.external_user_id::uuid END),
                (SELECT applicants.prospect_id FROM applicants WHERE applicants.applicant_id = failed.applicant_id)),
            failed.id, 'callback:' || failed.id || ':failed'
        FROM failed
        WHERE NOT EXISTS (SELECT FROM raised AS known WHERE known.fact_key = 'callback:' || failed.id || ':failed')
        ON CONFLICT DO NOTHING
        "#,
        callbacks,
        why,
        FIRST_PAUSE,
        LONGEST_PAUSE,
        cause.words(),
        cause.cause.name(),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts one off that is kept waiting by what another transaction holds: nothing is wrong with it, so it counts as no failure and
/// raises nothing, and is tried again as soon as a failed one would be.
pub(super) async fn put_off(pool: &PgPool, callback: i64) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE callbacks SET outcome = 'failed', processed_at = clock_timestamp(),
             reason = 'another transaction holds what it changes; it is tried again by itself',
             next_try = clock_timestamp() + make_interval(secs => $2)
         WHERE id = $1 AND outcome = 'received'",
        callback,
        FIRST_PAUSE,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// These worked at last: what was raised about it is resolved.
pub(super) async fn resolve(
    op: &mut impl AtomicOperation,
    callbacks: &[i64],
) -> Result<(), sqlx::Error> {
    let resolved = sqlx::query!(
        r#"
        UPDATE raised SET resolved_at = clock_timestamp(), resolved_by = $2,
            resolution = 'processed at try ' || (callbacks.failures + 1)
        FROM callbacks
        WHERE callbacks.id = ANY($1) AND raised.fact_key = 'callback:' || callbacks.id || ':failed'
            AND raised.resolved_at IS NULL
        "#,
        callbacks,
        SYSTEM,
    )
    .execute(op.as_executor())
    .await?;
    tracing::info!(
        ?callbacks,
        resolved = resolved.rows_affected(),
        "callbacks that had failed were processed"
    );
    Ok(())
}
