//! Access tokens of programs.

use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::{
    provider::{Away, Provider},
    signed::{self, Unbelieved},
};

/// Looks at the access tokens of an issuer.
#[derive(Debug)]
pub struct BearerTokens {
    provider: Provider,
    audience: String,
}

/// Whom an access token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bearer {
    /// The user at the provider; for a program the user of its service account.
    pub sub: Uuid,
}

/// Why an access token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BearerError {
    /// It isn't an access token of this issuer for us, or has ended. Says why, without anything of the token.
    #[error("the access token is not accepted: {0}")]
    Refused(String),
    /// Nobody can tell at the moment.
    #[error(transparent)]
    Away(#[from] Away),
}

impl From<Unbelieved> for BearerError {
    fn from(unbelieved: Unbelieved) -> Self {
        match unbelieved {
            Unbelieved::Refused(why) => BearerError::Refused(why),
            Unbelieved::Away(away) => BearerError::Away(away),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    // `jsonwebtoken` would also take a list with the right one in it.
    iss: String,
    sub: String,
    typ: String,
}

impl BearerTokens {
    /// What a token has to have in its `aud` to be meant for Usher.
    pub const AUDIENCE: &str = "usher-api";

    /// Tokens of this issuer with the audience [`BearerTokens::AUDIENCE`]. Asks nobody anything yet. Every call takes at
    /// most 5 seconds, whatever the client says; give one that follows no redirects.
    #[must_use]
    pub fn new(issuer: Url, http: reqwest::Client) -> Self {
        Self {
            provider: Provider::new(issuer, http),
            audience: Self::AUDIENCE.to_owned(),
        }
    }

    /// Asked for its keys at this address, while the issuer is what its tokens say.
    #[must_use]
    pub fn reached_at(self, inside: &Url) -> Self {
        Self {
            provider: self.provider.reached_at(inside),
            ..self
        }
    }

    /// Whom the token speaks for: signed by the issuer (RS256, nothing else), meant for us, not ended, an access token.
    /// An ID token or a logout token is refused. What the user may do is for others to say.
    ///
    /// # Errors
    /// [`BearerError::Refused`], or [`BearerError::Away`] when the provider's keys can't be had.
    pub async fn verify(&self, token: &str) -> Result<Bearer, BearerError> {
        let validation = signed::validation(&self.provider, &self.audience);
        let claims: Claims = signed::believed(&self.provider, token, &validation).await?;
        let refused = |why: &str| Err(BearerError::Refused(why.to_owned()));
        if claims.iss != self.provider.issuer().as_str() {
            return refused("it has another issuer");
        }
        if claims.typ != "Bearer" {
            return refused("it is no access token");
        }
        match claims.sub.parse() {
            Ok(sub) => Ok(Bearer { sub }),
            Err(_) => refused("its subject is no UUID"),
        }
    }
}
