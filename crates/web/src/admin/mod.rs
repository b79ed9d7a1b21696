//! The admin panel.

mod auth;
mod customer;
mod customers;
mod events;
mod history;
mod list;
mod login;
mod new_prospect;
mod prospect;
mod prospects;
mod steps;
mod words;

use std::sync::Arc;

use ::customer::Onboarding;
use access::{ApiTokens, Operators};
use axum::{
    Router, middleware,
    response::Redirect,
    routing::{get, post},
};
use deposit::Deposits;
use provisioning::Board;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;

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
        .route("/", get(|| async { Redirect::to("/prospects") }))
        .route(
            "/prospects",
            get(prospects::show).post(new_prospect::create),
        )
        .route(
            "/prospects/new",
            get(new_prospect::form).post(new_prospect::review),
        )
        .route("/prospects/{public_id}", get(prospect::show))
        .route(
            "/prospects/{public_id}/verification-link",
            post(prospect::generate_link),
        )
        .route("/customers", get(customers::show))
        .route("/customers/{public_id}", get(customer::show))
        .route(
            "/customers/{public_id}/provisioning/retry",
            post(customer::retry),
        )
        .route("/customers/{public_id}/provisioning/{id}", get(steps::show))
        .route("/events", get(events::stream))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require))
        .with_state(state.clone());
    door::around(
        open.merge(pages).layer(sessions.layer(&state.config)),
        OwnOrigins::of(&state.config.admin_url),
        Door::Admin,
    )
}
