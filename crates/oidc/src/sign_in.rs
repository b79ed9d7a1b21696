//! A sign-in: under way, and what it comes to.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::provider::Away;

/// A sign-in under way. It lives in the visitor's session on the server, is good for 10 minutes, and is used once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    begun_at: DateTime<Utc>,
}

// With nonce and verifier somebody else could finish it.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("begun_at", &self.begun_at)
            .finish_non_exhaustive()
    }
}

impl Attempt {
    /// One that begins now.
    pub(crate) fn new(
        state: CsrfToken,
        nonce: &Nonce,
        verifier: PkceCodeVerifier,
        next: String,
    ) -> Self {
        Self {
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
            next,
            begun_at: clock::now(),
        }
    }

    /// What makes the code ours and the token this sign-in's.
    pub(crate) fn into_secrets(self) -> (PkceCodeVerifier, Nonce) {
        (PkceCodeVerifier::new(self.verifier), Nonce::new(self.nonce))
    }

    /// By what the provider's answer is told to belong to it.
    #[must_use]
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Where the person wanted to go.
    #[must_use]
    pub fn next(&self) -> &str {
        &self.next
    }

    /// Whether it has been under way for too long.
    #[must_use]
    pub fn is_over(&self) -> bool {
        clock::now() - self.begun_at > TimeDelta::minutes(10)
    }
}

/// Who signed in, as the provider says.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user at the provider.
    pub sub: Uuid,
    /// The session at the provider (`sid`).
    pub session: Option<String>,
    /// The claim `customerId`: whose login it is.
    pub customer_id: Option<Uuid>,
    /// The e-mail address, if the provider tells it.
    pub email: Option<String>,
    /// The name to sign in with, if the provider tells it.
    pub preferred_username: Option<String>,
    /// The ID token itself: `RelyingParty::sign_out_url` hands it back.
    pub id_token: String,
}

// Names and the token never get into a log through `{:?}`.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("sub", &self.sub)
            .field("customer_id", &self.customer_id)
            .finish_non_exhaustive()
    }
}

/// Why somebody could not be signed in; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider can't be used at the moment; that passes by itself.
    #[error(transparent)]
    Away(#[from] Away),
    /// The provider does not take Usher itself for what it is.
    #[error(
        "the identity provider refuses Usher's own client ({0}): check client id, client secret and redirect addresses, for example with `usher doctor`"
    )]
    ClientRefused(String),
    /// More than 10 minutes between going there and coming back.
    #[error("signing in took longer than 10 minutes: begin again")]
    TooLate,
    /// The answer says that it comes from somebody else (RFC 9207).
    #[error("the answer comes from another issuer than the one that was asked: begin again")]
    WrongIssuer,
    /// The code was made up, used before, or is too old.
    #[error("the identity provider does not accept the code ({0}): begin again")]
    CodeRefused(String),
    /// What came for the code is not a right ID token for this sign-in. Says why, without anything of the token.
    #[error("the identity provider's ID token is not accepted ({0}): begin again")]
    TokenRefused(String),
}
