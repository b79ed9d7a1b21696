//! The admin panel.

mod acting;
mod acts;
mod audit;
mod auth;
mod callback;
mod callbacks;
mod customer;
mod dialog;
mod events;
mod history;
mod home;
mod list;
mod login;
mod names;
mod new_prospect;
mod prospect;
mod provisioning;
mod raised;
mod record;
mod records;
mod steps;
mod words;

use std::sync::Arc;

use ::customer::Onboarding;
use ::provisioning::Board;
use access::{ApiTokens, AuditLog, Operators};
use axum::{
    Router, middleware,
    routing::{get, post},
};
use deposit::Deposits;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

use self::{acting::Record, customer::CustomerRecord, prospect::ProspectRecord};
use crate::{
    config::WebConfig,
    door,
    origin::OwnOrigins,
    session::{Door, Sessions},
    throttle::LoginThrottle,
};

/// What the panel works with.
#[derive(Clone)]
pub struct AdminState {
    /// For the sessions.
    pub pool: PgPool,
    /// Who may sign in.
    pub operators: Operators,
    /// Bearer tokens, accepted on every route.
    pub tokens: ApiTokens,
    /// What was decided.
    pub audit: AuditLog,
    /// Prospects and customers.
    pub onboarding: Onboarding,
    /// What provisioning does.
    pub board: Board,
    /// Account codes and balances.
    pub deposits: Deposits,
    /// Addresses and lifetimes.
    pub config: Arc<WebConfig>,
    /// Ends the event streams, which would otherwise keep a graceful shutdown waiting.
    pub shutdown: CancellationToken,
}

/// The panel's pages, and the sweeping out of expired sessions. Call it inside the runtime. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: login is throttled by address.
pub fn router(state: AdminState) -> Router {
    let sessions = Sessions::new(state.pool.clone(), Door::Admin);
    tokio::spawn(sessions.clone().sweep(state.shutdown.clone()));
    let throttle = Arc::new(LoginThrottle::default());
    let open = Router::new()
        .route("/login", get(login::form).post(login::submit))
        .with_state((state.clone(), throttle))
        .route("/logout", post(login::out));
    let pages = Router::new()
        .route("/", get(home::show))
        .route(
            "/raised/{id}/resolve",
            get(raised::ask).post(raised::resolve),
        )
        .route(
            "/prospects",
            get(records::prospects).post(new_prospect::create),
        )
        .route(
            "/prospects/new",
            get(new_prospect::form).post(new_prospect::review),
        )
        .merge(record::<ProspectRecord>("/prospects"))
        .route("/customers", get(records::customers))
        .merge(record::<CustomerRecord>("/customers"))
        .route(
            "/customers/{public_id}/provisioning/retry",
            post(customer::retry),
        )
        .route("/customers/{public_id}/provisioning/{id}", get(steps::show))
        .route("/callbacks", get(callbacks::show))
        .route("/callbacks/{id}", get(callback::show))
        .route(
            "/callbacks/{id}/reprocess",
            get(callback::ask).post(callback::reprocess),
        )
        .route("/provisioning", get(provisioning::show))
        .route(
            "/provisioning/retry/{customer}/{step}",
            post(provisioning::retry),
        )
        .route(
            "/provisioning/retry-all/{waits_for}",
            get(provisioning::ask).post(provisioning::retry_all),
        )
        .route("/audit", get(audit::show))
        .route("/events", get(events::stream))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require))
        .with_state(state.clone());
    door::around(
        open.merge(pages).layer(sessions.layer(&state.config)),
        OwnOrigins::of(&state.config.admin_url),
        Door::Admin,
    )
}

/// The pages of one record: shown, asked, done.
fn record<R: Record>(list: &str) -> Router<AdminState> {
    Router::new()
        .route(&format!("{list}/{{public_id}}"), get(acting::show::<R>))
        .route(
            &format!("{list}/{{public_id}}/verification-link"),
            post(acting::generate_link::<R>),
        )
        .route(
            &format!("{list}/{{public_id}}/{{act}}"),
            get(acting::ask::<R>).post(acting::act::<R>),
        )
}
