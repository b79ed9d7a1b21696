//! The first page of the dev tools, which leads to the others and sets the clock forward (`POST /clock`).

use std::time::Duration;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use clock::movable;
use serde::Serialize;
use sqlx::PgPool;
use sumsub_simulator::is_from_own_page;
use url::Url;

const PAGE: &str = include_str!("first_page.html");
/// A page of its own style and forms, and nothing from elsewhere.
const HEADERS: [(HeaderName, &str); 2] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
];
/// How far ahead the clock may be in all: retention takes years, and a date of five digits no page can show.
const AHEAD_AT_MOST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The private database, with the owner's role, and where the page is.
#[derive(Clone)]
pub struct FirstPage {
    owner: PgPool,
    url: Url,
}

/// What time it is now in the database and everywhere in this process.
#[derive(Serialize)]
struct Now {
    now: DateTime<Utc>,
    /// By how many seconds it is ahead of the machine's time.
    ahead_seconds: u64,
}

impl Now {
    fn get() -> Self {
        Self {
            now: clock::now(),
            ahead_seconds: clock::ahead().as_secs(),
        }
    }
}

impl FirstPage {
    /// On the private database, below this URL of the dev tools' listener.
    #[must_use]
    pub fn new(owner: PgPool, url: Url) -> Self {
        Self { owner, url }
    }

    /// The page and the clock.
    pub fn router(self) -> Router {
        Router::new()
            .route("/", get(page))
            .route("/clock", post(set_forward))
            .with_state(self)
    }
}

async fn page() -> Response {
    let now = clock::now().format("%Y-%m-%d %H:%M:%S UTC").to_string();
    let words = match in_words(clock::ahead()).as_str() {
        "" => format!("It is {now}."),
        ahead => format!("It is {now}: {ahead} ahead."),
    };
    (HEADERS, Html(PAGE.replace("{now}", &words))).into_response()
}

/// Days, hours, minutes and seconds, such as "3 days 2 h"; of no time, nothing.
fn in_words(duration: Duration) -> String {
    let mut left = duration.as_secs();
    let mut words = Vec::new();
    for (unit, one, many) in [
        (24 * 60 * 60, "day", "days"),
        (60 * 60, "h", "h"),
        (60, "min", "min"),
        (1, "s", "s"),
    ] {
        match left / unit {
            0 => {}
            1 => words.push(format!("1 {one}")),
            count => words.push(format!("{count} {many}")),
        }
        left %= unit;
    }
    words.join(" ")
}

/// Takes JSON (`{"forward": "3d"}`) and answers JSON, or a form and leads back to the page.
async fn set_forward(
    State(first_page): State<FirstPage>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !is_from_own_page(&headers, &first_page.url) {
        return refused(
            StatusCode::FORBIDDEN,
            "This form was sent from another site: open the dev tools' own page and send it from there.",
        );
    }
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let by = step(is_json, &body).and_then(|step| humantime::parse_duration(step.trim()).ok());
    let Some(by) = by.filter(|by| by.as_secs() > 0) else {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The clock goes forward only, by whole seconds: send forward=3d, or as JSON {\"forward\": \"3d\"}.",
        );
    };
    if clock::ahead().saturating_add(by) > AHEAD_AT_MOST {
        return refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "The clock may be 100 years ahead at most: start anew with --fresh.",
        );
    }
    match first_page.move_all(by).await {
        Ok(()) if is_json => Json(Now::get()).into_response(),
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => {
            tracing::error!(%error, "the clock could not be set forward");
            refused(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The clock could not be set forward: the log says why.",
            )
        }
    }
}

/// How far the clock is to be set forward, in words such as `3d` or `1h 30min`.
fn step(is_json: bool, body: &[u8]) -> Option<String> {
    if is_json {
        let json: serde_json::Value = serde_json::from_slice(body).ok()?;
        return Some(json.get("forward")?.as_str()?.to_owned());
    }
    url::form_urlencoded::parse(body)
        .find(|(name, _)| name == "forward")
        .map(|(_, step)| step.into_owned())
}

impl FirstPage {
    /// The database first, then this process, then whoever rests. Queues look once a second.
    async fn move_all(&self, by: Duration) -> Result<(), sqlx::Error> {
        movable::set_forward(&self.owner, by).await?;
        clock::measure_movable(&self.owner).await?;
        vitals::rouse();
        tracing::info!(by_s = by.as_secs(), "the clock was set forward");
        Ok(())
    }
}

fn refused(status: StatusCode, words: &'static str) -> Response {
    (status, format!("{words}\n")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_ahead_is_said_in_words() {
        let said = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(said(0), "");
        assert_eq!(said(24 * 60 * 60), "1 day");
        assert_eq!(said(3 * 24 * 60 * 60), "3 days");
        assert_eq!(said(90 * 24 * 60 * 60 + 3_605), "90 days 1 h 5 s");
        assert_eq!(said(150 * 60), "2 h 30 min");
    }
}
