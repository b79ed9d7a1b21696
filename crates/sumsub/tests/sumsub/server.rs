use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use sumsub::{Client, LinkRequest, SumsubConfig, signature};
use tokio::net::TcpListener;
use url::Url;

pub const KEY: &str = "dev_secret_key";

#[derive(Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub body: Bytes,
    pub signed: bool,
}

pub enum Answer {
    Say(u16, &'static str),
    Ask(u16, &'static str, &'static str),
    Redirect(&'static str),
    Hang,
}
use Answer::{Ask, Hang, Redirect, Say};

#[derive(Clone, Default)]
pub struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

async fn answer(
    State(script): State<Script>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let path = uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let time: i64 = header(signature::TIME_HEADER).parse().unwrap_or_default();
    let signed = header(signature::TOKEN_HEADER) == "sbx:dev_token"
        && (chrono::Utc::now().timestamp() - time).abs() < 10
        && signature::fits(
            header(signature::SIGNATURE_HEADER),
            &KEY.into(),
            time,
            method.as_str(),
            &path,
            &body,
        );
    script.seen.lock().unwrap().push(Seen {
        method,
        path,
        body,
        signed,
    });
    let next = script.answers.lock().unwrap().pop_front();
    match next {
        Some(Say(status, body)) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Some(Ask(status, retry_after, body)) => (
            StatusCode::from_u16(status).unwrap(),
            [(header::RETRY_AFTER, retry_after)],
            body,
        )
            .into_response(),
        Some(Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Hang) => std::future::pending().await,
        None => (StatusCode::IM_A_TEAPOT, "the script has no more answers").into_response(),
    }
}

/// A client of a server that gives these answers one after the other.
pub async fn scripted(answers: impl IntoIterator<Item = Answer>) -> (Client, Script) {
    let script = Script {
        answers: Arc::new(Mutex::new(answers.into_iter().collect())),
        ..Script::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/sumsub", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(script.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (client(&base_url), script)
}

pub fn client(base_url: &str) -> Client {
    let mut config = SumsubConfig::new(
        Url::parse(base_url).unwrap(),
        "sbx:dev_token".into(),
        KEY.into(),
    );
    config.timeout = Duration::from_millis(300);
    config.first_pause = Duration::from_millis(10);
    config.longest_pause = Duration::from_millis(400);
    Client::new(config).unwrap()
}

pub fn link_request() -> LinkRequest {
    LinkRequest {
        level_name: "basic-kyc-level".to_owned(),
        user_id: "0199-prospect".to_owned(),
        ttl: Duration::from_secs(7 * 24 * 3600),
        email: Some("ann@example.com".to_owned()),
        phone: None,
        redirect: None,
    }
}

pub const LINK: Answer = Say(200, r#"{"url":"https://in.sumsub.com/websdk/p/abc"}"#);
pub const OOPS: Answer = Say(
    500,
    r#"{"code":500,"correlationId":"req-1","description":"Internal error"}"#,
);

pub fn seen(script: &Script) -> Vec<Seen> {
    script.seen.lock().unwrap().clone()
}
