use tracing::Instrument as _;

/// The program failed in the middle of something (a panic, or it is ending).
#[derive(Debug, thiserror::Error)]
#[error("the program failed in the middle of it: {0}")]
pub struct BrokenOff(tokio::task::JoinError);

impl BrokenOff {
    /// The program was ending. Otherwise it panicked, and would again.
    #[must_use]
    pub fn was_cut_off(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// Runs an act to its end, also when nobody waits for it any more: a browser that went away, a time-out. What was asked
/// for is done or not by the rules, not by the moment at which the other side left. Besides, a `BEGIN` that is given up
/// half way leaves a pooled connection of sqlx 0.8 inside a transaction (sqlx's issues 4385 and 4393): whoever gets it next
/// writes into nowhere.
///
/// # Errors
/// The act's own, or that it was [`BrokenOff`].
pub async fn to_the_end<T: Send + 'static, E: From<BrokenOff> + Send + 'static>(
    act: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    tokio::spawn(act.in_current_span())
        .await
        .unwrap_or_else(|error| Err(BrokenOff(error).into()))
}
