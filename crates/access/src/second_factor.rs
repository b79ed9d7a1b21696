//! An operator's second factor: codes of an app (RFC 6238), and recovery codes for when the app is lost.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use rand::{Rng as _, RngCore as _};
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use crate::{Access, AccessError, Operator, Operators, OwnLoginError, operators::credential};

/// As the audit log calls them.
const ENROL: &str = "operator.enrol_second_factor";
const REMOVE: &str = "operator.remove_own_second_factor";
const RECOVER: &str = "operator.use_recovery_code";
const CODE: &str = "operator.second_factor";
/// 160 bits, as RFC 4226, 4 (R6) recommends.
const SECRET_BYTES: usize = 20;
/// The name that an app shows beside the codes.
const ISSUER: &str = "Usher";
/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;
/// Crockford's base 32: no letter that looks like a digit, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each: far beyond guessing, so SHA-256 is hash enough.
const RECOVERY_CHARACTERS: usize = 16;
const GROUP: usize = 4;
/// Longer input is no code.
const LONGEST: usize = 64;

/// A secret that an app is about to learn. It counts once a code of it has confirmed it.
pub struct NewSecondFactor {
    secret: Vec<u8>,
    totp: Totp,
}

/// A second factor has just begun.
pub struct Enrolled {
    /// Each opens the door once in place of a code. They can't be had again.
    pub recovery_codes: Vec<String>,
    /// All sessions have ended: begin the operator's anew with this.
    pub sessions_valid_from: DateTime<Utc>,
}

impl NewSecondFactor {
    /// A fresh one for this operator.
    ///
    /// # Errors
    /// None in practice: the library refuses secrets that are too short.
    pub fn generate(email: &str) -> Result<Self, AccessError> {
        let mut secret = vec![0_u8; SECRET_BYTES];
        rand::rng().fill_bytes(&mut secret);
        Self::of(secret, email)
    }

    /// The one that [`NewSecondFactor::to_text`] wrote.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_text(text: &str, email: &str) -> Result<Self, AccessError> {
        let secret = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| AccessError::SecondFactor)?;
        Self::of(secret, email)
    }

    fn of(secret: Vec<u8>, email: &str) -> Result<Self, AccessError> {
        let totp = totp(&secret, email)?;
        Ok(Self { secret, totp })
    }

    /// For a session, until the code has come.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.secret)
    }

    /// For who types it into an app, in groups.
    #[must_use]
    pub fn typed(&self) -> String {
        let plain: Vec<char> = self.totp.secret().to_base32().chars().collect();
        let groups: Vec<String> = plain
            .chunks(GROUP)
            .map(|group| group.iter().collect())
            .collect();
        groups.join(" ")
    }

    /// The address that an app reads from a picture (`otpauth:`).
    ///
    /// # Errors
    /// None in practice: the names fit.
    pub fn url(&self) -> Result<String, AccessError> {
        self.totp.to_url().map_err(|_| AccessError::SecondFactor)
    }
}

/// Codes of six digits every 30 seconds, one before and one after taken too: what every app knows.
fn totp(secret: &[u8], email: &str) -> Result<Totp, AccessError> {
    // A colon sets the names apart in the address; in an e-mail it can only be in quotes.
    let account = email.replace(':', " ");
    Builder::new()
        .with_secret(Secret::from(secret.to_vec()))
        .with_account_name(account)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|_| AccessError::SecondFactor)
}

/// The step of a code, if it is right at this moment.
fn step(secret: &[u8], code: &str) -> Result<Option<i64>, AccessError> {
    let now = u64::try_from(Utc::now().timestamp()).unwrap_or_default();
    let step = totp(secret, "operator")?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// As it was meant: blanks and dashes are for the eye, and some letters look like digits.
fn plain(typed: &str) -> String {
    typed
        .chars()
        .take(LONGEST)
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn recovery_digest(plain: &str) -> Vec<u8> {
    let meant: String = plain
        .chars()
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(meant).to_vec()
}

fn recovery_code() -> String {
    let mut random = rand::rng();
    let plain: Vec<char> = (0..RECOVERY_CHARACTERS)
        .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
        .collect();
    let groups: Vec<String> = plain
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    groups.join("-")
}

impl Operators {
    /// Begins a second factor: the operator knows the password, and their app the secret. All sessions end.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn enrol_second_factor(
        &self,
        operator: &Operator,
        password: &str,
        new: &NewSecondFactor,
        code: &str,
    ) -> Result<Enrolled, OwnLoginError> {
        self.knows_the_password(operator, password, ENROL).await?;
        let last_step = step(&new.secret, &plain(code))?.ok_or(OwnLoginError::WrongCode)?;
        let (id, own) = (Uuid::from(operator.id), operator.subject());
        let recovery_codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
        let digests: Vec<Vec<u8>> = recovery_codes
            .iter()
            .map(|code| recovery_digest(&plain(code)))
            .collect();
        let mut transaction = self.pool.begin().await?;
        let enrolled = sqlx::query!(
            "INSERT INTO operator_second_factors (operator_id, secret, last_step) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            id,
            new.secret,
            last_step,
        )
        .execute(&mut *transaction)
        .await?;
        if enrolled.rows_affected() == 0 {
            return Err(OwnLoginError::NotOpen);
        }
        sqlx::query!(
            "INSERT INTO operator_recovery_codes (operator_id, code_hash) SELECT $1, UNNEST($2::bytea[])",
            id,
            &digests,
        )
        .execute(&mut *transaction)
        .await?;
        let sessions_valid_from = end_sessions(&mut transaction, id).await?;
        credential(
            &mut *transaction,
            operator.id,
            "own_second_factor",
            &own,
            false,
        )
        .await?;
        Access::record_in(&mut *transaction, &own, ENROL, &own.as_text(), true).await?;
        transaction.commit().await?;
        Ok(Enrolled {
            recovery_codes,
            sessions_valid_from,
        })
    }

    /// Whether this is a code of the operator's app, or one of their recovery codes. Either is taken once. Count the
    /// attempts: six digits can be guessed.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn verify_second_factor(
        &self,
        operator: &Operator,
        typed: &str,
    ) -> Result<bool, AccessError> {
        let (id, own, typed) = (Uuid::from(operator.id), operator.subject(), plain(typed));
        let access = Access::new(self.pool.clone());
        let secret = sqlx::query_scalar!(
            "SELECT secret FROM operator_second_factors WHERE operator_id = $1",
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        let Some(secret) = secret else {
            return Ok(false);
        };
        if let Some(step) = step(&secret, &typed)? {
            let taken = sqlx::query!(
                "UPDATE operator_second_factors SET last_step = $2 WHERE operator_id = $1 AND last_step < $2 AND secret = $3",
                id,
                step,
                secret,
            )
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() > 0 {
                return Ok(true);
            }
        } else if typed.len() == RECOVERY_CHARACTERS {
            let taken = sqlx::query!(
                "UPDATE operator_recovery_codes SET used_at = now() WHERE operator_id = $1 AND code_hash = $2 AND used_at IS NULL",
                id,
                recovery_digest(&typed),
            )
            .execute(&self.pool)
            .await?;
            if taken.rows_affected() > 0 {
                access.record(&own, RECOVER, &own.as_text(), true).await?;
                return Ok(true);
            }
        }
        access.record(&own, CODE, &own.as_text(), false).await?;
        Ok(false)
    }

    /// Ends the operator's own second factor, for who knows the password and has a code. All sessions end; the answer is
    /// what to begin the operator's anew with.
    ///
    /// # Errors
    /// Words for the operator beside the field.
    pub async fn remove_own_second_factor(
        &self,
        operator: &Operator,
        password: &str,
        code: &str,
    ) -> Result<DateTime<Utc>, OwnLoginError> {
        self.knows_the_password(operator, password, REMOVE).await?;
        if !self.verify_second_factor(operator, code).await? {
            return Err(OwnLoginError::WrongCode);
        }
        let (id, own) = (Uuid::from(operator.id), operator.subject());
        let mut transaction = self.pool.begin().await?;
        delete(&mut transaction, id).await?;
        let sessions_valid_from = end_sessions(&mut transaction, id).await?;
        Access::record_in(&mut *transaction, &own, REMOVE, &own.as_text(), true).await?;
        transaction.commit().await?;
        Ok(sessions_valid_from)
    }

    /// Ends a second factor that its operator has lost, and their sessions. Whoever does it for them may have done it to
    /// get in: it counts as a reset.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when there is none, or the database.
    pub async fn remove_lost_second_factor(
        &self,
        id: crate::OperatorId,
        by: &crate::Subject,
    ) -> Result<(), AccessError> {
        let mut transaction = self.pool.begin().await?;
        if !delete(&mut transaction, id.into()).await? {
            return Err(AccessError::Refused(
                "This operator has no second factor: there is nothing to remove.",
            ));
        }
        end_sessions(&mut transaction, id.into()).await?;
        credential(&mut *transaction, id, "second_factor_removed", by, false).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// How many recovery codes the operator has left.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recovery_codes_left(&self, operator: &Operator) -> Result<i64, AccessError> {
        Ok(sqlx::query_scalar!(
            r#"SELECT count(*) AS "left!" FROM operator_recovery_codes WHERE operator_id = $1 AND used_at IS NULL"#,
            Uuid::from(operator.id),
        )
        .fetch_one(&self.pool)
        .await?)
    }
}

type Transaction = sqlx::Transaction<'static, sqlx::Postgres>;

/// Answers whether there was one. The recovery codes go with it.
async fn delete(transaction: &mut Transaction, id: Uuid) -> Result<bool, sqlx::Error> {
    let deleted = sqlx::query!(
        "DELETE FROM operator_second_factors WHERE operator_id = $1",
        id
    )
    .execute(&mut **transaction)
    .await?;
    Ok(deleted.rows_affected() > 0)
}

async fn end_sessions(
    transaction: &mut Transaction,
    id: Uuid,
) -> Result<DateTime<Utc>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE operators
         SET sessions_valid_from = greatest(clock_timestamp(), sessions_valid_from + interval '1 microsecond')
         WHERE id = $1 RETURNING sessions_valid_from",
        id,
    )
    .fetch_one(&mut **transaction)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_code_is_typed_does_not_matter_but_what_is() {
        assert_eq!(plain(" 123 456 "), "123456");
        let code = recovery_code();
        assert_eq!(plain(&code).len(), RECOVERY_CHARACTERS);
        let typed = code.to_lowercase().replace('-', " ").replace('0', "o");
        assert_eq!(
            recovery_digest(&plain(&typed)),
            recovery_digest(&plain(&code))
        );
    }

    #[test]
    fn what_an_app_reads_names_the_operator_and_holds_the_secret() {
        let new = NewSecondFactor::generate("ann@usher.test").unwrap();
        let url = new.url().unwrap();
        assert!(url.starts_with("otpauth://totp/Usher:ann"), "{url}");
        assert!(url.contains(&new.typed().replace(' ', "")), "{url}");
        let again = NewSecondFactor::from_text(&new.to_text(), "ann@usher.test").unwrap();
        assert_eq!(again.typed(), new.typed());
        assert!(
            NewSecondFactor::generate("\"a:b\"@usher.test")
                .unwrap()
                .url()
                .is_ok()
        );
    }
}
