//! The customer portal, and beside it the webhook.

mod choose_password;
mod home;
mod sign_in;
mod visitor;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use customer::Onboarding;
use deposit::Deposits;
use sqlx::PgPool;
use user_onboarding::BuiltInIdentity;

use crate::{
    config::WebConfig,
    door,
    origin::OwnOrigins,
    session::{Door, Sessions},
    throttle::LoginThrottle,
};

/// What the public listener works with.
#[derive(Clone)]
pub struct PublicState {
    /// For the sessions.
    pub pool: PgPool,
    /// The customers' logins.
    pub identity: BuiltInIdentity,
    /// Where a customer stands.
    pub onboarding: Onboarding,
    /// Account numbers and balances.
    pub deposits: Deposits,
    /// Addresses, lifetimes, the contact.
    pub config: Arc<WebConfig>,
    /// Sumsub's way in: it needs no session, sends no `Origin`, and answers programs.
    pub webhook: Router,
}

#[derive(Clone)]
struct PortalState {
    public: PublicState,
    throttle: Arc<LoginThrottle>,
}

/// The portal's pages and the webhook. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: login is
/// throttled by address.
pub fn router(state: PublicState) -> Router {
    let sessions = Sessions::new(state.pool.clone(), Door::Portal);
    let webhook = state.webhook.clone();
    let config = state.config.clone();
    let pages = Router::new()
        .route("/", get(home::page))
        .route("/login", get(sign_in::form).post(sign_in::submit))
        .route("/logout", post(sign_in::out))
        .route(
            "/password",
            get(choose_password::form).post(choose_password::submit),
        )
        .with_state(PortalState {
            public: state,
            throttle: Arc::default(),
        })
        .layer(sessions.layer(&config));
    door::around(pages, OwnOrigins::of(&config.public_url), Door::Portal).merge(webhook)
}
