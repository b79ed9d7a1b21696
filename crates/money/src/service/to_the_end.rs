use tracing::Instrument as _;

use crate::MoneyError;

/// Runs a movement to its end, also when nobody waits for it any more: a browser that went away, a time-out. What was asked
/// for is done or not by the rules, not by the moment at which the other side left. Besides, a `BEGIN` that is given up
/// half way leaves a pooled connection of sqlx 0.8 inside a transaction (sqlx's issues 4385 and 4393): whoever gets it next
/// writes into nowhere.
pub(super) async fn to_the_end<T: Send + 'static>(
    movement: impl Future<Output = Result<T, MoneyError>> + Send + 'static,
) -> Result<T, MoneyError> {
    tokio::spawn(movement.in_current_span())
        .await
        .unwrap_or_else(|error| {
            Err(MoneyError::Entity {
                message: format!("the program failed in the middle of it: {error}"),
                transient: false,
            })
        })
}
