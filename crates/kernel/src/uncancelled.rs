use std::time::Duration;

use tracing::Instrument as _;

/// No act takes so long, unless the database is gone without a word.
const LONGEST: Duration = Duration::from_secs(120);

/// Something was not brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum Interrupted {
    /// The program failed in the middle of it (a panic, or it is ending).
    #[error("the program failed in the middle of it: {0}")]
    Failed(tokio::task::JoinError),
    /// The database said nothing any more.
    #[error("the database did not answer")]
    Silent,
}

impl Interrupted {
    /// The program was ending, or nobody answered. Otherwise it panicked, and would again.
    #[must_use]
    pub fn was_cut_off(&self) -> bool {
        match self {
            Self::Failed(error) => error.is_cancelled(),
            Self::Silent => true,
        }
    }
}

/// Runs an act to its end, also when nobody waits for it any more: a browser that went away, a time-out. What was asked
/// for is done or not by the rules, not by the moment at which the other side left. Besides, a `BEGIN` that is given up
/// half way leaves a pooled connection of sqlx 0.8 inside a transaction (sqlx's issues 4385 and 4393): whoever gets it next
/// writes into nowhere.
///
/// # Errors
/// The act's own, or that it was [`Interrupted`].
pub async fn run_uncancelled<T: Send + 'static, E: From<Interrupted> + Send + 'static>(
    act: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    let act = tokio::time::timeout(LONGEST, act).in_current_span();
    match tokio::spawn(act).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Interrupted::Silent.into()),
        Err(error) => Err(Interrupted::Failed(error).into()),
    }
}
