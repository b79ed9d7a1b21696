//! Logout tokens: the provider tells that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.4 to 2.6).

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    provider::{Away, Provider},
    signed::{self, LEEWAY, Unbelieved},
};

/// The event that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// One that is older than this many seconds has been lying about.
const OLDEST: i64 = 5 * 60;

/// Whose sessions have ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Of whom. All of their sessions, if no session is named.
    pub sub: Option<Uuid>,
    /// Which one (`sid`).
    pub session: Option<String>,
}

/// Why a logout token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum LogoutTokenError {
    /// It isn't a logout token of this issuer for this client. Says why, without anything of the token.
    #[error("the logout token is not accepted: {0}")]
    Refused(String),
    /// Nobody can tell at the moment.
    #[error(transparent)]
    Away(#[from] Away),
}

impl From<Unbelieved> for LogoutTokenError {
    fn from(unbelieved: Unbelieved) -> Self {
        match unbelieved {
            Unbelieved::Refused(why) => LogoutTokenError::Refused(why),
            Unbelieved::Away(away) => LogoutTokenError::Away(away),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
    events: Map<String, Value>,
    sub: Option<String>,
    sid: Option<String>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

/// Reads a logout token for this client.
pub async fn read(
    provider: &Provider,
    client_id: &str,
    token: &str,
) -> Result<Ended, LogoutTokenError> {
    let validation = signed::validation(provider, client_id);
    let claims: Claims = signed::believed(provider, token, &validation).await?;
    let refused = |why: &str| Err(LogoutTokenError::Refused(why.to_owned()));
    if claims.iss != provider.issuer().as_str() {
        return refused("it has another issuer");
    }
    let age = clock::unmoved().timestamp().saturating_sub(claims.iat);
    if age > OLDEST || age < -LEEWAY.cast_signed() {
        return refused("it was not made just now");
    }
    if !claims.events.get(EVENT).is_some_and(Value::is_object) {
        return refused("it tells of no logout");
    }
    // An ID token has one, and must not pass for a logout token.
    if claims.others.contains_key("nonce") {
        return refused("it has a nonce");
    }
    let ended = Ended {
        sub: claims.sub.and_then(|sub| sub.parse().ok()),
        session: claims.sid.filter(|sid| !sid.is_empty()),
    };
    if ended.sub.is_none() && ended.session.is_none() {
        return refused("it names neither a session nor anybody whom we could know");
    }
    Ok(ended)
}
