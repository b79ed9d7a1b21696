//! Sessions: whose they are, how they begin and end. One cookie name for each site.

mod own;
mod store;
mod waiting;

use std::{net::IpAddr, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use crate::{config::WebConfig, error_page::PageError, site::Site};

pub use own::OwnSession;
pub use store::Sessions;
pub use waiting::{wait_for_code, waiting};

/// A session in use is written back at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
const WHO: &str = "who";
const AT_PROVIDER: &str = "at_provider";

/// Who a session belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The operator or the customer.
    pub id: Uuid,
    /// When they signed in.
    pub since: DateTime<Utc>,
    /// When the session was last written back.
    seen: DateTime<Utc>,
    /// A customer who came in with a temporary password, and may only choose a new one.
    #[serde(default)]
    pub must_choose_password: bool,
    /// Whether the identity provider said who it is. Of use only where it says so still.
    #[serde(default)]
    pub by_provider: bool,
    /// The built-in login's `sessions_valid_from` as they signed in.
    #[serde(default)]
    pub sessions_valid_from: Option<DateTime<Utc>>,
    /// With what an operator signed in, so that they know their sessions apart.
    #[serde(default)]
    pub client: Option<Client>,
}

/// With what somebody signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// What the browser calls itself.
    pub browser: String,
    /// The address that it came from.
    pub address: IpAddr,
}

/// What has to be known of somebody whom the identity provider sent.
#[derive(Clone, Serialize, Deserialize)]
pub struct AtProvider {
    /// Who it is there.
    subject: Uuid,
    /// Their session there.
    session: Option<String>,
    /// Ends that session without a question.
    pub id_token: String,
}

impl AtProvider {
    /// Who it is there.
    pub(crate) fn subject(&self) -> Uuid {
        self.subject
    }
}

impl From<&oidc::Identity> for AtProvider {
    fn from(identity: &oidc::Identity) -> Self {
        Self {
            subject: identity.sub,
            session: identity.session.clone(),
            id_token: identity.id_token.clone(),
        }
    }
}

/// Begins the session of someone whose password was right, under a new id: one that was planted before is worth nothing.
/// `sessions_valid_from` is a customer's login's.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in(
    session: &Session,
    id: Uuid,
    must_choose_password: bool,
    sessions_valid_from: Option<DateTime<Utc>>,
) -> Result<(), PageError> {
    let now = clock::now();
    let who = SignedIn {
        id,
        since: now,
        seen: now,
        must_choose_password,
        by_provider: false,
        sessions_valid_from,
        client: None,
    };
    session.cycle_id().await?;
    session.insert(WHO, who).await?;
    Ok(())
}

/// As [`sign_in`], for an operator: with what they come is kept for the list of their sessions.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in_operator(
    session: &Session,
    id: Uuid,
    sessions_valid_from: Option<DateTime<Utc>>,
    client: Client,
) -> Result<(), PageError> {
    let now = clock::now();
    let who = SignedIn {
        id,
        since: now,
        seen: now,
        must_choose_password: false,
        by_provider: false,
        sessions_valid_from,
        client: Some(client),
    };
    session.cycle_id().await?;
    session.remove_value(waiting::WAITS).await?;
    session.insert(WHO, who).await?;
    Ok(())
}

/// The operator's login has changed, by the one who sits here: their session goes on, under a new id.
///
/// # Errors
/// When the database does not answer.
pub async fn go_on(session: &Session, sessions_valid_from: DateTime<Utc>) -> Result<(), PageError> {
    if let Some(mut who) = session.get::<SignedIn>(WHO).await? {
        who.sessions_valid_from = Some(sessions_valid_from);
        session.cycle_id().await?;
        session.insert(WHO, who).await?;
    }
    Ok(())
}

/// Begins the session of someone whom the identity provider sent, under a new id.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_in_from_provider(
    session: &Session,
    id: Uuid,
    at_provider: AtProvider,
) -> Result<(), PageError> {
    let now = clock::now();
    let who = SignedIn {
        id,
        since: now,
        seen: now,
        must_choose_password: false,
        by_provider: true,
        sessions_valid_from: None,
        client: None,
    };
    turn_away(session, at_provider).await?;
    session.insert(WHO, who).await?;
    Ok(())
}

/// Lets nobody in, but remembers whom the identity provider sent, so that they can sign out there and come as somebody
/// else.
///
/// # Errors
/// When the database does not answer.
pub async fn turn_away(session: &Session, at_provider: AtProvider) -> Result<(), PageError> {
    session.cycle_id().await?;
    session.remove_value(WHO).await?;
    session.insert(AT_PROVIDER, at_provider).await?;
    Ok(())
}

/// Whom the identity provider sent, let in or not.
///
/// # Errors
/// When the database does not answer.
pub async fn at_provider(session: &Session) -> Result<Option<AtProvider>, PageError> {
    Ok(session.get(AT_PROVIDER).await?)
}

/// Lets somebody in no longer, but remembers whom the identity provider sent.
///
/// # Errors
/// When the database does not answer.
pub async fn put_out(session: &Session) -> Result<(), PageError> {
    session.remove_value(WHO).await?;
    Ok(())
}

/// Ends the session.
///
/// # Errors
/// When the database does not answer.
pub async fn sign_out(session: &Session) -> Result<(), PageError> {
    session.flush().await?;
    Ok(())
}

/// Who is signed in, if the session has not lasted longer than the site allows. `by_a_person` says whether the request
/// counts as using the session; what a page fetches by itself does not.
///
/// # Errors
/// When the database does not answer.
pub async fn who(
    session: &Session,
    site: Site,
    config: &WebConfig,
    by_a_person: bool,
) -> Result<Option<SignedIn>, PageError> {
    let Some(mut who) = session.get::<SignedIn>(WHO).await? else {
        return Ok(None);
    };
    let now = clock::now();
    let age = (now - who.since).to_std().unwrap_or_default();
    if age > site.longest(config) {
        session.flush().await?;
        return Ok(None);
    }
    let unwritten = (now - who.seen).to_std().unwrap_or_default();
    if by_a_person && unwritten >= TOUCH_EVERY.min(config.session_idle / 4) {
        who.seen = now;
        session.insert(WHO, &who).await?;
    }
    Ok(Some(who))
}
