//! Sign-ins under way, in the visitor's session: one for each tab.

use oidc::Attempt;
use tower_sessions::Session;

use crate::error_page::PageError;

const ATTEMPTS: &str = "attempts";
/// Nobody signs in in more tabs at a time; the oldest are forgotten.
const MOST: usize = 5;

/// Keeps an attempt until the person comes back.
pub async fn keep(session: &Session, attempt: Attempt) -> Result<(), PageError> {
    let mut attempts = all(session).await?;
    attempts.push(attempt);
    let forgotten = attempts.len().saturating_sub(MOST);
    attempts.drain(..forgotten);
    session.insert(ATTEMPTS, attempts).await?;
    Ok(())
}

/// Takes out the attempt with this state. It is gone for good, also when the page after that fails.
pub async fn take(session: &Session, state: &str) -> Result<Option<Attempt>, PageError> {
    let mut attempts = all(session).await?;
    let Some(place) = attempts.iter().position(|attempt| attempt.state() == state) else {
        return Ok(None);
    };
    let attempt = attempts.remove(place);
    session.insert(ATTEMPTS, attempts).await?;
    session.save().await?;
    Ok(Some(attempt))
}

async fn all(session: &Session) -> Result<Vec<Attempt>, PageError> {
    Ok(session.get(ATTEMPTS).await?.unwrap_or_default())
}
