//! What an access token and a logout token have in common: signed by the issuer, and checked the same way.

use std::sync::Arc;

use jsonwebtoken::{Validation, decode, decode_header};
use serde::de::DeserializeOwned;

use crate::provider::{ALGORITHM, Away, Known, Provider};

/// Tokens are some 2 KiB; longer input isn't worth the work.
const LONGEST: usize = 16 * 1024;
/// By how many seconds clocks may differ.
pub const LEEWAY: u64 = 30;

/// Why a token is not believed.
#[derive(Debug)]
pub enum Unbelieved {
    /// It isn't what it has to be; why, without anything of the token itself.
    Refused(String),
    /// Nobody can tell without the provider.
    Away(Away),
}

impl From<Away> for Unbelieved {
    fn from(away: Away) -> Self {
        Unbelieved::Away(away)
    }
}

/// For this issuer and audience, with every claim that has to be there.
pub fn validation(provider: &Provider, audience: &str) -> Validation {
    let mut validation = Validation::new(ALGORITHM);
    validation.set_issuer(&[provider.issuer().as_str()]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    // The library would ask this process's own clock: see `in_time`.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// The claims of a token that the provider signed and that passes the validation. An unknown key is asked for once.
pub async fn believed<C: DeserializeOwned>(
    provider: &Provider,
    token: &str,
    validation: &Validation,
) -> Result<C, Unbelieved> {
    let refused = |why: &str| Unbelieved::Refused(why.to_owned());
    if token.len() > LONGEST {
        return Err(refused("it is too long"));
    }
    let header = decode_header(token).map_err(|_| refused("it is no signed token"))?;
    if header.alg != ALGORITHM {
        return Err(refused("it is not signed with RS256"));
    }
    if header.crit.is_some() {
        return Err(refused("it asks for an extension that nobody here knows"));
    }
    let name = header.kid.ok_or_else(|| refused("it names no key"))?;
    let known: Arc<Known> = provider.known().await?;
    let key = match known.key(&name) {
        Some(key) => key,
        None => provider
            .newer_than(&known)
            .await?
            .key(&name)
            .ok_or_else(|| refused("the issuer has no such key"))?,
    };
    let all = decode::<serde_json::Value>(token, &key, validation)
        .map_err(|error| Unbelieved::Refused(error.to_string()))?
        .claims;
    in_time(&all, clock::unmoved().timestamp()).map_err(refused)?;
    serde_json::from_value(all).map_err(|error| Unbelieved::Refused(error.to_string()))
}

/// Whether a token has begun and has not ended `now` (Unix seconds), clocks being [`LEEWAY`] apart (RFC 7519, 4.1.4 and 4.1.5).
fn in_time(claims: &serde_json::Value, now: i64) -> Result<(), &'static str> {
    let leeway = LEEWAY.cast_signed();
    // A NumericDate may have a fraction.
    let seconds = |claim: &serde_json::Value| {
        claim
            .as_i64()
            .or_else(|| claim.as_f64().map(|seconds| seconds as i64))
    };
    match claims.get("exp").map(seconds) {
        Some(Some(exp)) if exp >= now.saturating_sub(leeway) => {}
        Some(Some(_)) => return Err("it has ended"),
        _ => return Err("it does not say when it ends"),
    }
    match claims.get("nbf").map(seconds) {
        None => Ok(()),
        Some(Some(nbf)) if nbf <= now.saturating_add(leeway) => Ok(()),
        Some(Some(_)) => Err("it begins later"),
        Some(None) => Err("it does not say when it begins"),
    }
}
