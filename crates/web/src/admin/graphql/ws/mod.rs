//! `/graphql/ws`: operations over a WebSocket, with the subprotocol `graphql-transport-ws`.

mod connection;
mod message;

use std::borrow::Cow;

use axum::{
    extract::{
        State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode},
    response::Response,
};
use tower_sessions::Session;
use tracing::Instrument as _;

use self::connection::Connection;
use super::{Api, authentication::authenticate_socket, failure::Failure};
use crate::error_page::id_of;

const PROTOCOL: &str = "graphql-transport-ws";
/// Bytes of a message from a client.
const MAX_MESSAGE_BYTES: usize = 64 * 1024;

/// Lets in who carries a bearer token or comes with a session from a page of the panel; who brings nothing has to bring a
/// token in the first message.
pub async fn upgrade(
    State(api): State<Api>,
    session: Session,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let client = authenticate_socket(&api, session, &headers).await?;
    let upgrade = upgrade
        .map_err(|rejection| refused(rejection.body_text()))?
        .protocols([PROTOCOL])
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES);
    if upgrade.selected_protocol().is_none() {
        return Err(refused("Ask for the subprotocol graphql-transport-ws."));
    }
    let request_id = id_of(&headers);
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(move |socket| {
        Connection::new(socket, api, request_id)
            .serve(client)
            .instrument(span)
    }))
}

fn refused(words: impl Into<Cow<'static, str>>) -> Failure {
    Failure::with_words(StatusCode::BAD_REQUEST, words)
}
