//! *Retry now*: what failed is tried at once, whatever its back-off.

use access::{AccessError, AuditAction, Permission, Subject};
use uuid::Uuid;

use super::{Board, WaitsFor};
use crate::{CHANNEL, STANDING_CHANNEL};

impl Board {
    /// Tries whatever failed for one customer.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_now(&self, subject: &Subject, customer_id: Uuid) -> Result<(), AccessError> {
        self.retry(subject, customer_id, None).await
    }

    /// Tries one step of one customer, if it failed.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_step(
        &self,
        subject: &Subject,
        customer_id: Uuid,
        step: &str,
    ) -> Result<(), AccessError> {
        self.retry(subject, customer_id, Some(step)).await
    }

    /// Tries all that failed and waits for the same. What waits for another step goes on with that one.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_all(
        &self,
        subject: &Subject,
        waits_for: &WaitsFor,
    ) -> Result<(), AccessError> {
        self.may_retry(subject, &format!("provisioning:{}", waits_for.name()))
            .await?;
        sqlx::query!(
            r#"
            WITH due AS (
                UPDATE provisioning_steps SET state = 'retrying', next_try = clock_timestamp()
                WHERE CASE WHEN $1 THEN state = 'needs_person' ELSE state = 'retrying' AND dependency = $2 END
                  AND state IN ('retrying', 'needs_person')
            )
            SELECT pg_notify($3, ''), pg_notify($4, '')
            "#,
            *waits_for == WaitsFor::Person,
            waits_for.name(),
            CHANNEL,
            STANDING_CHANNEL,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(())
    }

    async fn retry(
        &self,
        subject: &Subject,
        customer_id: Uuid,
        step: Option<&str>,
    ) -> Result<(), AccessError> {
        self.may_retry(subject, &format!("customer:{customer_id}"))
            .await?;
        sqlx::query!(
            r#"
            WITH due AS (
                UPDATE provisioning_steps SET state = 'retrying', next_try = clock_timestamp()
                WHERE customer_id = $1 AND ($2::text IS NULL OR step = $2) AND state IN ('retrying', 'needs_person')
            )
            SELECT pg_notify($3, ''), pg_notify($4, '')
            "#,
            customer_id,
            step,
            CHANNEL,
            STANDING_CHANNEL,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(())
    }

    async fn may_retry(&self, subject: &Subject, object: &str) -> Result<(), AccessError> {
        let permission = Permission::CustomerUpdate;
        self.access
            .authorize(subject, permission, AuditAction::ProvisioningRetry, object)
            .await
    }
}
