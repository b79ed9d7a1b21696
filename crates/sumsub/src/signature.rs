//! The signature of a REST request.
//!
//! Source: <https://docs.sumsub.com/reference/authentication>: lowercase hex HMAC-SHA256, keyed with the app's
//! secret key, over `ts + METHOD + path-with-query + body`, the path as it stands on the request line.

use subtle::ConstantTimeEq as _;

use crate::{
    Secret,
    webhook::{Algorithm, mac},
};

/// The header with the app token.
pub const TOKEN_HEADER: &str = "x-app-token";
/// The header with the time of signing, in Unix seconds.
pub const TIME_HEADER: &str = "x-app-access-ts";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-app-access-sig";

/// What a request carries in [`SIGNATURE_HEADER`]. An absent body is an empty one.
pub fn sign(
    secret: &Secret,
    timestamp: i64,
    method: &str,
    path_and_query: &str,
    body: &[u8],
) -> String {
    hex::encode(digest(secret, timestamp, method, path_and_query, body))
}

/// Whether `signature` is the one that [`sign`] makes, compared in constant time.
pub fn fits(
    signature: &str,
    secret: &Secret,
    timestamp: i64,
    method: &str,
    path_and_query: &str,
    body: &[u8],
) -> bool {
    hex::decode(signature).is_ok_and(|signature| {
        signature
            .ct_eq(&digest(secret, timestamp, method, path_and_query, body))
            .into()
    })
}

fn digest(
    secret: &Secret,
    timestamp: i64,
    method: &str,
    path_and_query: &str,
    body: &[u8],
) -> Vec<u8> {
    let mut signed = format!("{timestamp}{method}{path_and_query}").into_bytes();
    signed.extend_from_slice(body);
    mac(Algorithm::HmacSha256, secret, &signed)
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf '1607551635POST/resources/accessTokens?userId=cfd20712-24a2-4c7d-9ab0-146f3c142335&levelName=basic-kyc-level' \
    //   | openssl dgst -sha256 -hmac SoMe_SeCrEt_KeY
    const PATH: &str = "/resources/accessTokens?userId=cfd20712-24a2-4c7d-9ab0-146f3c142335&levelName=basic-kyc-level";
    const KNOWN: &str = "9cf27e97806178510a24611c8ce71be1b86ca79135c45f4e5d0b183e96317c4b";

    #[test]
    fn signatures_are_those_of_openssl() {
        assert_eq!(
            sign(&"SoMe_SeCrEt_KeY".into(), 1_607_551_635, "POST", PATH, b""),
            KNOWN
        );
    }

    #[test]
    fn each_part_is_covered() {
        let fits = |signature: &str, secret: &str, time, method, path, body| {
            fits(signature, &secret.into(), time, method, path, body)
        };
        let key = "SoMe_SeCrEt_KeY";
        assert!(fits(KNOWN, key, 1_607_551_635, "POST", PATH, b""));
        assert!(!fits(KNOWN, "other", 1_607_551_635, "POST", PATH, b""));
        assert!(!fits(KNOWN, key, 1_607_551_636, "POST", PATH, b""));
        assert!(!fits(KNOWN, key, 1_607_551_635, "GET", PATH, b""));
        assert!(!fits(
            KNOWN,
            key,
            1_607_551_635,
            "POST",
            "/resources/accessTokens",
            b""
        ));
        assert!(!fits(KNOWN, key, 1_607_551_635, "POST", PATH, b"{}"));
        assert!(!fits("", key, 1_607_551_635, "POST", PATH, b""));
        assert!(!fits("not hex", key, 1_607_551_635, "POST", PATH, b""));
    }
}
