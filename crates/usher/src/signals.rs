//! SIGTERM, Ctrl-C and a closed terminal end the process cleanly.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;

/// A token that is cancelled at the first such signal.
///
/// # Errors
/// When the signals can't be listened to.
pub fn stop_token() -> Result<CancellationToken, Failure> {
    let token = CancellationToken::new();
    for kind in [
        SignalKind::terminate(),
        SignalKind::interrupt(),
        SignalKind::hangup(),
    ] {
        let mut signals = signal(kind)
            .map_err(|error| Failure::other(format!("Signals can't be listened to: {error}.")))?;
        let token = token.clone();
        tokio::spawn(async move {
            if signals.recv().await.is_some() {
                token.cancel();
            }
        });
    }
    Ok(token)
}
