//! Possible duplicates: who looks like somebody else on record.

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{error::OnboardingError, onboarding::Onboarding, primitives::ProspectId};

const CAUSE: &str =
    "possible duplicate: the same name, birth date and country, or registration number";

/// Raises a prospect and everybody who shares one of its identity keys on each other, once for each pair. The keys are those
/// of its column, with blanks between them.
pub(crate) async fn raise(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
    identity_key: &str,
) -> Result<(), sqlx::Error> {
    let mut keys: Vec<String> = identity_key.split_whitespace().map(str::to_owned).collect();
    // Two who are recorded at the same moment would not see each other. In one order, so that they can't block each other.
    keys.sort_unstable();
    for key in &keys {
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 7601))",
            key
        )
        .fetch_one(op.as_executor())
        .await?;
    }
    sqlx::query!(
        r#"
        WITH twins AS (
            SELECT id FROM prospects
            WHERE identity_key IS NOT NULL AND string_to_array(identity_key, ' ') && $2 AND id <> $1
        )
        INSERT INTO raised (cause, prospect_id, other_id)
        SELECT $3, $1, id FROM twins UNION ALL SELECT $3, id, $1 FROM twins
        ON CONFLICT (prospect_id, other_id) WHERE other_id IS NOT NULL DO NOTHING
        "#,
        Uuid::from(prospect),
        &keys,
        CAUSE,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

impl Onboarding {
    /// Makes the identity keys anew that an older version made, which compared otherwise, and raises the twins that come to
    /// light. Personal data is read by this program alone, so no migration could do it. Safe to do from several processes at
    /// once. Answers how many there were.
    ///
    /// # Errors
    /// When the database does not answer. One that can't be read is logged and passed over.
    pub async fn renew_identity_keys(&self) -> Result<usize, OnboardingError> {
        let old = sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE identity_key IS NOT NULL AND left(identity_key, 2) <> '2:' ORDER BY id",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut renewed = 0;
        for id in old {
            vitals::beat();
            match self.renew_identity_key(id).await {
                Ok(()) => renewed += 1,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    tracing::error!(prospect = %id, %error, "an identity key could not be made anew")
                }
            }
        }
        Ok(renewed)
    }

    async fn renew_identity_key(&self, id: Uuid) -> Result<(), OnboardingError> {
        let mut op = self.begin().await?;
        // What is written to it meanwhile gets its key from there.
        sqlx::query!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            id
        )
        .fetch_one(op.as_executor())
        .await?;
        let prospect = self.prospect_in_op(&mut op, id.into()).await?;
        let key = prospect.identity_key_column();
        sqlx::query!(
            "UPDATE prospects SET identity_key = $2 WHERE id = $1",
            id,
            key
        )
        .execute(op.as_executor())
        .await?;
        if let Some(key) = key {
            raise(&mut op, id.into(), &key).await?;
        }
        op.commit().await?;
        Ok(())
    }
}
