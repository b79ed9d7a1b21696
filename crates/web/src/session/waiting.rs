//! Between the password and the code of a second factor.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tower_sessions::Session;
use uuid::Uuid;

use super::WHO;
use crate::error_page::PageError;

/// For a code there is so much time.
const WAITS_FOR: Duration = Duration::from_secs(10 * 60);
pub(super) const WAITS: &str = "waits";

/// Somebody whose password was right, and who still owes a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The operator who has given the password.
    pub id: Uuid,
    /// The login's `sessions_valid_from` when the password was looked at.
    pub sessions_valid_from: DateTime<Utc>,
    /// Where they wanted to go.
    pub next: String,
    since: DateTime<Utc>,
}

/// Lets nobody in yet: the password was right, and a code is still wanted.
///
/// # Errors
/// When the database does not answer.
pub async fn wait_for_code(
    session: &Session,
    id: Uuid,
    sessions_valid_from: DateTime<Utc>,
    next: String,
) -> Result<(), PageError> {
    let waiting = Waiting {
        id,
        sessions_valid_from,
        next,
        since: clock::now(),
    };
    session.cycle_id().await?;
    session.remove_value(WHO).await?;
    session.insert(WAITS, waiting).await?;
    Ok(())
}

/// Who still owes a code.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(session: &Session) -> Result<Option<Waiting>, PageError> {
    let waiting = session.get::<Waiting>(WAITS).await?;
    Ok(waiting.filter(|waiting| {
        let age = (clock::now() - waiting.since).to_std().unwrap_or_default();
        age < WAITS_FOR
    }))
}
