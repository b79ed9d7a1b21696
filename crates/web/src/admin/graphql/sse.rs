//! `POST /graphql/stream`: the answers to one operation as server-sent events, in the "distinct connections mode" of
//! GraphQL over SSE: `next` for each answer, then `complete`. Without `complete` the connection broke off, and whoever wants
//! more asks again: so ends a stream when the server stops or the caller is no longer let in.

use std::convert::Infallible;

use axum::{
    extract::{Request, State},
    response::{Response, sse::Event},
};
use futures::{StreamExt as _, stream};
use tower_sessions::Session;

use super::{
    Api,
    authentication::authenticate,
    failure::Failure,
    operation::{Answers, Operation},
};
use crate::{admin::programs, error_page::id_of};

/// Answers one operation for as long as there is something to say.
pub async fn stream(
    State(api): State<Api>,
    session: Session,
    request: Request,
) -> Result<Response, Failure> {
    let client = authenticate(&api, session, request.headers()).await?;
    let request_id = id_of(request.headers());
    let operation = Operation::read(request).await?;
    let caller = client.caller(&api);
    let over = client.pass.over(api.state.clone(), |_| true);
    let answers = operation
        .run(&api, caller, &request_id, Answers::Many)
        .map(move |answer| {
            let answer = answer.text(&request_id);
            Ok::<_, Infallible>(Event::default().event("next").data(answer))
        });
    // Says at once that the stream is open.
    let open = stream::once(async { Ok(Event::default().comment("open")) });
    let complete = stream::once(async { Ok(Event::default().event("complete").data("")) });
    let events = open
        .chain(answers)
        .chain(complete)
        .take_until(Box::pin(over));
    Ok(programs::stream(events))
}
