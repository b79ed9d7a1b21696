//! What operators do to their own login: another password, their own in place of a temporary one.

use chrono::{DateTime, Utc};

use crate::{
    Access, AccessError, AuditAction, Operator, Operators,
    given::credential,
    password::{self, WeakPassword},
};

/// As the audit log calls them.
const CHANGE: AuditAction = AuditAction::OperatorChangePassword;
const CHOOSE: AuditAction = AuditAction::OperatorChoosePassword;

/// Why an operator's own login was not changed, in words to stand beside the field.
#[derive(Debug, thiserror::Error)]
pub enum OwnLoginError {
    /// The current password was wrong.
    #[error("This is not your current password. Check it and try again.")]
    NotTheCurrentOne,
    /// The new one is the current one.
    #[error("This is the password that you have now: choose another one.")]
    TheSame,
    /// The new one is not taken, by the rules for any password.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The code was wrong, or used already.
    #[error(
        "This code is not right, or it was used already. Wait for the next one, and see whether the clock of your device is right."
    )]
    WrongCode,
    /// It is not so any more: done in another window, or by an administrator.
    #[error("Nothing was changed: your login was changed elsewhere meanwhile. Sign in again.")]
    NotOpen,
    /// Something of ours doesn't answer.
    #[error(transparent)]
    Access(#[from] AccessError),
}

/// For the page that asked: what can't be done is said there.
impl From<OwnLoginError> for kernel::Error {
    fn from(error: OwnLoginError) -> Self {
        match error {
            OwnLoginError::Access(error) => error.into(),
            other => Self::refused(other.to_string()),
        }
    }
}

impl From<sqlx::Error> for OwnLoginError {
    fn from(error: sqlx::Error) -> Self {
        Self::Access(error.into())
    }
}

impl From<password::PasswordError> for OwnLoginError {
    fn from(error: password::PasswordError) -> Self {
        Self::Access(error.into())
    }
}

impl Operators {
    /// Takes another password in place of the operator's own, and ends all sessions: begin the operator's anew with the
    /// [`crate::OperatorLogin::sessions_valid_from`] that is answered. It is written down, and so is a wrong current password; count
    /// these: who calls it learns whether the current one was right.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn change_password(
        &self,
        operator: &Operator,
        current: &str,
        new: &str,
    ) -> Result<DateTime<Utc>, OwnLoginError> {
        // Before the new one is looked at: who doesn't know the current one learns nothing of the rest.
        let hash = self.knows_the_password(operator, current, CHANGE).await?;
        if new == current {
            return Err(OwnLoginError::TheSame);
        }
        self.take(operator, &hash, new, CHANGE).await
    }

    /// Takes the operator's own password in place of a temporary one, which ends, as do all sessions: begin the operator's anew
    /// with the [`crate::OperatorLogin::sessions_valid_from`] that is answered.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn choose_password(
        &self,
        operator: &Operator,
        new: &str,
    ) -> Result<DateTime<Utc>, OwnLoginError> {
        let hash = sqlx::query_scalar!(
            "SELECT password_hash FROM operators WHERE id = $1 AND disabled_at IS NULL AND temporary_until IS NOT NULL",
            uuid::Uuid::from(operator.id),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(OwnLoginError::NotOpen)?;
        if password::verify(new, Some(&hash)).await? {
            return Err(OwnLoginError::TheSame);
        }
        self.take(operator, &hash, new, CHOOSE).await
    }

    /// The hash of the password that the operator has now, if they know it. Otherwise it is written down that `action` was
    /// refused.
    pub(crate) async fn knows_the_password(
        &self,
        operator: &Operator,
        typed: &str,
        action: AuditAction,
    ) -> Result<String, OwnLoginError> {
        let hash = sqlx::query_scalar!(
            "SELECT password_hash FROM operators
             WHERE id = $1 AND disabled_at IS NULL AND temporary_until IS NULL",
            uuid::Uuid::from(operator.id),
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(OwnLoginError::NotOpen)?;
        if password::verify(typed, Some(&hash)).await? {
            return Ok(hash);
        }
        Access::new(self.pool.clone())
            .record(&operator.subject(), action, operator.object(), false)
            .await?;
        Err(OwnLoginError::NotTheCurrentOne)
    }

    async fn take(
        &self,
        operator: &Operator,
        hash: &str,
        new: &str,
        action: AuditAction,
    ) -> Result<DateTime<Utc>, OwnLoginError> {
        password::judge(new, &operator.email)?;
        let new_hash = password::hash(new).await?;
        let own = operator.subject();
        let mut transaction = self.pool.begin().await?;
        // Of two windows one wins, and a reset or a disabling that came meanwhile counts.
        let taken = sqlx::query_scalar!(
            "UPDATE operators
             SET password_hash = $2, temporary_until = NULL,
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE id = $1 AND disabled_at IS NULL AND password_hash = $3
                 AND coalesce(temporary_until > now(), TRUE)
             RETURNING sessions_valid_from",
            uuid::Uuid::from(operator.id),
            new_hash,
            hash,
        )
        .fetch_optional(&mut *transaction)
        .await?
        .ok_or(OwnLoginError::NotOpen)?;
        credential(&mut *transaction, operator.id, "own_password", &own, false).await?;
        Access::record_in(&mut *transaction, &own, action, operator.object(), true).await?;
        transaction.commit().await?;
        Ok(taken)
    }
}
