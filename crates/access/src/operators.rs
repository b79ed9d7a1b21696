use std::{fmt, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgExecutor, PgPool};
use uuid::Uuid;

use crate::{AccessError, Role, Subject, password};

/// The longest e-mail address (RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets).
const LONGEST_EMAIL: usize = 254;

/// The id of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperatorId(Uuid);

impl From<Uuid> for OperatorId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl From<OperatorId> for Uuid {
    fn from(id: OperatorId) -> Self {
        id.0
    }
}

impl fmt::Display for OperatorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A person of the bank who works with the panel.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// The id that events and the audit log name.
    pub id: OperatorId,
    /// What they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// How they sign in, where that is kept here; nothing of who signs in at an identity provider.
    pub login: Option<OperatorLogin>,
}

impl Operator {
    /// As the domain services and the audit log know them.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::Operator {
            id: self.id,
            role: self.role,
        }
    }
}

/// What there is to know of a built-in operator's login without the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLogin {
    /// Whose the password is.
    pub password: PasswordState,
    /// Whether a code is asked for beside it.
    pub second_factor: bool,
    /// Changes whenever all sessions end: one that was begun with another value is over. Compared only with itself, so
    /// that no two clocks have to agree.
    pub sessions_valid_from: DateTime<Utc>,
}

/// Whose a password is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordState {
    /// The operator's own.
    Own,
    /// For one time: they may do nothing but choose their own.
    Temporary,
    /// It was for one time, and that time is over.
    Ended,
}

/// A password that somebody else than the operator has seen to.
pub struct GivenPassword<'a> {
    /// The password itself.
    pub password: &'a str,
    /// Who gives it.
    pub by: &'a Subject,
    /// Whether that one sees it. Otherwise it goes to the operator's address only.
    pub known: bool,
    /// How long it works, when the operator has to choose their own; none when it works like one of their own.
    pub temporary_for: Option<Duration>,
}

// The e-mail address is personal: it never gets into a log through `{:?}`.
impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("id", &self.id)
            .field("role", &self.role)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

/// Whoever keeps the operators: [`Operators`] in our own database, or an identity provider.
#[async_trait]
pub trait OperatorDirectory: Send + Sync {
    /// The operator as of now, also when disabled: the panel asks at each request, so that a role that was taken away
    /// stops working. `None` for who is unknown or has no role.
    ///
    /// # Errors
    /// When whoever keeps them does not answer.
    async fn find(&self, id: OperatorId) -> Result<Option<Operator>, AccessError>;

    /// What people call the operator, also one who works here no longer. Never asks anybody outside.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn name_of(&self, id: OperatorId) -> Result<Option<String>, AccessError> {
        Ok(self.find(id).await?.map(|operator| operator.email))
    }

    /// Everybody who may have done something here, by id and name; who works here no longer comes last. Never asks
    /// anybody outside.
    ///
    /// # Errors
    /// When the database does not answer.
    async fn everybody(&self) -> Result<Vec<(OperatorId, String)>, AccessError> {
        Ok(Vec::new())
    }
}

/// The built-in operators.
#[derive(Clone, Debug)]
pub struct Operators {
    pub(crate) pool: PgPool,
}

impl Operators {
    /// The operators of this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Adds an operator with a password of their own.
    ///
    /// # Errors
    /// [`AccessError::EmailTaken`], [`AccessError::InvalidEmail`], [`AccessError::WeakPassword`], or the database.
    pub async fn add(
        &self,
        email: &str,
        password: &str,
        role: Role,
    ) -> Result<OperatorId, AccessError> {
        let id = OperatorId(Uuid::now_v7());
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
        let id = OperatorId(Uuid::now_v7());
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
        password::judge(password, email)?;
        let hash = password::hash(password).await?;
        let temporary_for = given.and_then(|given| given.temporary_for);
        let mut transaction = self.pool.begin().await?;
        let added = sqlx::query!(
            "INSERT INTO operators (id, email, role, password_hash, temporary_until)
             VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5)) ON CONFLICT DO NOTHING",
            id.0,
            email,
            role.as_str(),
            hash,
            temporary_for.map(|time| time.as_secs_f64()),
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
    /// [`AccessError::NoSuchOperator`], or the database.
    pub async fn reset_password(
        &self,
        id: OperatorId,
        given: &GivenPassword<'_>,
    ) -> Result<(), AccessError> {
        let hash = password::hash(given.password).await?;
        let mut transaction = self.pool.begin().await?;
        let changed = sqlx::query!(
            "UPDATE operators
             SET password_hash = $2, temporary_until = now() + make_interval(secs => $3),
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE id = $1",
            id.0,
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

    /// Sees to it that the operator exists and that `password` opens the door: for the operators that `usher dev`
    /// seeds at each start, and counts as their own. A role or a disabling that somebody set since then stays.
    ///
    /// # Errors
    /// As [`Operators::add`], but for a taken e-mail.
    pub async fn ensure(
        &self,
        email: &str,
        password: &str,
        role: Role,
    ) -> Result<OperatorId, AccessError> {
        let email = usable(email).ok_or(AccessError::InvalidEmail)?;
        let known = sqlx::query!(
            r#"SELECT id, password_hash, temporary_until IS NOT NULL AS "temporary!"
               FROM operators WHERE lower(email) = lower($1)"#,
            email
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(known) = known else {
            return match self.add(email, password, role).await {
                // Another process has just seeded the same operator.
                Err(AccessError::EmailTaken) => Box::pin(self.ensure(email, password, role)).await,
                added => added,
            };
        };
        let id = OperatorId(known.id);
        if known.temporary || !password::verify(password, Some(&known.password_hash)).await? {
            let hash = password::hash(password).await?;
            let mut transaction = self.pool.begin().await?;
            sqlx::query!(
                "UPDATE operators SET password_hash = $2, temporary_until = NULL WHERE id = $1",
                known.id,
                hash
            )
            .execute(&mut *transaction)
            .await?;
            let own = Subject::Operator { id, role };
            credential(&mut *transaction, id, "own_password", &own, false).await?;
            transaction.commit().await?;
        }
        Ok(id)
    }

    /// Takes the door away from an operator. Disabling one who is disabled already changes nothing.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], or the database.
    pub async fn disable(&self, email: &str) -> Result<OperatorId, AccessError> {
        let email = usable(email).ok_or(AccessError::NoSuchOperator)?;
        sqlx::query_scalar!(
            "UPDATE operators SET disabled_at = coalesce(disabled_at, now()) WHERE lower(email) = lower($1) RETURNING id",
            email
        )
        .fetch_optional(&self.pool)
        .await?
        .map(OperatorId)
        .ok_or(AccessError::NoSuchOperator)
    }

    /// Gives an operator another role. Sessions read the role at each request, so it counts at once, also in open
    /// ones.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], or the database.
    pub async fn set_role(&self, email: &str, role: Role) -> Result<OperatorId, AccessError> {
        let email = usable(email).ok_or(AccessError::NoSuchOperator)?;
        sqlx::query_scalar!(
            "UPDATE operators SET role = $2 WHERE lower(email) = lower($1) RETURNING id",
            email,
            role.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map(OperatorId)
        .ok_or(AccessError::NoSuchOperator)
    }

    /// The operator whom e-mail and password belong to, unless disabled; what else is asked of them, their
    /// [`Operator::login`] says. Takes as long when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify(
        &self,
        email: &str,
        password: &str,
    ) -> Result<Option<Operator>, AccessError> {
        let known = match usable(email) {
            Some(email) => {
                sqlx::query!(
                    "SELECT id, password_hash FROM operators WHERE lower(email) = lower($1)",
                    email
                )
                .fetch_optional(&self.pool)
                .await?
            }
            None => None,
        };
        let stored = known
            .as_ref()
            .map(|operator| operator.password_hash.as_str());
        // People copy a temporary password out of the mail with a blank around it; a chosen one has none.
        let right = password::verify(password.trim(), stored).await?
            || (password.trim() != password && password::verify(password, stored).await?);
        match known {
            Some(known) if right => Ok(self
                .find(OperatorId(known.id))
                .await?
                .filter(|operator| operator.disabled_at.is_none())),
            _ => Ok(None),
        }
    }

    /// All operators by e-mail, the disabled ones too.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self) -> Result<Vec<Operator>, AccessError> {
        sqlx::query_as!(
            Row,
            r#"SELECT o.id, o.email, o.role, o.disabled_at, o.sessions_valid_from,
                      o.temporary_until IS NOT NULL AS "temporary!", coalesce(o.temporary_until < now(), FALSE) AS "ended!",
                      f.operator_id IS NOT NULL AS "second_factor!"
               FROM operators o LEFT JOIN operator_second_factors f ON f.operator_id = o.id
               ORDER BY lower(o.email)"#
        )
        .fetch_all(&self.pool)
        .await?
        .into_iter()
        .map(Operator::try_from)
        .collect()
    }
}

#[async_trait]
impl OperatorDirectory for Operators {
    async fn find(&self, id: OperatorId) -> Result<Option<Operator>, AccessError> {
        sqlx::query_as!(
            Row,
            r#"SELECT o.id, o.email, o.role, o.disabled_at, o.sessions_valid_from,
                      o.temporary_until IS NOT NULL AS "temporary!", coalesce(o.temporary_until < now(), FALSE) AS "ended!",
                      f.operator_id IS NOT NULL AS "second_factor!"
               FROM operators o LEFT JOIN operator_second_factors f ON f.operator_id = o.id
               WHERE o.id = $1"#,
            id.0
        )
        .fetch_optional(&self.pool)
        .await?
        .map(Operator::try_from)
        .transpose()
    }

    async fn everybody(&self) -> Result<Vec<(OperatorId, String)>, AccessError> {
        let mut operators = self.list().await?;
        operators.sort_by_key(|operator| operator.disabled_at.is_some());
        Ok(operators
            .into_iter()
            .map(|operator| (operator.id, operator.email))
            .collect())
    }
}

struct Row {
    id: Uuid,
    email: String,
    role: String,
    disabled_at: Option<DateTime<Utc>>,
    sessions_valid_from: DateTime<Utc>,
    temporary: bool,
    ended: bool,
    second_factor: bool,
}

impl TryFrom<Row> for Operator {
    type Error = AccessError;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        Ok(Operator {
            id: OperatorId(row.id),
            email: row.email,
            role: row.role.parse()?,
            disabled_at: row.disabled_at,
            login: Some(OperatorLogin {
                password: match (row.temporary, row.ended) {
                    (false, _) => PasswordState::Own,
                    (true, false) => PasswordState::Temporary,
                    (true, true) => PasswordState::Ended,
                },
                second_factor: row.second_factor,
                sessions_valid_from: row.sessions_valid_from,
            }),
        })
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
        id.0,
        what,
        by.as_text(),
        known,
    )
    .execute(executor)
    .await?;
    Ok(())
}

/// The address without surrounding blanks, if it can be one at all. Also keeps away what PostgreSQL would refuse.
pub(crate) fn usable(email: &str) -> Option<&str> {
    let email = email.trim();
    let (local, domain) = email.split_once('@')?;
    let fine = !local.is_empty()
        && !domain.is_empty()
        && !domain.contains('@')
        && email.len() <= LONGEST_EMAIL
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    fine.then_some(email)
}
