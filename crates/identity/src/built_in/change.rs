//! Changing a password that one chose oneself.

use access::{
    Access, AccessError, AuditAction, ObjectKind, Subject,
    password::{self, WeakPassword},
};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{BuiltInIdentity, sign_in::unavailable};
use crate::IdentityError;

/// As the audit log calls it.
const ACTION: AuditAction = AuditAction::CustomerChangePassword;

/// Why a password was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangePasswordError {
    /// The current one was wrong.
    #[error("This is not your current password. Check it and try again.")]
    NotTheCurrentOne,
    /// The new one is the current one.
    #[error("This is the password that you have now: choose another one.")]
    TheSame,
    /// The new one is not taken, by the rules for any password.
    #[error(transparent)]
    NotTaken(#[from] WeakPassword),
    /// The person was locked out meanwhile, has no password yet, or changed it in another window.
    #[error("The password was not changed: it was changed elsewhere meanwhile. Sign in again.")]
    NotOpen,
    /// Worth another try.
    #[error("The password could not be saved just now: try again in a moment.")]
    Unavailable(#[source] IdentityError),
}

impl BuiltInIdentity {
    /// Takes another password in place of the one that the person chose, and ends all sessions: begin the person's own
    /// anew with the [`super::Login::sessions_valid_from`] that is answered. The change is written down, and so is a wrong current password; count these: who calls it learns
    /// whether the current one was right.
    ///
    /// # Errors
    /// Words for the person beside the field.
    pub async fn change_password(
        &self,
        customer_id: Uuid,
        current: &str,
        new: &str,
    ) -> Result<DateTime<Utc>, ChangePasswordError> {
        let login = sqlx::query!(
            "SELECT email, password_hash FROM logins WHERE customer_id = $1 AND enabled",
            customer_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some((email, Some(hash))) = login.map(|login| (login.email, login.password_hash))
        else {
            return Err(ChangePasswordError::NotOpen);
        };
        let subject = Subject::Customer { id: customer_id };
        let object = ObjectKind::Customer.id(customer_id);
        // Before the new one is looked at: who doesn't know the current one learns nothing of the rest.
        if !password::verify(current, Some(&hash)).await? {
            Access::new(self.pool.clone())
                .record(&subject, ACTION, object, false)
                .await?;
            return Err(ChangePasswordError::NotTheCurrentOne);
        }
        if new == current {
            return Err(ChangePasswordError::TheSame);
        }
        password::judge(new, &email)?;
        let new_hash = password::hash(new).await?;
        let mut transaction = self.pool.begin().await?;
        // Of two windows one wins, and a lock-out that came meanwhile counts.
        let taken = sqlx::query_scalar!(
            "UPDATE logins
             SET password_hash = $2, password_chosen_at = now(),
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE customer_id = $1 AND enabled AND password_hash = $3
             RETURNING sessions_valid_from",
            customer_id,
            new_hash,
            hash,
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(ChangePasswordError::NotOpen)?;
        Access::record_in(&mut *transaction, &subject, ACTION, object, true).await?;
        transaction.commit().await?;
        Ok(taken)
    }
}

impl From<AccessError> for ChangePasswordError {
    fn from(error: AccessError) -> Self {
        tracing::warn!(%error, "a change of a password could not be written down");
        Self::Unavailable(IdentityError::Unavailable(
            "the audit log can't be written".to_owned(),
        ))
    }
}

impl From<sqlx::Error> for ChangePasswordError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<password::PasswordError> for ChangePasswordError {
    fn from(error: password::PasswordError) -> Self {
        Self::Unavailable(unavailable(error))
    }
}
