//! Decides what a subject may do, and writes every decision down before it is answered.

use std::sync::Arc;

use kernel::{Database, Together};
use sqlx::PgExecutor;

use super::{AuditAction, AuditObject, look};
use crate::{AccessError, Permission, Subject};

/// An entry that is to be written.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    pub(super) subject: String,
    pub(super) action: &'static str,
    pub(super) object: String,
    pub(super) authorized: bool,
    /// Objects as they are stored: without blanks.
    pub(super) records: Vec<String>,
}

async fn insert(pool: &Database, entries: &[NewEntry]) -> Result<(), sqlx::Error> {
    let all = |of: fn(&NewEntry) -> String| entries.iter().map(of).collect::<Vec<_>>();
    let authorized: Vec<bool> = entries.iter().map(|entry| entry.authorized).collect();
    sqlx::query!(
        "INSERT INTO audit_entries (subject, action, object, authorized, records)
         SELECT subject, action, object, authorized, string_to_array(records, ' ')
         FROM UNNEST($1::text[], $2::text[], $3::text[], $4::bool[], $5::text[])
           AS new (subject, action, object, authorized, records)",
        &all(|entry| entry.subject.clone()),
        &all(|entry| entry.action.to_owned()),
        &all(|entry| entry.object.clone()),
        &authorized,
        &all(|entry| entry.records.join(" ")),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Decides and writes down every decision.
#[derive(Clone, Debug)]
pub struct Access {
    pool: Database,
    neighbours: Arc<Together<NewEntry, ()>>,
}

impl Access {
    /// Decides on this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        Self {
            pool: pool.into(),
            neighbours: Arc::default(),
        }
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
        let entry = NewEntry {
            subject: subject.as_text(),
            action: action.name(),
            object: object.to_string(),
            authorized,
            records: Vec::new(),
        };
        self.write(entry).await
    }

    /// Writes an entry, together with those that others write at the same moment: they share a commit.
    pub(super) async fn write(&self, entry: NewEntry) -> Result<(), AccessError> {
        let pool = self.pool.clone();
        let all = |entries: Vec<NewEntry>| async move {
            insert(&pool, &entries).await?;
            Ok::<_, sqlx::Error>(vec![(); entries.len()])
        };
        match self.neighbours.do_it(entry.clone(), all).await {
            Some(()) => Ok(()),
            // By itself: what is wrong with it is said, and what is wrong with another's is not in its way.
            None => Ok(insert(&self.pool, &[entry]).await?),
        }
    }

    pub(super) fn pool(&self) -> &Database {
        &self.pool
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
