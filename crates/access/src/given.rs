//! Operators who are added, and passwords that others give them.

use std::time::Duration;

use kernel::text::case_folded;
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    AccessError, OperatorDirectory as _, OperatorId, Operators, Role, Subject, operators::usable,
    password,
};

/// A password that somebody else than the operator has seen to.
pub struct GivenPassword<'a> {
    /// The password itself.
    pub password: &'a str,
    /// Who gives it.
    pub by: &'a Subject,
    /// Whether that one sees it. Otherwise it goes to the operator's address only.
    pub known: bool,
    /// How long it works, when the operator has to choose their own; none when it works like one of their own, and has to be as good.
    pub temporary_for: Option<Duration>,
}

impl Operators {
    /// Adds an operator with a password of their own.
    ///
    /// # Errors
    /// [`AccessError::EmailTaken`], [`AccessError::InvalidEmail`], [`AccessError::WeakPassword`], [`AccessError::Invalid`] for a role
    /// of programs, or the database.
    pub async fn add(
        &self,
        email: &str,
        password: &str,
        role: Role,
    ) -> Result<OperatorId, AccessError> {
        let id = OperatorId::from(Uuid::now_v7());
        self.insert(id, email, role, password, None).await?;
        Ok(id)
    }

    /// Adds an operator with a password that somebody else gives them.
    ///
    /// # Errors
    /// As [`Operators::add`].
    pub async fn add_given(
        &self,
        email: &str,
        role: Role,
        given: &GivenPassword<'_>,
    ) -> Result<OperatorId, AccessError> {
        let id = OperatorId::from(Uuid::now_v7());
        self.insert(id, email, role, given.password, Some(given))
            .await?;
        Ok(id)
    }

    /// As the others, under this id.
    pub(crate) async fn insert(
        &self,
        id: OperatorId,
        email: &str,
        role: Role,
        password: &str,
        given: Option<&GivenPassword<'_>>,
    ) -> Result<(), AccessError> {
        let email = usable(email).ok_or(AccessError::InvalidEmail)?;
        role.of_a_person()?;
        let temporary_for = given.and_then(|given| given.temporary_for);
        if temporary_for.is_none() {
            password::judge(password, email)?;
        }
        let hash = password::hash(password).await?;
        let mut transaction = self.pool.begin().await?;
        let added = sqlx::query!(
            "INSERT INTO operators (id, email, role, password_hash, temporary_until, email_key)
             VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5), $6) ON CONFLICT DO NOTHING",
            Uuid::from(id),
            email,
            role.as_str(),
            hash,
            temporary_for.map(|time| time.as_secs_f64()),
            case_folded(email),
        )
        .execute(&mut *transaction)
        .await?;
        if added.rows_affected() == 0 {
            return Err(AccessError::EmailTaken);
        }
        if let Some(given) = given {
            credential(&mut *transaction, id, "added", given.by, given.known).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Puts a password that somebody else gives in the place of the operator's own, and ends their sessions.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], [`AccessError::WeakPassword`], or the database.
    pub async fn reset_password(
        &self,
        id: OperatorId,
        given: &GivenPassword<'_>,
    ) -> Result<(), AccessError> {
        if given.temporary_for.is_none() {
            let operator = self.find(id).await?.ok_or(AccessError::NoSuchOperator)?;
            password::judge(given.password, &operator.email)?;
        }
        let hash = password::hash(given.password).await?;
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query!(
            "UPDATE operators
             SET password_hash = $2, temporary_until = now() + make_interval(secs => $3),
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE id = $1",
            Uuid::from(id),
            hash,
            given.temporary_for.map(|time| time.as_secs_f64()),
        )
        .execute(&mut *transaction)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(AccessError::NoSuchOperator);
        }
        credential(
            &mut *transaction,
            id,
            "password_reset",
            given.by,
            given.known,
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }
}

/// Writes down that somebody gave, took or chose what opens an operator's login.
pub(crate) async fn credential(
    executor: impl PgExecutor<'_>,
    id: OperatorId,
    what: &str,
    by: &Subject,
    known: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO operator_credentials (operator_id, what, by, known) VALUES ($1, $2, $3, $4)",
        Uuid::from(id),
        what,
        by.as_text(),
        known,
    )
    .execute(executor)
    .await?;
    Ok(())
}
