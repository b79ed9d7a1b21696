//! Logins in our own database: the port for provisioning, and signing in at the portal.

mod change;
mod provider;
mod sign_in;
mod sync;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use uuid::Uuid;

pub use change::ChangePasswordError;
pub use sign_in::{ChoosePasswordError, SignIn};

use crate::{IdentityError, LoginId};

/// How long an unused temporary password can be used, unless configured otherwise.
const TEMPORARY_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The built-in identity, in the table `logins`.
#[derive(Clone, Debug)]
pub struct BuiltInIdentity {
    pool: PgPool,
    temporary_for: Duration,
}

impl BuiltInIdentity {
    /// Keeps the logins in this database; temporary passwords end after 7 days.
    #[must_use]
    pub fn new(pool: PgPool) -> Self {
        Self {
            pool,
            temporary_for: TEMPORARY_FOR,
        }
    }

    /// Lets unused temporary passwords end after another time.
    #[must_use]
    pub fn with_temporary_for(self, temporary_for: Duration) -> Self {
        Self {
            temporary_for,
            ..self
        }
    }

    /// How long an unused temporary password can be used: the welcome e-mail says it.
    #[must_use]
    pub fn temporary_for(&self) -> Duration {
        self.temporary_for
    }

    /// The customer's login as of now, if there is one: cheap enough to ask on every request of the portal.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn login_of(&self, customer_id: Uuid) -> Result<Option<Login>, IdentityError> {
        let row = sqlx::query!(
            "SELECT id, enabled, temporary_until, password_chosen_at, sessions_valid_from, last_login_at
             FROM logins WHERE customer_id = $1",
            customer_id,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Login {
            id: row.id.into(),
            enabled: row.enabled,
            temporary_until: row.temporary_until,
            password_chosen_at: row.password_chosen_at,
            sessions_valid_from: row.sessions_valid_from,
            last_login_at: row.last_login_at,
        }))
    }
}

/// What there is to know about a login without the secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The login's id.
    pub id: LoginId,
    /// Whether the customer is let in.
    pub enabled: bool,
    /// Until when the temporary password that was set last can be used; none once the person has chosen one.
    pub temporary_until: Option<DateTime<Utc>>,
    /// Since when the person has a password of their own.
    pub password_chosen_at: Option<DateTime<Utc>>,
    /// Changes whenever all portal sessions end: one that was begun with another value is over, also one that still waits
    /// for a password to be chosen. Compared only with itself, so that no two clocks have to agree.
    pub sessions_valid_from: DateTime<Utc>,
    /// The last time that the person signed in with their own password.
    pub last_login_at: Option<DateTime<Utc>>,
}
