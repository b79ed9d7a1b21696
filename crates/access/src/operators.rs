use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{AccessError, Role, fold, password};

/// The fewest characters of an operator's password.
const SHORTEST_PASSWORD: usize = 12;
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
    pool: PgPool,
}

impl Operators {
    /// The operators of this database.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Adds an operator.
    ///
    /// # Errors
    /// [`AccessError::EmailTaken`], [`AccessError::InvalidEmail`], [`AccessError::PasswordTooShort`], or the database.
    pub async fn add(
        &self,
        email: &str,
        password: &str,
        role: Role,
    ) -> Result<OperatorId, AccessError> {
        let id = OperatorId(Uuid::now_v7());
        self.insert(id, email, password, role).await?;
        Ok(id)
    }

    /// As [`Operators::add`], under this id.
    pub(crate) async fn insert(
        &self,
        id: OperatorId,
        email: &str,
        password: &str,
        role: Role,
    ) -> Result<(), AccessError> {
        let email = usable(email).ok_or(AccessError::InvalidEmail)?;
        if password.chars().count() < SHORTEST_PASSWORD {
            return Err(AccessError::PasswordTooShort {
                min: SHORTEST_PASSWORD,
            });
        }
        let hash = password::hash(password).await?;
        let added = sqlx::query!(
            "INSERT INTO operators (id, email, email_key, role, password_hash) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            id.0,
            email,
            fold(email),
            role.as_str(),
            hash,
        )
        .execute(&self.pool)
        .await?;
        if added.rows_affected() == 0 {
            return Err(AccessError::EmailTaken);
        }
        Ok(())
    }

    /// Sees to it that the operator exists and that `password` opens the door: for the operators that `usher dev`
    /// seeds at each start. A role or a disabling that somebody set since then stays.
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
            "SELECT id, password_hash FROM operators WHERE email_key = $1",
            fold(email)
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
        if !password::verify(password, Some(&known.password_hash)).await? {
            let hash = password::hash(password).await?;
            sqlx::query!(
                "UPDATE operators SET password_hash = $2 WHERE id = $1",
                known.id,
                hash
            )
            .execute(&self.pool)
            .await?;
        }
        Ok(OperatorId(known.id))
    }

    /// Takes the door away from an operator. Disabling one who is disabled already changes nothing.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], or the database.
    pub async fn disable(&self, email: &str) -> Result<OperatorId, AccessError> {
        let email = usable(email).ok_or(AccessError::NoSuchOperator)?;
        sqlx::query_scalar!(
            "UPDATE operators SET disabled_at = coalesce(disabled_at, now()) WHERE email_key = $1 RETURNING id",
            fold(email)
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
            "UPDATE operators SET role = $2 WHERE email_key = $1 RETURNING id",
            fold(email),
            role.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map(OperatorId)
        .ok_or(AccessError::NoSuchOperator)
    }

    /// The operator whom e-mail and password belong to, unless disabled. Takes as long when there is none.
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
                    "SELECT id, email, role, disabled_at, password_hash FROM operators WHERE email_key = $1",
                    fold(email)
                )
                .fetch_optional(&self.pool)
                .await?
            }
            None => None,
        };
        let stored = known
            .as_ref()
            .map(|operator| operator.password_hash.as_str());
        let right = password::verify(password, stored).await?;
        match known {
            Some(known) if right && known.disabled_at.is_none() => Ok(Some(Operator {
                id: OperatorId(known.id),
                email: known.email,
                role: known.role.parse()?,
                disabled_at: None,
            })),
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
            "SELECT id, email, role, disabled_at FROM operators ORDER BY email_key"
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
            "SELECT id, email, role, disabled_at FROM operators WHERE id = $1",
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
}

impl TryFrom<Row> for Operator {
    type Error = AccessError;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        Ok(Operator {
            id: OperatorId(row.id),
            email: row.email,
            role: row.role.parse()?,
            disabled_at: row.disabled_at,
        })
    }
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
