//! An operator's second factor: codes of an app (RFC 6238), and recovery codes for when the app is lost.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    Access, AccessError, AuditAction, NewSecondFactor, Operator, Operators, OwnLoginError,
    codes::{RECOVERY_CHARACTERS, plain, recovery_code, recovery_digest, step},
    given::credential,
};

/// As the audit log calls them.
const ENROL: AuditAction = AuditAction::OperatorEnrolSecondFactor;
const REMOVE: AuditAction = AuditAction::OperatorRemoveOwnSecondFactor;
const RECOVER: AuditAction = AuditAction::OperatorUseRecoveryCode;
const CODE: AuditAction = AuditAction::OperatorSecondFactor;
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// A second factor has just begun.
pub struct Enrolled {
    /// Each signs in once in place of a code. They can't be had again.
    pub recovery_codes: Vec<String>,
    /// All sessions have ended: begin the operator's anew with this.
    pub sessions_valid_from: DateTime<Utc>,
}

impl Operators {
    /// Begins a second factor: the operator knows the password, and their app the secret. All sessions end.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn enrol_second_factor(
        &self,
        operator: &Operator,
        password: &str,
        new: &NewSecondFactor,
        code: &str,
    ) -> Result<Enrolled, OwnLoginError> {
        self.knows_the_password(operator, password, ENROL).await?;
        let last_step = step(&new.secret, &plain(code))?.ok_or(OwnLoginError::WrongCode)?;
        let (id, own) = (Uuid::from(operator.id), operator.subject());
        let recovery_codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let digests: Vec<Vec<u8>> = recovery_codes
            .iter()
            .map(|code| recovery_digest(&plain(code)))
            .collect();
        let mut transaction = self.pool.begin().await?;
        let enrolled = sqlx::query!(
            "INSERT INTO operator_second_factors (operator_id, secret, last_step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            id,
            new.secret,
            last_step,
        )
        .execute(&mut *transaction)
        .await?;
        if enrolled.rows_affected() == 0 {
            return Err(OwnLoginError::NotOpen);
        }
        sqlx::query!(
            "INSERT INTO operator_recovery_codes (operator_id, code_hash) SELECT $1, UNNEST($2::bytea[])",
            id,
            &digests,
        )
        .execute(&mut *transaction)
        .await?;
        let sessions_valid_from = end_sessions(&mut transaction, id).await?;
        credential(
            &mut *transaction,
            operator.id,
            "own_second_factor",
            &own,
            false,
        )
        .await?;
        Access::record_in(&mut *transaction, &own, ENROL, operator.object(), true).await?;
        transaction.commit().await?;
        Ok(Enrolled {
            recovery_codes,
            sessions_valid_from,
        })
    }

    /// Whether this is a code of the operator's app, or one of their recovery codes. Either is taken once. Count the
    /// attempts: six digits can be guessed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_second_factor(
        &self,
        operator: &Operator,
        typed: &str,
    ) -> Result<bool, AccessError> {
        let (id, own, typed) = (Uuid::from(operator.id), operator.subject(), plain(typed));
        let access = Access::new(self.pool.clone());
        let secret = sqlx::query_scalar!(
            "SELECT secret FROM operator_second_factors WHERE operator_id = $1",
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(secret) = secret else {
            return Ok(false);
        };
        if let Some(step) = step(&secret, &typed)? {
            let taken = sqlx::query!(
                "UPDATE operator_second_factors SET last_step = $2 WHERE operator_id = $1 AND last_step < $2 AND secret = $3",
                id,
                step,
                secret,
            )
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() > 0 {
                return Ok(true);
            }
        } else if typed.len() == RECOVERY_CHARACTERS {
            let taken = sqlx::query!(
                "UPDATE operator_recovery_codes SET used_at = now() WHERE operator_id = $1 AND code_hash = $2 AND used_at IS NULL",
                id,
                recovery_digest(&typed),
            )
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() > 0 {
                access
                    .record(&own, RECOVER, operator.object(), true)
                    .await?;
                return Ok(true);
            }
        }
        access.record(&own, CODE, operator.object(), false).await?;
        Ok(false)
    }

    /// Ends the operator's own second factor, for who knows the password and has a code. All sessions end; the answer is
    /// what to begin the operator's anew with.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn remove_own_second_factor(
        &self,
        operator: &Operator,
        password: &str,
        code: &str,
    ) -> Result<DateTime<Utc>, OwnLoginError> {
        self.knows_the_password(operator, password, REMOVE).await?;
        if !self.verify_second_factor(operator, code).await? {
            return Err(OwnLoginError::WrongCode);
        }
        let (id, own) = (Uuid::from(operator.id), operator.subject());
        let mut transaction = self.pool.begin().await?;
        delete(&mut transaction, id).await?;
        let sessions_valid_from = end_sessions(&mut transaction, id).await?;
        Access::record_in(&mut *transaction, &own, REMOVE, operator.object(), true).await?;
        transaction.commit().await?;
        Ok(sessions_valid_from)
    }

    /// Ends a second factor that its operator has lost, and their sessions. Whoever does it for them may have done it to
    /// get in: it counts as a reset.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when there is none, or the database.
    pub async fn remove_lost_second_factor(
        &self,
        id: crate::OperatorId,
        by: &crate::Subject,
    ) -> Result<(), AccessError> {
        let mut transaction = self.pool.begin().await?;
        if !delete(&mut transaction, id.into()).await? {
            return Err(AccessError::Refused(
                "This operator has no second factor: there is nothing to remove.",
            ));
        }
        end_sessions(&mut transaction, id.into()).await?;
        credential(&mut *transaction, id, "second_factor_removed", by, false).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// How many recovery codes the operator has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recovery_codes_left(&self, operator: &Operator) -> Result<i64, AccessError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "left!" FROM operator_recovery_codes WHERE operator_id = $1 AND used_at IS NULL"#,
            Uuid::from(operator.id),
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// Answers whether there was one. The recovery codes go with it.
async fn delete(transaction: &mut Transaction, id: Uuid) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "DELETE FROM operator_second_factors WHERE operator_id = $1",
        id
    )
    .execute(&mut **transaction)
    .await?;
    Ok(deleted.rows_affected() > 0)
}

async fn end_sessions(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE operators
         SET sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
         WHERE id = $1 RETURNING sessions_valid_from",
        id,
    )
    .fetch_one(&mut **transaction)
    .await
}
