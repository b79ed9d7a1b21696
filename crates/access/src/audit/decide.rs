//! Decides what a subject may do, and writes every decision down before it is answered.

use kernel::Database;
use sqlx::PgExecutor;

use super::{AuditAction, AuditObject, look};
use crate::{AccessError, Permission, Subject};

/// Decides and writes down every decision.
#[derive(Clone, Debug)]
pub struct Access {
    pub(super) pool: Database,
}

impl Access {
    /// Decides on this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        Self { pool: pool.into() }
    }

    /// Writes the decision (allowed or refused) to the audit log in a transaction of its own, then answers it: the
    /// entry stays when the effect is rolled back.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] when refused; [`AccessError::Database`] when it could not be written down, in
    /// which case nothing may be done either.
    pub async fn authorize(
        &self,
        subject: &Subject,
        permission: Permission,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        let authorized = subject.may(permission);
        self.record(subject, action, object, authorized).await?;
        if authorized {
            look::is_written(object);
            Ok(())
        } else {
            tracing::info!(%subject, %permission, %action, %object, "refused");
            Err(AccessError::Forbidden { permission })
        }
    }

    /// For a form that is only filled in, or numbers that say nothing of anybody: only a refusal is written down. Who hands
    /// out somebody's data asks for a [`Access::look`].
    ///
    /// # Errors
    /// As [`Access::authorize`].
    pub async fn permit(
        &self,
        subject: &Subject,
        permission: Permission,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        if subject.may(permission) {
            return Ok(());
        }
        self.authorize(subject, permission, action, object).await
    }

    /// Writes down a decision that no permission stands for: a sign-in, a customer's own doing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record(
        &self,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
        authorized: bool,
    ) -> Result<(), AccessError> {
        Self::record_in(&self.pool, subject, action, object, authorized).await
    }

    /// As [`Access::record`], in the caller's transaction: for what Usher itself does, which is written down exactly when it
    /// is done.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record_in(
        executor: impl PgExecutor<'_>,
        subject: &Subject,
        action: AuditAction,
        object: AuditObject,
        authorized: bool,
    ) -> Result<(), AccessError> {
        sqlx::query!(
            "INSERT INTO audit_entries (subject, action, object, authorized) VALUES ($1, $2, $3, $4)",
            subject.as_text(),
            action.name(),
            object.to_string(),
            authorized,
        )
        .execute(executor)
        .await?;
        Ok(())
    }
}
