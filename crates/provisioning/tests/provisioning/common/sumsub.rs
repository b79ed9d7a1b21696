//! A Sumsub that makes links, unless it is away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use ::sumsub::{Client, Secret, SumsubConfig};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

/// It says 500 to everything while it is away.
#[derive(Clone)]
pub struct Sumsub {
    url: url::Url,
    away: Arc<AtomicBool>,
    links: Arc<AtomicUsize>,
}

impl Sumsub {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sumsub = Self {
            url: url.parse().unwrap(),
            away: Arc::default(),
            links: Arc::default(),
        };
        let routes = Router::new()
            .route("/resources/applicants/{named}/one", get(nobody))
            .route("/resources/sdkIntegrations/levels/-/websdkLink", post(link))
            .with_state(sumsub.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        sumsub
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(SumsubConfig {
            first_pause: Duration::from_millis(1),
            ..SumsubConfig::new(self.url.clone(), Secret::new("prd:t"), Secret::new("k"))
        })
        .unwrap()
    }

    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::Relaxed);
    }

    /// How many links it has made.
    pub fn links(&self) -> usize {
        self.links.load(Ordering::Relaxed)
    }
}

async fn link(State(sumsub): State<Sumsub>) -> Result<Json<Value>, StatusCode> {
    if sumsub.away.load(Ordering::Relaxed) {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let number = sumsub.links.fetch_add(1, Ordering::Relaxed) + 1;
    Ok(Json(
        json!({"url": format!("https://in.sumsub.test/link-{number}")}),
    ))
}

async fn nobody(State(sumsub): State<Sumsub>) -> (StatusCode, Json<Value>) {
    let status = if sumsub.away.load(Ordering::Relaxed) {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::NOT_FOUND
    };
    let code = status.as_u16();
    (
        status,
        Json(json!({"code": code, "correlationId": "r", "description": "no such applicant"})),
    )
}
