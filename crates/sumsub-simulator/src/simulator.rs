use std::sync::Arc;

use sqlx::PgPool;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::config::SimulatorConfig;

/// The running simulator. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
    pub(crate) tracker: TaskTracker,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: SimulatorConfig,
    pub(crate) pool: PgPool,
    /// Told when a webhook may have become due.
    pub(crate) wake: Notify,
    /// Cancelled when the simulator has to stop.
    pub(crate) shutdown: CancellationToken,
}

/// Why the simulator does not start.
#[derive(Debug, Error)]
pub enum SimulatorError {
    /// The database refuses its tables.
    #[error(
        "the Sumsub simulator cannot make its tables (schema dev_sumsub): {0}; start anew with --fresh if another version made them"
    )]
    Database(#[from] sqlx::Error),
    /// There is no HTTP client to send webhooks with.
    #[error("the Sumsub simulator cannot send webhooks: {0}")]
    Http(#[from] reqwest::Error),
}

impl Simulator {
    /// Waits until sending has stopped, after `shutdown` was cancelled.
    pub async fn stopped(&self) {
        self.tracker.wait().await;
    }
}
