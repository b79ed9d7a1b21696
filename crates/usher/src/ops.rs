//! The ops listener: health and metrics.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use sqlx::PgPool;

use crate::database::schema_gap;

/// A probe that takes longer counts as failed: who asks has a time-out too.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the endpoints look at.
#[derive(Clone)]
pub struct Ops {
    /// A connection that nobody else can take.
    pub pool: PgPool,
    pub metrics: PrometheusHandle,
    pub loops: crate::loops::Loops,
}

/// One thing that has to be in order.
#[derive(Serialize)]
pub struct Check {
    pub name: String,
    pub ok: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Serialize)]
struct Health {
    ready: bool,
    checks: Vec<Check>,
}

/// `/health/live`, `/health/ready`, `/metrics`.
pub fn router(ops: Ops) -> Router {
    Router::new()
        .route(
            "/health/live",
            get(async || Json(serde_json::json!({ "live": true }))),
        )
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .with_state(ops)
}

async fn ready(State(ops): State<Ops>) -> impl IntoResponse {
    let checks = checks(&ops).await;
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(Health { ready, checks }))
}

async fn checks(ops: &Ops) -> Vec<Check> {
    let check = |name: &str, reason: Option<String>| Check {
        name: name.to_owned(),
        ok: reason.is_none(),
        reason,
    };
    let asked = tokio::time::timeout(PATIENCE, schema_gap(&ops.pool)).await;
    let (database, schema) = match asked {
        Ok(Ok(gap)) => (None, gap),
        Ok(Err(error)) => (
            Some(format!("the database doesn't answer: {error}")),
            Some("unknown while the database is away".to_owned()),
        ),
        Err(_) => (
            Some(format!(
                "the database doesn't answer within {} s",
                PATIENCE.as_secs()
            )),
            Some("unknown while the database is away".to_owned()),
        ),
    };
    let mut checks = vec![check("database", database), check("migrations", schema)];
    checks.extend(
        ops.loops
            .states()
            .into_iter()
            .map(|(name, reason)| check(name, reason)),
    );
    checks
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
