//! Doing again what the database undid because two met.

use std::future::Future;

use kernel::Error;

/// How often it is tried in all.
const TRIES: u32 = 5;

/// Runs an operation, a transaction from its beginning to its commit, and runs it again when the database undid it because it
/// met another one (a deadlock, say): whoever asked for it hears nothing of that.
///
/// # Errors
/// The operation's own; a meeting only after a few tries.
pub(super) async fn again<T, Running>(operation: impl Fn() -> Running) -> Result<T, Error>
where
    Running: Future<Output = Result<T, Error>>,
{
    let mut tries = 1;
    loop {
        match operation().await {
            Err(error) if error.is_undone() && tries < TRIES => {
                tracing::info!(%error, tries, "met another operation; it is done again");
                tries += 1;
            }
            done => return done,
        }
    }
}
