use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state};
use sqlx::PgPool;
use thiserror::Error;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{config::SimulatorConfig, origin, pages, rest, sender};

/// The running simulator. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub(crate) inner: Arc<Inner>,
    tracker: TaskTracker,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) config: SimulatorConfig,
    pub(crate) pool: PgPool,
    /// Told when a webhook may have become due.
    pub(crate) wake: Notify,
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
    /// Makes the tables that are missing and begins to send webhooks, those included that an earlier run left unsent.
    ///
    /// `pool` leads to the private database. When `shutdown` is cancelled, sending stops; what was under way is sent again
    /// at the next start. One simulator per database.
    ///
    /// # Errors
    /// When the database refuses its tables, or no HTTP client can be made.
    pub async fn start(
        config: SimulatorConfig,
        pool: PgPool,
        shutdown: CancellationToken,
    ) -> Result<Self, SimulatorError> {
        let mut transaction = pool.begin().await?;
        sqlx::raw_sql(include_str!("../schema.sql"))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        let http = sender::http(&config)?;
        let inner = Arc::new(Inner {
            config,
            pool,
            wake: Notify::new(),
        });
        sender::take_over(&inner.pool).await?;
        let tracker = TaskTracker::new();
        tracker.spawn(sender::run(Arc::clone(&inner), http, shutdown));
        tracker.close();
        Ok(Self { inner, tracker })
    }

    /// The REST API and the pages, to be nested under the path of [`SimulatorConfig::base_url`].
    pub fn router(&self) -> Router {
        rest::router()
            .layer(from_fn_with_state(self.clone(), rest::authenticate))
            .merge(pages::router().layer(from_fn_with_state(self.clone(), origin::guard)))
            .with_state(self.clone())
    }

    /// Waits until sending has stopped, after `shutdown` was cancelled.
    pub async fn stopped(&self) {
        self.tracker.wait().await;
    }
}
