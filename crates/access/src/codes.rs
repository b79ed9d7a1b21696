//! The codes of a second factor: those of an app (RFC 6238), and recovery codes.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::{Rng as _, RngCore as _};
use sha2::{Digest as _, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::AccessError;

/// 160 bits, as RFC 4226, 4 (R6) recommends.
const SECRET_BYTES: usize = 20;
/// The name that an app shows beside the codes.
const ISSUER: &str = "Usher";
/// Crockford's base 32: no letter that looks like a digit, and no U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Five bits each: far beyond guessing, so SHA-256 is hash enough.
pub(crate) const RECOVERY_CHARACTERS: usize = 16;
const GROUP: usize = 4;
/// Longer input is no code.
const LONGEST: usize = 64;

/// A secret that an app is about to learn. It counts once a code of it has confirmed it.
pub struct NewSecondFactor {
    pub(crate) secret: Vec<u8>,
    totp: Totp,
}

impl NewSecondFactor {
    /// A fresh one for this operator.
    ///
    /// # Errors
    /// None in practice: the library refuses secrets that are too short.
    pub fn generate(email: &str) -> Result<Self, AccessError> {
        let mut secret = vec![0_u8; SECRET_BYTES];
        rand::rng().fill_bytes(&mut secret);
        Self::with_secret(secret, email)
    }

    /// The one that [`NewSecondFactor::to_text`] wrote.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_text(text: &str, email: &str) -> Result<Self, AccessError> {
        let secret = BASE64_URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| AccessError::SecondFactor)?;
        Self::with_secret(secret, email)
    }

    fn with_secret(secret: Vec<u8>, email: &str) -> Result<Self, AccessError> {
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
pub(crate) fn step(secret: &[u8], code: &str) -> Result<Option<i64>, AccessError> {
    let now = u64::try_from(clock::unmoved().timestamp()).unwrap_or_default();
    let step = totp(secret, "operator")?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// As it was meant: blanks and dashes are for the eye, and some letters look like digits.
pub(crate) fn plain(typed: &str) -> String {
    typed
        .chars()
        .take(LONGEST)
        .filter(|c| c.is_ascii_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// What is kept of a recovery code.
pub(crate) fn recovery_digest(plain: &str) -> Vec<u8> {
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

/// A fresh recovery code, in groups.
pub(crate) fn recovery_code() -> String {
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
