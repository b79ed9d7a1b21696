use sqlx::{PgConnection, Postgres};

/// Until the transaction ends, queries read indexes and never a whole table, whatever PostgreSQL supposes about how many rows have
/// a part of a text; and each is planned for what was typed. For searches that give up after some rows: a plan for the usual
/// part is ruinous for a rare one.
///
/// # Errors
/// When the database does not answer.
pub async fn by_index(transaction: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query::<Postgres>(
        "SELECT set_config('enable_seqscan', 'off', TRUE), set_config('plan_cache_mode', 'force_custom_plan', TRUE)",
    )
    .execute(transaction)
    .await?;
    Ok(())
}
