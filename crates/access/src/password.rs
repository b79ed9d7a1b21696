//! Passwords that people choose: what they have to be ([`judge`]), and their slow hash (argon2id).
//!
//! It runs on the blocking pool, and no more at once than there are cores: each takes 19 MiB and all of a core,
//! so more would only make everybody wait longer.

mod policy;

use std::{borrow::Cow, sync::OnceLock};

use rand::Rng as _;
use tokio::{sync::Semaphore, task::spawn_blocking};
use unicode_normalization::UnicodeNormalization as _;

pub use policy::{LONGEST as LONGEST_CHOSEN, SHORTEST, WeakPassword, judge};

/// Longer input is never a password that was set here.
const LONGEST: usize = 1024;

/// What an unknown login is checked against, so that it takes as long as a known one: a hash, with the parameters
/// that [`hash`] uses, made of random bytes: no password is known that fits it.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$Pz7xRHqEo4ce+J2CaAP/Zg$J0UsYooonaUG26qyWpzifnJv+38lCqurjeouUS64jL8";

/// A password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
#[error(
    "the password hash could not be computed; try again, and see the server's log if it stays so"
)]
pub struct PasswordError;

/// Hashes a password for storage.
///
/// # Errors
/// When the hash could not be computed, which means that the process is shutting down or out of memory.
pub async fn hash(password: &str) -> Result<String, PasswordError> {
    let password = normal(password).into_owned();
    run(move || password_auth::generate_hash(password)).await
}

/// The same password whichever way a keyboard writes it (NIST SP 800-63B-4, 3.1.1.2: NFKC).
fn normal(password: &str) -> Cow<'_, str> {
    if password.is_ascii() {
        Cow::Borrowed(password)
    } else {
        Cow::Owned(password.nfkc().collect())
    }
}

/// Whether `password` belongs to `stored`. Without a stored hash the answer is no, after the same time.
///
/// # Errors
/// When the hash could not be computed, or the stored one is damaged.
pub async fn verify(password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
    if password.len() > LONGEST {
        return Ok(false);
    }
    let normal = normal(password);
    if compare(&normal, stored).await? {
        return Ok(true);
    }
    // Hashed before passwords were brought to one form.
    Ok(normal != password && compare(password, stored).await?)
}

async fn compare(password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
    let known = stored.is_some();
    let stored = stored.unwrap_or(NOBODY).to_owned();
    let password = password.to_owned();
    #[cfg(test)]
    COMPARED.with(|compared| compared.set(compared.get() + 1));
    let answer = run(move || password_auth::verify_password(password, &stored)).await?;
    match answer {
        Ok(()) => Ok(known),
        Err(password_auth::VerifyError::PasswordInvalid) => Ok(false),
        Err(password_auth::VerifyError::Parse(_)) => {
            tracing::error!("a stored password hash cannot be read");
            Err(PasswordError)
        }
    }
}

/// A password that nobody chose: 100 random bits, in groups that can be typed.
#[must_use]
pub fn generate() -> String {
    const ALPHABET: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut random = rand::rng();
    let groups: Vec<String> = (0..4)
        .map(|_| {
            (0..5)
                .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
                .collect()
        })
        .collect();
    groups.join("-")
}

async fn run<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PasswordError> {
    static CORES: OnceLock<Semaphore> = OnceLock::new();
    let cores = CORES.get_or_init(|| {
        Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from))
    });
    let _permit = cores.acquire().await.map_err(|_| PasswordError)?;
    spawn_blocking(work).await.map_err(|_| PasswordError)
}

#[cfg(test)]
thread_local! {
    /// How many passwords this test has compared with a slow hash.
    static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Operators, Role};

    #[tokio::test]
    async fn an_unknown_email_costs_the_same_slow_hash_as_a_wrong_password() {
        let database = testkit::database().await;
        let operators = Operators::new(database.pool.clone());
        operators
            .add("ann@usher.test", "correct horse battery", Role::Admin)
            .await
            .unwrap();
        for email in ["ann@usher.test", "bob@usher.test", "no address"] {
            COMPARED.set(0);
            let known = operators.verify(email, "wrong horse battery").await;
            assert!(known.unwrap().is_none(), "{email}");
            assert_eq!(COMPARED.get(), 1, "{email}");
        }
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_nothing_else_is() {
        let stored = hash("correct horse battery").await.unwrap();
        assert!(
            verify("correct horse battery", Some(&stored))
                .await
                .unwrap()
        );
        assert!(
            !verify("correct horse batterx", Some(&stored))
                .await
                .unwrap()
        );
        assert!(!verify("correct horse battery", None).await.unwrap());
        assert!(verify("x", Some("no hash")).await.is_err());
    }

    #[tokio::test]
    async fn how_a_keyboard_writes_a_letter_does_not_matter() {
        let composed = "caf\u{e9} by the old harbour";
        let decomposed = "cafe\u{301} by the old harbour";
        let stored = hash(composed).await.unwrap();
        assert!(verify(decomposed, Some(&stored)).await.unwrap());
        let old = password_auth::generate_hash(decomposed);
        assert!(verify(decomposed, Some(&old)).await.unwrap());
    }

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        // The same algorithm and parameters as a fresh hash, and one that really is compared.
        assert!(!password_auth::is_hash_obsolete(NOBODY).unwrap());
        assert!(matches!(
            password_auth::verify_password("x", NOBODY),
            Err(password_auth::VerifyError::PasswordInvalid)
        ));
    }
}
