//! `/changes`: what changes, as it changes, for open pages. Carries ids only; the page fetches what it shows. Programs follow
//! `/events` (`feed/`).

use std::{convert::Infallible, time::Duration};

use access::Permission;
use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse as _, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{StreamExt as _, stream, stream::BoxStream};
use serde_json::json;
use tower_sessions::Session;
use uuid::Uuid;

use super::{AdminState, auth::Pass};
use crate::{error_page::PageError, layout::Viewer};

const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// What is raised, a callback that moves nothing and a step that fails are no events: pages that show them look this often.
const LOOK_AROUND: Duration = Duration::from_secs(4);

pub async fn stream(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    session: Session,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let over = Pass::from_request(session, &headers)
        .over(state.clone(), |viewer| viewer.may(Permission::CustomerRead));
    // The place first: what comes between the two is looked for once too often rather than never.
    let told = state.onboarding.told();
    let changes = changes(&state)
        .map(|id| Ok::<_, Infallible>(Event::default().event("changed").data(id.to_string())));
    // Says at once that the stream is open, and from where on it tells: a page that was made at an earlier place looks once more.
    let hello = stream::once(async move {
        Ok(Event::default()
            .event("open-at")
            .data(told)
            .retry(Duration::from_secs(2)))
    });
    let asking = (state.clone(), viewer, None);
    let ticks = stream::unfold(asking, |(state, viewer, said)| async move {
        tokio::time::sleep(LOOK_AROUND).await;
        let counts = counts(&state, &viewer).await;
        let news = counts
            .clone()
            .filter(|counts| Some(counts) != said.as_ref());
        let news = news.map(|counts| Event::default().event("counts").data(counts));
        // Without data a browser would take it for nothing.
        let tick = Event::default().event("tick").data("look");
        let events = news.into_iter().chain([tick]).map(Ok);
        Some((stream::iter(events), (state, viewer, counts.or(said))))
    })
    .flatten();
    let events = hello
        .chain(stream::select(changes, ticks))
        .take_until(Box::pin(over));
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response())
}

/// The numbers around the page, as of now; none while the database does not answer.
async fn counts(state: &AdminState, viewer: &Viewer) -> Option<String> {
    let counts = state.onboarding.menu_counts(&viewer.subject).await.ok()?;
    let for_me = counts.unread.map(|count| count.to_string());
    let counts = json!({"waiting": counts.waiting.to_string(), "for-me": for_me});
    Some(counts.to_string())
}

/// The prospects and customers of whom something changes, as it changes.
fn changes(state: &AdminState) -> BoxStream<'static, Uuid> {
    let records = state.onboarding.subscribe().map(|changed| changed.id);
    let money = state.money.subscribe().map(|it| it.customer.into());
    let credit = state.credit.subscribe().map(|it| it.customer.into());
    stream::select(records, stream::select(money, credit)).boxed()
}
