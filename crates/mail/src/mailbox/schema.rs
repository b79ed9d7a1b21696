use sqlx::PgPool;

/// Makes the mailbox's tables unless they are there.
pub(super) async fn create(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(include_str!("schema.sql"))
        .execute(pool)
        .await?;
    Ok(())
}
