//! The API for programs: `POST /graphql`, `POST /graphql/stream` (SSE) and `/graphql/ws` (WebSocket). What it says stands in
//! the crate `graphql`; here is who gets in, how requests come and how answers go.
//!
//! Nothing here redirects or answers a page: whatever goes wrong is GraphQL's JSON, with a code and the request id.

mod authentication;
mod failure;
mod http;
mod operation;
mod sse;
mod ws;

use std::time::Duration;

use ::graphql::{Schema, Services};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_sessions::SessionManagerLayer;

use super::AdminState;
use crate::{origin::OwnOrigins, session::Sessions, site};

/// The most bytes of a request's body.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// A request has to have arrived, and a query or mutation to be answered, within this time.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// For so many connections to the database one field is looked up at a time, for all programs together: about half of the
/// connections are in the hands of the background work for good, and pages need some.
const CONNECTIONS_PER_FIELD: u32 = 5;

/// What the transports work with.
#[derive(Clone)]
struct Api {
    state: AdminState,
    schema: Schema,
    own: OwnOrigins,
}

/// The API's routes, with their own guard, limits and errors.
pub fn routes(
    state: AdminState,
    own: OwnOrigins,
    sessions: SessionManagerLayer<Sessions>,
) -> Router {
    let services = Services {
        onboarding: state.onboarding.clone(),
        board: state.board.clone(),
        ledger: state.deposits.clone(),
        deposits: state.money.clone(),
        credit: state.credit.clone(),
        audit: state.audit.clone(),
        operators: state.operators.clone(),
        tokens: state.tokens.clone(),
    };
    let connections = state.pool.options().get_max_connections();
    let concurrent_fields = usize::try_from(connections / CONNECTIONS_PER_FIELD).unwrap_or(1);
    let schema = ::graphql::schema(services, concurrent_fields);
    Router::new()
        .route("/graphql", post(http::answer))
        .route("/graphql/stream", post(sse::stream))
        .route("/graphql/ws", get(ws::upgrade))
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn(failure::shape))
                .layer(CatchPanicLayer::custom(site::panicked))
                .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
                .layer(sessions),
        )
        .with_state(Api { state, schema, own })
}
