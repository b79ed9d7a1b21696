//! A password as PostgreSQL keeps it (SCRAM-SHA-256, RFC 5802), made here: the password itself never travels in an SQL
//! statement, where a log could keep it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, Mac as _, digest::InvalidLength};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};

/// As PostgreSQL's `scram_iterations`.
const ROUNDS: u32 = 4096;
const SALT: usize = 16;

/// The verifier of a password; `None` when it holds other characters than printable ASCII, which would have to be
/// normalised first.
pub(crate) fn verifier(password: &str) -> Option<String> {
    let mut salt = [0; SALT];
    rand::rng().fill_bytes(&mut salt);
    let plain = !password.is_empty() && password.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    plain.then(|| salted(password, &salt).ok()).flatten()
}

fn salted(password: &str, salt: &[u8]) -> Result<String, InvalidLength> {
    let mut block = hmac(password.as_bytes(), &[salt, &1_u32.to_be_bytes()].concat())?;
    let mut key = block;
    for _ in 1..ROUNDS {
        block = hmac(password.as_bytes(), &block)?;
        for (whole, part) in key.iter_mut().zip(block) {
            *whole ^= part;
        }
    }
    let client = Sha256::digest(hmac(&key, b"Client Key")?);
    let server = hmac(&key, b"Server Key")?;
    Ok(format!(
        "SCRAM-SHA-256${ROUNDS}:{}${}:{}",
        BASE64_STANDARD.encode(salt),
        BASE64_STANDARD.encode(client),
        BASE64_STANDARD.encode(server),
    ))
}

fn hmac(key: &[u8], message: &[u8]) -> Result<[u8; 32], InvalidLength> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key)?;
    hmac.update(message);
    Ok(hmac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_what_postgresql_computes() {
        // Computed with Python's hashlib.pbkdf2_hmac and hmac.
        assert_eq!(
            salted("dev_secret", b"0123456789abcdef").as_deref(),
            Ok(KNOWN)
        );
        assert_ne!(verifier("x"), verifier("x"), "salted");
        assert_eq!(verifier("grün"), None);
        assert_eq!(verifier(""), None);
    }

    const KNOWN: &str = "SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$ou/rSDDvryRPZYfBMNURBGrXLZjHhSnhKSt5cM+1MCo=:7zDy/lamIOZ0rfo/KjjwUnPeCY3v/OWhg8EwuQzavro=";
}
