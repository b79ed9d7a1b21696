//! The digest that Sumsub sends with a webhook, made with the webhook's own secret over the raw bytes of the body.

use std::str::FromStr;

use hmac::{Hmac, Mac, digest::KeyInit};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::{Choice, ConstantTimeEq as _};
use thiserror::Error;

use crate::Secret;

/// The header with the digest, in hex.
pub const DIGEST_HEADER: &str = "x-payload-digest";
/// The header with the digest's algorithm; missing means [`Algorithm::HmacSha256`].
pub const DIGEST_ALG_HEADER: &str = "x-payload-digest-alg";

/// How a webhook is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// `HMAC_SHA1_HEX`, the legacy one.
    HmacSha1,
    /// `HMAC_SHA256_HEX`, the default.
    #[default]
    HmacSha256,
    /// `HMAC_SHA512_HEX`, the longest.
    HmacSha512,
}

impl Algorithm {
    /// Its name in [`DIGEST_ALG_HEADER`].
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC_SHA1_HEX",
            Self::HmacSha256 => "HMAC_SHA256_HEX",
            Self::HmacSha512 => "HMAC_SHA512_HEX",
        }
    }
}

impl FromStr for Algorithm {
    type Err = DigestError;

    fn from_str(name: &str) -> Result<Self, DigestError> {
        [Self::HmacSha1, Self::HmacSha256, Self::HmacSha512]
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
            .ok_or(DigestError::UnknownAlgorithm)
    }
}

/// Why a webhook is not taken for one of Sumsub's. Says nothing of the digest or the secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DigestError {
    /// No digest came with the body.
    #[error(
        "the header X-Payload-Digest is missing: give the webhook a secret key in Sumsub's dashboard"
    )]
    Missing,
    /// The digest is not hex.
    #[error("the header X-Payload-Digest is not hex")]
    NotHex,
    /// An algorithm that Sumsub does not document.
    #[error(
        "the header X-Payload-Digest-Alg names an algorithm other than HMAC_SHA256_HEX, HMAC_SHA512_HEX and HMAC_SHA1_HEX"
    )]
    UnknownAlgorithm,
    /// SHA-1 has to be allowed in the configuration.
    #[error(
        "the digest is the legacy HMAC_SHA1_HEX, which is not allowed here: choose HMAC_SHA256_HEX in Sumsub's dashboard"
    )]
    Sha1NotAllowed,
    /// Another secret, or another body.
    #[error(
        "the digest does not fit the body: compare the webhook's secret key in Sumsub's dashboard with the configured one"
    )]
    Mismatch,
}

/// Checks that `body` (the raw bytes) was signed with one of `secrets`.
///
/// `algorithm` and `digest` are the values of [`DIGEST_ALG_HEADER`] and [`DIGEST_HEADER`]. The comparison
/// takes the same time whatever differs, and looks at every secret. An empty secret fits nothing.
///
/// # Errors
/// Whatever keeps the body from being taken for one of Sumsub's; answer 401 to each.
pub fn verify(
    algorithm: Option<&str>,
    digest: Option<&str>,
    body: &[u8],
    secrets: &[Secret],
    allow_sha1: bool,
) -> Result<(), DigestError> {
    let algorithm = algorithm.map_or(Ok(Algorithm::default()), str::parse)?;
    if algorithm == Algorithm::HmacSha1 && !allow_sha1 {
        return Err(DigestError::Sha1NotAllowed);
    }
    let digest =
        hex::decode(digest.ok_or(DigestError::Missing)?).map_err(|_| DigestError::NotHex)?;
    let fits = secrets
        .iter()
        .filter(|secret| !secret.is_empty())
        .fold(Choice::from(0), |fits, secret| {
            fits | digest.ct_eq(&mac(algorithm, secret, body))
        });
    if bool::from(fits) {
        Ok(())
    } else {
        Err(DigestError::Mismatch)
    }
}

/// The digest that Sumsub would send with `body`: lowercase hex.
pub fn signature(algorithm: Algorithm, secret: &Secret, body: &[u8]) -> String {
    hex::encode(mac(algorithm, secret, body))
}

pub(crate) fn mac(algorithm: Algorithm, secret: &Secret, body: &[u8]) -> Vec<u8> {
    let key = secret.expose().as_bytes();
    match algorithm {
        Algorithm::HmacSha1 => keyed::<Hmac<Sha1>>(key, body),
        Algorithm::HmacSha256 => keyed::<Hmac<Sha256>>(key, body),
        Algorithm::HmacSha512 => keyed::<Hmac<Sha512>>(key, body),
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn keyed<M: Mac + KeyInit>(key: &[u8], body: &[u8]) -> Vec<u8> {
    let mut mac = <M as Mac>::new_from_slice(key).expect("a key of any length");
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}
