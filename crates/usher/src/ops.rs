//! The ops listener: health and metrics.

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

use crate::health::{Check, Health};

/// What the endpoints look at.
#[derive(Clone)]
pub struct Ops {
    pub health: Health,
    pub metrics: PrometheusHandle,
}

#[derive(Serialize)]
struct Ready {
    ready: bool,
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Live {
    live: bool,
    /// What hangs or has ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<Check>,
}

/// `/health/live`, `/health/ready`, `/metrics`.
pub fn router(ops: Ops) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

async fn ready(State(ops): State<Ops>) -> impl IntoResponse {
    let checks = ops.health.ready().await;
    let ready = checks.iter().all(|check| check.ok);
    (status(ready), Json(Ready { ready, checks }))
}

/// Asks no database: one that is away must not restart all servers.
async fn live(State(ops): State<Ops>) -> impl IntoResponse {
    let mut checks = ops.health.live();
    checks.retain(|check| !check.ok);
    let live = checks.is_empty();
    (status(live), Json(Live { live, checks }))
}

fn status(well: bool) -> StatusCode {
    if well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn metrics(State(ops): State<Ops>) -> impl IntoResponse {
    ops.metrics.run_upkeep();
    (
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        ops.metrics.render(),
    )
}
