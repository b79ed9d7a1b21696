//! `GET /events` for programs: what happened, in order, in pages of JSON or as a stream of server-sent events. How it is
//! followed is said in `docs/events.md`; what has no gaps about it stands in the crate `outbox`.

mod asked;
mod problem;
mod stream;

use std::{sync::Arc, time::Duration};

use access::{AuditAction, AuditObject, Looks, ObjectKind, Permission, Subject};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    middleware,
    response::{IntoResponse as _, Response},
    routing::get,
};
use chrono::SecondsFormat;
use outbox::{Cursor, FeedError, Page, Recorded};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;

use self::{asked::Asked, problem::Problem};
use super::{AdminState, auth::Pass};
use crate::{origin, site};

/// The database has to answer within this time.
const LONGEST: Duration = Duration::from_secs(20);
/// All readers together look at this part of the database's connections at a time.
const SHARE: u32 = 5;
/// As the audit log has it.
const ACTION: AuditAction = AuditAction::EventsRead;
const OBJECT: AuditObject = ObjectKind::Events.whole();

/// What readers share.
#[derive(Clone)]
struct Feed {
    state: AdminState,
    places: Arc<Semaphore>,
}

/// The route, with its own guard, limits and errors.
pub fn routes(state: AdminState) -> Router {
    let connections = state.pool.options().get_max_connections();
    let places = usize::try_from(connections / SHARE).unwrap_or(1).max(1);
    let feed = Feed {
        state,
        places: Arc::new(Semaphore::new(places)),
    };
    Router::new()
        .route("/events", get(answer))
        .layer(CatchPanicLayer::custom(site::panicked))
        .layer(middleware::from_fn(problem::shape))
        .with_state(feed)
}

async fn answer(State(feed): State<Feed>, request: Request) -> Result<Response, Problem> {
    let pass = bearer(request.headers())?;
    let viewer = in_time(async { Ok(pass.enter(&feed.state).await?) })
        .await?
        .ok_or_else(Problem::no_token)?;
    feed.write_down(&viewer.subject).await?;
    let asked = Asked::of(&request)?;
    let page = feed.read(asked.after, asked.limit).await?;
    if let Some(after) = asked.after {
        // What a reader comes with is what it has dealt with.
        feed.has_read(&viewer.subject.as_text(), after).await?;
    }
    if asked.stream {
        return Ok(stream::answer(feed, pass, viewer.subject, page));
    }
    let events: Vec<Value> = page.events.iter().map(told).collect();
    let body = json!({"events": events, "next": page.next.to_string(), "more": page.more});
    Ok((StatusCode::OK, Json(body)).into_response())
}

async fn in_time<T>(work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::time::timeout(LONGEST, work)
        .await
        .unwrap_or_else(|_| Err(Problem::too_slow()))
}

/// Only programs come here: a session of the panel doesn't count.
fn bearer(headers: &HeaderMap) -> Result<Pass, Problem> {
    origin::bearer(headers)
        .map(|token| Pass::Token(token.to_owned()))
        .ok_or_else(Problem::no_token)
}

/// An event as it goes out.
fn told(event: &Recorded) -> Value {
    let mut told = event.event.payload.clone();
    told["id"] = event.id.to_string().into();
    told["cursor"] = Cursor::from(event).to_string().into();
    told["recorded_at"] = event
        .recorded_at
        .to_rfc3339_opts(SecondsFormat::Micros, true)
        .into();
    told["subject"] = event.event.subject.to_string().into();
    told
}

impl Feed {
    async fn read(&self, after: Option<Cursor>, limit: i64) -> Result<Page, Problem> {
        in_time(async {
            // It is never closed.
            let _place = self.places.acquire().await;
            match outbox::feed(&self.state.pool, after, limit).await {
                Ok(page) => Ok(page),
                Err(FeedError::Gone) => Err(Problem::gone()),
                Err(FeedError::Database(error)) => Err(error.into()),
            }
        })
        .await
    }

    async fn has_read(&self, reader: &str, cursor: Cursor) -> Result<(), Problem> {
        in_time(async { Ok(outbox::has_read(&self.state.pool, reader, cursor).await?) }).await
    }

    /// Nobody reads unseen. Events carry ids only and are asked for all the time: one entry an hour says it.
    async fn write_down(&self, subject: &Subject) -> Result<(), Problem> {
        in_time(async {
            let access = self.state.audit.access();
            let look = access
                .look(subject, Permission::EventsRead, ACTION, OBJECT)
                .await?;
            let looks = Looks::repeated();
            looks.during(look.at([OBJECT])).await?;
            Ok(looks.write_down(access).await?)
        })
        .await
    }
}
