use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use reqwest::{Response, redirect};
use serde_json::Value;
use sumsub::{
    Applicant, Client, LinkRequest, Secret, SumsubConfig,
    webhook::{Callback, DigestError, verify},
};
use sumsub_simulator::{Simulator, SimulatorConfig};
use testkit::TestDatabase;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

pub const TOKEN: &str = "sbx:dev_token";
pub const KEY: &str = "dev_key";
pub const WEBHOOK_SECRET: &str = "dev_webhook_secret";

/// A webhook as it came in.
#[derive(Clone)]
pub struct Received {
    pub signed: Result<(), DigestError>,
    pub algorithm: String,
    pub callback: Callback,
    pub body: Bytes,
}

impl Received {
    pub fn kind(&self) -> &str {
        self.callback.type_.as_deref().unwrap_or_default()
    }
}

/// What the receiver answers next; 200 when the list is empty, nothing at all for 0.
#[derive(Clone, Default)]
pub struct Receiver {
    pub answers: Arc<Mutex<VecDeque<u16>>>,
    received: Arc<Mutex<Vec<Received>>>,
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = verify(
        text("x-payload-digest-alg"),
        text("x-payload-digest"),
        &body,
        &[WEBHOOK_SECRET.into()],
        true,
    );
    let callback = Callback::parse(&body).unwrap();
    let algorithm = text("x-payload-digest-alg").unwrap_or_default().to_owned();
    receiver.received.lock().unwrap().push(Received {
        signed,
        algorithm,
        callback,
        body,
    });
    let next = receiver.answers.lock().unwrap().pop_front();
    match next {
        Some(0) => std::future::pending().await,
        Some(status) => StatusCode::from_u16(status).unwrap(),
        None if signed.is_ok() => StatusCode::OK,
        None => StatusCode::UNAUTHORIZED,
    }
}

impl Receiver {
    pub fn all(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

pub async fn wait_for(what: &str, mut happened: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !happened().await {
        assert!(Instant::now() < end, "waited 20 s for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub struct Stage {
    pub database: TestDatabase,
    pub receiver: Receiver,
    pub base_url: Url,
    pub client: Client,
    pub http: reqwest::Client,
    config: SimulatorConfig,
    shutdown: CancellationToken,
    simulator: Simulator,
}

impl Stage {
    /// What came once so many have come and none is left to be sent.
    pub async fn exactly(&self, count: usize) -> Vec<Received> {
        let left =
            "SELECT EXISTS (SELECT FROM dev_sumsub.webhooks WHERE state IN ('waiting', 'sending'))";
        wait_for(&format!("{count} webhooks"), async || {
            let left = sqlx::query_scalar::<_, bool>(left).fetch_one(&self.database.pool);
            self.receiver.all().len() >= count && !left.await.unwrap()
        })
        .await;
        let all = self.receiver.all();
        let kinds: Vec<&str> = all.iter().map(Received::kind).collect();
        assert_eq!(all.len(), count, "{kinds:?}");
        all
    }

    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A simulator nested under `/sumsub`, its webhooks going to a receiver, retries after 50 ms.
    pub async fn with(adjust: impl FnOnce(&mut SimulatorConfig)) -> Self {
        let database = testkit::database().await;
        let receiver = Receiver::default();
        let webhook = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook_url = Url::parse(&format!(
            "http://{}/webhook/sumsub",
            webhook.local_addr().unwrap()
        ))
        .unwrap();
        let router = Router::new()
            .route("/webhook/sumsub", post(receive))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(webhook, router).await });

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url =
            Url::parse(&format!("http://{}/sumsub", listener.local_addr().unwrap())).unwrap();
        let mut config = SimulatorConfig::new(
            base_url.clone(),
            TOKEN.into(),
            KEY.into(),
            webhook_url,
            WEBHOOK_SECRET.into(),
        );
        config.retries = vec![Duration::from_millis(50); 3];
        adjust(&mut config);
        let client = client(&base_url, config.app_token.clone(), KEY.into());
        let shutdown = CancellationToken::new();
        let simulator = Simulator::start(config.clone(), database.pool.clone(), shutdown.clone())
            .await
            .unwrap();
        let router = Router::new().nest("/sumsub", simulator.router());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            database,
            receiver,
            base_url,
            client,
            http,
            config,
            shutdown,
            simulator,
        }
    }

    pub async fn link(&self, user_id: &str) -> Url {
        self.client
            .create_link(&link_request(user_id))
            .await
            .unwrap()
            .url
    }

    /// Every link's time is over.
    pub async fn links_end(&self) {
        sqlx::query("UPDATE dev_sumsub.links SET expires_at = now()")
            .execute(&self.database.pool)
            .await
            .unwrap();
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// Sends a form as a browser does, and expects to be sent back to the page.
    pub async fn press(&self, link: &Url, action: &str, fields: &[(&str, &str)]) -> Response {
        let answer = self
            .http
            .post(format!("{link}/{action}"))
            .form(fields)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 303, "{action}");
        assert_eq!(answer.headers()["location"].to_str().unwrap(), link.path());
        answer
    }

    /// A page as one reads it.
    pub async fn page(&self, url: impl reqwest::IntoUrl) -> String {
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    /// What a form is answered with, whatever it is.
    pub async fn post(&self, link: &Url, action: &str, fields: &[(&str, &str)]) -> u16 {
        let request = self.http.post(format!("{link}/{action}")).form(fields);
        request.send().await.unwrap().status().as_u16()
    }

    /// The applicant as REST tells it.
    pub async fn applicant(&self, user_id: &str) -> Applicant {
        let found = self.client.applicant_by_external_id(user_id).await;
        found.unwrap().unwrap()
    }

    /// A link for a company.
    pub async fn company_link(&self, user_id: &str) -> Url {
        let request = LinkRequest {
            level_name: "basic-kyb-level".to_owned(),
            ..link_request(user_id)
        };
        self.client.create_link(&request).await.unwrap().url
    }

    pub async fn switch(&self, switches: Value) {
        let answer = self
            .http
            .put(self.url("/switches"))
            .json(&switches)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// The webhooks as the simulator lists them, the oldest first.
    pub async fn listed(&self) -> Vec<Value> {
        let mut listed: Vec<Value> = self
            .http
            .get(self.url("/webhooks"))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        listed.reverse();
        listed
    }

    pub async fn send_again(&self, id: &Value) {
        let answer = self
            .http
            .post(self.url(&format!("/webhooks/{id}/send")))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 303);
    }

    /// Ends the simulator's sending and starts it anew on the same database.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.shutdown = CancellationToken::new();
        self.simulator = Simulator::start(
            self.config.clone(),
            self.database.pool.clone(),
            self.shutdown.clone(),
        )
        .await
        .unwrap();
    }

    pub async fn stop(&self) {
        self.shutdown.cancel();
        self.simulator.stopped().await;
    }
}

pub fn client(base_url: &Url, app_token: Secret, secret_key: Secret) -> Client {
    let mut config = SumsubConfig::new(base_url.clone(), app_token, secret_key);
    config.tries = 1;
    Client::new(config).unwrap()
}

pub fn link_request(user_id: &str) -> LinkRequest {
    LinkRequest {
        level_name: "basic-kyc-level".to_owned(),
        user_id: user_id.to_owned(),
        ttl: Duration::from_secs(3600),
        email: Some("ann@example.com".to_owned()),
        phone: None,
        redirect: None,
    }
}
