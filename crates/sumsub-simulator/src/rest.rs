//! Sumsub's REST API, as far as `sumsub::Client` uses it.

mod auth;
mod calls;
mod describe;
mod error;
mod trouble;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{any, get, post},
};

use crate::simulator::Simulator;

/// Each call asks for the signature first, then goes wrong if it is to, then does what it is for.
pub(crate) fn router(simulator: &Simulator) -> Router<Simulator> {
    Router::new()
        .route(
            "/resources/sdkIntegrations/levels/-/websdkLink",
            post(calls::create_link),
        )
        .route("/resources/applicants/-/levels", get(calls::levels))
        .route("/resources/applicants", post(calls::create_applicant))
        .route("/resources/applicants/{applicant}/one", get(calls::one))
        .route(
            "/resources/applicants/{applicant}/status",
            get(calls::status),
        )
        .route(
            "/resources/applicants/{applicant}/status/testCompleted",
            post(calls::test_completed),
        )
        .route("/resources/{*rest}", any(calls::unknown))
        .method_not_allowed_fallback(calls::unknown)
        .layer(from_fn_with_state(simulator.clone(), trouble::make))
        .layer(from_fn_with_state(simulator.clone(), auth::authenticate))
}
