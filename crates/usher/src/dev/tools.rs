//! The dev tools' listener: the Sumsub simulator, the mailbox, and a page that leads to both and sets the clock forward.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use customer::primitives::CustomerType;
use mail::mailbox::Mailbox;
use sqlx::PgPool;
use sumsub::Secret;
use sumsub_simulator::{Level, Simulator, SimulatorConfig};
use url::Url;

use super::{first_page::FirstPage, secrets::DevSecrets};
use crate::{app::levels, config::Loaded, failure::Failure, loops::Loops};

/// The running tools.
pub struct Tools {
    pub router: Router,
    /// Where the mailbox takes mail.
    pub smtp: SocketAddr,
}

impl Tools {
    /// Starts both on the private database; they end with the loops.
    ///
    /// # Errors
    /// When the database refuses their tables.
    pub async fn start(
        pool: &PgPool,
        sumsub_url: &Url,
        webhook_url: &Url,
        loaded: &Loaded,
        secrets: &DevSecrets,
        loops: &Loops,
    ) -> Result<Self, Failure> {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mailbox = Mailbox::start(pool.clone(), any_port, loops.stop_token())
            .await
            .map_err(|error| Failure::other(format!("{error}.")))?;
        let mut config = SimulatorConfig::new(
            sumsub_url.clone(),
            Secret::new(secrets.sumsub_app_token.as_str()),
            Secret::new(secrets.sumsub_secret_key.as_str()),
            webhook_url.clone(),
            Secret::new(secrets.webhook_secret.as_str()),
        );
        config.levels = simulated_levels(loaded);
        let simulator = Simulator::start(config, pool.clone(), loops.stop_token())
            .await
            .map_err(|error| Failure::other(format!("{error}.")))?;
        let first_page = FirstPage::new(pool.clone(), sumsub_url.clone());
        let router = Router::new()
            .merge(first_page.router())
            .nest("/sumsub", simulator.router())
            .merge(mailbox.router());
        let smtp = mailbox.smtp_address();
        loops.hold("mailbox", async move { mailbox.stopped().await });
        loops.hold("simulator", async move { simulator.stopped().await });
        Ok(Self { router, smtp })
    }
}

/// Every level that a prospect may be sent to; the simulator refuses others, as Sumsub does.
fn simulated_levels(loaded: &Loaded) -> Vec<Level> {
    let levels = levels(&loaded.config);
    let mut simulated = Vec::new();
    for &customer_type in CustomerType::ALL {
        let name = levels.level_for(customer_type);
        let level = match customer_type {
            CustomerType::Individual => Level::individual(name),
            _ => Level::company(name),
        };
        if !simulated.contains(&level) {
            simulated.push(level);
        }
    }
    simulated
}
