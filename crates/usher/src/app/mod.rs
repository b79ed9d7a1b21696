//! The assembly: every part of Usher, wired to its neighbours. Start reading here: `services` wires them, `background` starts their
//! loops, and the pages are made of them here.

mod background;
mod identity;
mod invitations;
mod names;
mod services;
mod settings;
mod upkeep;

use std::sync::Arc;

use access::{ApiTokens, AuditLog};
use axum::Router;
use customer::callback_log::ingest::Ingest;
use kernel::Database;
use provisioning::Board;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use web::{AdminServices, PublicState, WebConfig, webhook::WebhookState};

pub use identity::{examine as examine_keycloak, urls as keycloak_urls};
pub use invitations::Invitations;
pub use settings::{DevSettings, Settings, levels, smtp_config, sumsub_config};
pub use upkeep::last_seal;

use self::services::Services;
use crate::{database::Reserved, failure::Failure, loops::Loops};

/// The pages of the two listeners that browsers reach.
pub struct App {
    pub admin: Router,
    pub public: Router,
}

impl App {
    /// Wires everything and starts the background loops. The schema has to be current.
    ///
    /// # Errors
    /// When the database doesn't answer, or a part can't use its settings.
    pub async fn open(
        pool: &Database,
        reserved: &Reserved,
        settings: Settings,
        loops: &Loops,
    ) -> Result<Self, Failure> {
        // Before anything is stored: this process's own clock may be wrong.
        clock::measure(pool).await.map_err(part("clock"))?;
        let keeping = clock::keep(PgPool::clone(pool), loops.stop_token());
        loops.spawn("database_time", keeping);
        if outbox::renew_era(pool).await.map_err(part("outbox"))? {
            upkeep::say_new_era();
        }
        let services = Services::open(pool, &settings).await?;
        let ingest = Ingest::start(reserved.webhooks.clone());
        background::start(&services, &ingest, reserved, settings.keep_events, loops);
        let webhook = web::webhook::router(WebhookState {
            ingest,
            secrets: settings.webhook_secrets.into(),
            allow_sha1: settings.allow_sha1,
        });
        let config = Arc::new(settings.web);
        Ok(Self {
            admin: admin(&services, &config, loops.stop_token()),
            public: public(services, config, webhook),
        })
    }
}

fn admin(services: &Services, config: &Arc<WebConfig>, shutdown: CancellationToken) -> Router {
    let pool = &services.pool;
    let identity = &services.identity;
    let logins = Arc::clone(&identity.provider);
    web::admin_router(AdminServices {
        pool: pool.clone(),
        operators: Arc::clone(&identity.operators),
        sign_in: identity.operator_sign_in.clone(),
        bearer: identity.bearer.clone(),
        tokens: ApiTokens::new(pool.clone()),
        invitations: Arc::new(services.invitations.clone()),
        audit: AuditLog::new(pool.clone()),
        outbox: services.outbox.clone(),
        board: Board::new(pool.clone(), services.access.clone(), logins),
        deposits: services.ledger.clone(),
        money: services.deposits.clone(),
        credit: services.credit.clone(),
        onboarding: services.onboarding.clone(),
        config: Arc::clone(config),
        shutdown,
    })
}

fn public(services: Services, config: Arc<WebConfig>, webhook: Router) -> Router {
    web::public_router(PublicState {
        pool: services.pool,
        sign_in: services.identity.customer_sign_in,
        logins: services.identity.provider,
        onboarding: services.onboarding,
        deposits: services.ledger,
        money: services.deposits,
        credit: services.credit,
        config,
        webhook,
    })
}

/// Why a part of Usher doesn't start.
fn part<E: std::fmt::Display>(name: &'static str) -> impl FnOnce(E) -> Failure {
    move |error| Failure::other(format!("The {name} can't be started: {error}."))
}
