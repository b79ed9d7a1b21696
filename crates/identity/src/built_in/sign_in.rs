//! Signing in with e-mail and password, and choosing the first password of one's own.

use access::password::{self, WeakPassword};
use chrono::{DateTime, Utc};
use kernel::text::case_folded;
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::BuiltInIdentity;
use crate::{IdentityError, temporary_password};

/// What signing in came to. Everything but [`SignIn::Refused`] is said only to who knew the right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// The person is in.
    Ok {
        /// Who it is.
        customer_id: Uuid,
        /// The login's [`super::Login::sessions_valid_from`] when the password was looked at.
        sessions_valid_from: DateTime<Utc>,
    },
    /// The temporary password was right: all that this person may do is [`BuiltInIdentity::choose_password`].
    MustChoosePassword {
        /// Who it is.
        customer_id: Uuid,
        /// The login's [`super::Login::sessions_valid_from`] when the password was looked at.
        sessions_valid_from: DateTime<Utc>,
    },
    /// The temporary password was right, but its time is over; a new welcome e-mail helps.
    Expired {
        /// Who it is.
        customer_id: Uuid,
    },
    /// The password was right, but this person is locked out.
    Disabled {
        /// Who it is.
        customer_id: Uuid,
    },
    /// No such login, or another password: which of the two isn't said.
    Refused,
}

/// Why a password was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoosePasswordError {
    /// Not taken, by the rules for any password.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// The temporary password again.
    #[error("This is the temporary password from the e-mail: choose one that nobody sent you.")]
    SameAsTemporary,
    /// It was chosen before, so the temporary password that led here counts no longer.
    #[error("A password has been chosen for this login already: sign in with it.")]
    AlreadyChosen,
    /// The person was locked out meanwhile.
    #[error("This login is not open: sign in again to see why.")]
    NotOpen,
    /// Worth another try.
    #[error("The password could not be saved just now: try again in a moment.")]
    Unavailable(#[source] IdentityError),
}

impl BuiltInIdentity {
    /// Looks at e-mail and password. Takes as long for an unknown e-mail as for a known one, and for a temporary password as for a
    /// chosen one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<SignIn, IdentityError> {
        let email = email.trim();
        let login = if email.contains('\0') {
            None // PostgreSQL takes no such text, and nobody has such an address.
        } else {
            sqlx::query!(
                "SELECT id, customer_id, enabled, temporary_hash, password_hash, sessions_valid_from,
                        coalesce(temporary_until < now(), FALSE) AS \"expired!\"
                 FROM logins WHERE lower(email COLLATE \"C\") = $1",
                case_folded(email),
            )
            .fetch_optional(&self.pool)
            .await?
        };
        let chosen = login
            .as_ref()
            .and_then(|login| login.password_hash.as_deref());
        let right = password::verify(password, chosen)
            .await
            .map_err(unavailable)?;
        let Some(login) = login else {
            return Ok(SignIn::Refused);
        };
        let (customer_id, sessions_valid_from) = (login.customer_id, login.sessions_valid_from);
        if let Some(temporary) = login.temporary_hash {
            let typed = temporary_password::digest(password);
            return Ok(match () {
                () if !bool::from(typed.as_slice().ct_eq(&temporary)) => SignIn::Refused,
                () if !login.enabled => SignIn::Disabled { customer_id },
                () if login.expired => SignIn::Expired { customer_id },
                () => SignIn::MustChoosePassword {
                    customer_id,
                    sessions_valid_from,
                },
            });
        }
        if !right {
            return Ok(SignIn::Refused);
        }
        if !login.enabled {
            return Ok(SignIn::Disabled { customer_id });
        }
        sqlx::query!(
            "UPDATE logins SET last_login_at = now() WHERE id = $1",
            login.id
        )
        .execute(&self.pool)
        .await?;
        Ok(SignIn::Ok {
            customer_id,
            sessions_valid_from,
        })
    }

    /// Takes the person's own password in place of the temporary one, which ends, as do all sessions begun with it:
    /// begin the person's session with the [`super::Login::sessions_valid_from`] that is answered. Only for somebody whom [`BuiltInIdentity::sign_in`] has just answered
    /// [`SignIn::MustChoosePassword`].
    ///
    /// # Errors
    /// Words for the person beside the field.
    pub async fn choose_password(
        &self,
        customer_id: Uuid,
        password: &str,
    ) -> Result<DateTime<Utc>, ChoosePasswordError> {
        let login = sqlx::query!(
            "SELECT email, enabled, temporary_hash, password_chosen_at FROM logins WHERE customer_id = $1",
            customer_id,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(saving)?;
        let Some(login) = login.filter(|login| login.enabled) else {
            return Err(ChoosePasswordError::NotOpen);
        };
        if login.password_chosen_at.is_some() {
            return Err(ChoosePasswordError::AlreadyChosen);
        }
        let Some(temporary) = login.temporary_hash else {
            return Err(ChoosePasswordError::NotOpen);
        };
        if temporary == temporary_password::digest(password) {
            return Err(ChoosePasswordError::SameAsTemporary);
        }
        password::judge(password, &login.email)?;
        let hash = password::hash(password)
            .await
            .map_err(|error| ChoosePasswordError::Unavailable(unavailable(error)))?;
        // Of two tabs one wins, and a lock-out or a newer temporary password that came meanwhile counts.
        let taken = sqlx::query_scalar!(
            "UPDATE logins
             SET password_hash = $2, password_chosen_at = now(), last_login_at = now(),
                 temporary_hash = NULL, temporary_until = NULL,
                 sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
             WHERE customer_id = $1 AND enabled AND temporary_hash = $3
             RETURNING sessions_valid_from",
            customer_id,
            hash,
            temporary,
        )
        .fetch_optional(&self.pool)
        .await
        .map_err(saving)?;
        taken.ok_or(ChoosePasswordError::NotOpen)
    }
}

pub(super) fn unavailable(error: password::PasswordError) -> IdentityError {
    IdentityError::Unavailable(error.to_string())
}

fn saving(error: sqlx::Error) -> ChoosePasswordError {
    tracing::warn!(%error, "a chosen password could not be saved");
    ChoosePasswordError::Unavailable(error.into())
}
