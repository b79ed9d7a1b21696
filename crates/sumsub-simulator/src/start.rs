use std::sync::Arc;

use axum::{Router, middleware::from_fn_with_state};
use sqlx::PgPool;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    config::SimulatorConfig,
    origin, pages, rest, sender,
    simulator::{Inner, Simulator, SimulatorError},
};

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
            shutdown,
        });
        sender::take_over(&inner.pool).await?;
        let tracker = TaskTracker::new();
        tracker.spawn(sender::run(Arc::clone(&inner), http));
        tracker.close();
        Ok(Self { inner, tracker })
    }

    /// The REST API and the pages, to be nested under the path of [`SimulatorConfig::base_url`].
    pub fn router(&self) -> Router {
        rest::router(self)
            .merge(pages::router().layer(from_fn_with_state(self.clone(), origin::guard)))
            .with_state(self.clone())
    }
}
