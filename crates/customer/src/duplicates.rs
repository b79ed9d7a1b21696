//! Possible duplicates: who looks like somebody else on record.

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::primitives::ProspectId;

const CAUSE: &str =
    "possible duplicate: the same name, birth date and country, or registration number";

/// Raises a prospect and everybody with the same identity key on each other.
pub(crate) async fn raise(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
    identity_key: &str,
) -> Result<(), sqlx::Error> {
    // Two who are recorded at the same moment would not see each other.
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 7601))",
        identity_key
    )
    .fetch_one(op.as_executor())
    .await?;
    sqlx::query!(
        r#"
        WITH twins AS (SELECT id FROM prospects WHERE identity_key = $2 AND id <> $1)
        INSERT INTO raised (cause, prospect_id, other_id)
        SELECT $3, $1, id FROM twins UNION ALL SELECT $3, id, $1 FROM twins
        ON CONFLICT (prospect_id, other_id) WHERE other_id IS NOT NULL DO NOTHING
        "#,
        Uuid::from(prospect),
        identity_key,
        CAUSE,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}
