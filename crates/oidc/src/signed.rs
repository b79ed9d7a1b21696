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
    validation.validate_nbf = true;
    validation.leeway = LEEWAY;
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
    decode::<C>(token, &key, validation)
        .map(|token| token.claims)
        .map_err(|error| Unbelieved::Refused(error.to_string()))
}
