//! The messages of `graphql-transport-ws`, and the codes that a connection is closed with.

use axum::extract::ws::{CloseFrame, Message};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{admin::graphql::operation::Operation, origin};

/// A message of a client.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    ConnectionInit {
        #[serde(default)]
        payload: Option<Map<String, Value>>,
    },
    Ping,
    Pong,
    Subscribe {
        id: String,
        payload: Operation,
    },
    /// The client wants no more answers to this operation.
    Complete {
        id: String,
    },
}

impl ClientMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// Closes the connection: this client speaks something else.
    pub fn parse(text: &str) -> Result<Self, Close> {
        serde_json::from_str(text)
            .map_err(|error| Close::new(4400, format!("Invalid message: {error}")))
    }
}

/// The token in the first message's payload, under `Authorization` in whatever case.
///
/// # Errors
/// When there is something else.
pub fn token_in(payload: Option<&Map<String, Value>>) -> Result<Option<&str>, Close> {
    let authorization = payload
        .into_iter()
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    match authorization {
        None | Some((_, Value::Null)) => Ok(None),
        Some((_, value)) => value
            .as_str()
            .and_then(origin::bearer_in)
            .map(Some)
            .ok_or_else(Close::forbidden),
    }
}

/// The answer to the first message: the client is let in.
pub fn acknowledged() -> String {
    json!({"type": "connection_ack"}).to_string()
}

/// The answer to a ping of the protocol's own.
pub fn pong() -> String {
    json!({"type": "pong"}).to_string()
}

/// An answer to an operation.
pub fn next(id: &str, payload: &Value) -> String {
    json!({"type": "next", "id": id, "payload": payload}).to_string()
}

/// The operation was refused: no answer comes.
pub fn error(id: &str, errors: &Value) -> String {
    json!({"type": "error", "id": id, "payload": errors}).to_string()
}

/// No more answers come.
pub fn complete(id: &str) -> String {
    json!({"type": "complete", "id": id}).to_string()
}

/// Why a connection is closed. Clients try again after codes below 4400 and after 4403.
#[derive(Debug)]
pub struct Close {
    code: u16,
    reason: String,
}

impl Close {
    /// With this code and reason.
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        // What is left of a control frame of 125 bytes.
        while reason.len() > 120 {
            reason.pop();
        }
        Self { code, reason }
    }

    /// The token is not valid, or whoever came in is not let in any more.
    pub fn forbidden() -> Self {
        Self::new(4403, "Forbidden")
    }

    /// Nobody has said who they are.
    pub fn unauthorized() -> Self {
        Self::new(4401, "Unauthorized")
    }
}

impl From<Close> for Message {
    fn from(close: Close) -> Self {
        Message::Close(Some(CloseFrame {
            code: close.code,
            reason: close.reason.into(),
        }))
    }
}
