//! The operators in our own database.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::{Database, text::case_folded};
use uuid::Uuid;

use crate::{
    AccessError, Operator, OperatorDirectory, OperatorId, OperatorLogin, PasswordState, Role,
    Subject, given::credential, operators::usable, password,
};

/// The built-in operators.
#[derive(Clone, Debug)]
pub struct Operators {
    pub(crate) pool: Database,
}

impl Operators {
    /// The operators of this database.
    #[must_use]
    pub fn new(pool: impl Into<Database>) -> Self {
        Self { pool: pool.into() }
    }

    /// Sees to it that the operator exists and that they sign in with `password`: for the operators that `usher dev`
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
               FROM operators WHERE email_key = $1"#,
            case_folded(email)
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
        let id = OperatorId::from(known.id);
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

    /// Lets an operator in no longer. Disabling one who is disabled already changes nothing.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], or the database.
    pub async fn disable(&self, email: &str) -> Result<OperatorId, AccessError> {
        let email = usable(email).ok_or(AccessError::NoSuchOperator)?;
        sqlx::query_scalar!(
            "UPDATE operators SET disabled_at = coalesce(disabled_at, now()) WHERE email_key = $1 RETURNING id",
            case_folded(email)
        )
        .fetch_optional(&self.pool)
        .await?
        .map(OperatorId::from)
        .ok_or(AccessError::NoSuchOperator)
    }

    /// Gives an operator another role. Sessions read the role at each request, so it counts at once, also in open
    /// ones.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], [`AccessError::Invalid`] for a role of programs, or the database.
    pub async fn set_role(&self, email: &str, role: Role) -> Result<OperatorId, AccessError> {
        role.of_a_person()?;
        let email = usable(email).ok_or(AccessError::NoSuchOperator)?;
        sqlx::query_scalar!(
            "UPDATE operators SET role = $2 WHERE email_key = $1 RETURNING id",
            case_folded(email),
            role.as_str(),
        )
        .fetch_optional(&self.pool)
        .await?
        .map(OperatorId::from)
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
                    "SELECT id, password_hash FROM operators WHERE email_key = $1",
                    case_folded(email)
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
                .find(OperatorId::from(known.id))
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
            OperatorRow,
            r#"SELECT o.id, o.email, o.role, o.disabled_at, o.sessions_valid_from,
                      o.temporary_until IS NOT NULL AS "temporary!", coalesce(o.temporary_until < now(), FALSE) AS "ended!",
                      f.operator_id IS NOT NULL AS "second_factor!"
               FROM operators o LEFT JOIN operator_second_factors f ON f.operator_id = o.id
               ORDER BY o.email_key"#
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
            OperatorRow,
            r#"SELECT o.id, o.email, o.role, o.disabled_at, o.sessions_valid_from,
                      o.temporary_until IS NOT NULL AS "temporary!", coalesce(o.temporary_until < now(), FALSE) AS "ended!",
                      f.operator_id IS NOT NULL AS "second_factor!"
               FROM operators o LEFT JOIN operator_second_factors f ON f.operator_id = o.id
               WHERE o.id = $1"#,
            Uuid::from(id)
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

    async fn at_work(&self) -> Result<Vec<Operator>, AccessError> {
        let mut operators = self.list().await?;
        operators.retain(|operator| operator.disabled_at.is_none());
        Ok(operators)
    }
}

struct OperatorRow {
    id: Uuid,
    email: String,
    role: String,
    disabled_at: Option<DateTime<Utc>>,
    sessions_valid_from: DateTime<Utc>,
    temporary: bool,
    ended: bool,
    second_factor: bool,
}

impl TryFrom<OperatorRow> for Operator {
    type Error = AccessError;

    fn try_from(row: OperatorRow) -> Result<Self, Self::Error> {
        Ok(Operator {
            id: row.id.into(),
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
