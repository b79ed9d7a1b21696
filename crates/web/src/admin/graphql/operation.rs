//! An operation: read, run, and answered once or again and again.

use std::{panic::AssertUnwindSafe, time::Duration};

use async_graphql::{Request, Response, Value, Variables, parser::types::OperationType};
use axum::{
    body::Bytes,
    extract::{FromRequest as _, Request as HttpRequest},
    http::{HeaderMap, StatusCode, header},
};
use futures::{FutureExt as _, Stream, StreamExt as _, stream, stream::BoxStream};
use graphql::Caller;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::{
    Api, REQUEST_TIMEOUT,
    failure::{self, Failure},
};

/// How many answers may wait for a slow reader.
const QUEUED_MESSAGES: usize = 16;

/// An operation as a program sends it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    query: String,
    #[serde(default)]
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
}

/// Whether the transport can carry more than one answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    One,
    Many,
}

/// An answer to an operation.
pub enum Answer {
    /// The schema has answered.
    FromSchema(Box<Response>),
    /// There is none in time; a mutation goes on.
    TimedOut,
    /// There is none, since the operation panicked.
    Panicked,
}

impl Operation {
    /// Reads it from the body of a request.
    ///
    /// # Errors
    /// 400, 408, 413 or 415.
    pub async fn read(request: HttpRequest) -> Result<Self, Failure> {
        if !is_json(request.headers()) {
            return Err(Failure::with_words(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Send the operation as application/json.",
            ));
        }
        let body = tokio::time::timeout(REQUEST_TIMEOUT, Bytes::from_request(request, &()))
            .await
            .map_err(|_| {
                Failure::with_words(
                    StatusCode::REQUEST_TIMEOUT,
                    "The request did not arrive in time.",
                )
            })?
            .map_err(|error| {
                let words = if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
                    "The request is too large: send at most 256 KiB."
                } else {
                    "The request did not arrive whole."
                };
                Failure::with_words(error.status(), words)
            })?;
        Self::parse(&body)
    }

    fn parse(body: &[u8]) -> Result<Self, Failure> {
        let bad = |words: String| Failure::with_words(StatusCode::BAD_REQUEST, words);
        match body.trim_ascii_start().first() {
            Some(b'{') => serde_json::from_slice(body)
                .map_err(|error| bad(format!("The body is no GraphQL request: {error}."))),
            Some(b'[') => Err(bad(
                "Send one operation in each request: lists of them are not taken.".to_owned(),
            )),
            _ => Err(bad("The body is no JSON object.".to_owned())),
        }
    }

    /// Runs it in a task of its own: whoever hangs up while a mutation is under way does not cut it in half.
    pub fn run(
        self,
        api: &Api,
        caller: Caller,
        request_id: &str,
        answers: Answers,
    ) -> impl Stream<Item = Answer> + Send + Unpin + use<> {
        let mut request = Request::new(self.query).variables(self.variables);
        request.operation_name = self.operation_name.filter(|name| !name.is_empty());
        let kind = api.schema.read(&mut request);
        let request = graphql::prepare(request, caller, request_id.to_owned());
        let responses = match answers {
            Answers::Many => api.schema.execute_stream(request),
            Answers::One => stream::once(api.schema.execute(request)).boxed(),
        };
        let (to, from) = mpsc::channel(QUEUED_MESSAGES);
        let task = async move {
            let driven = AssertUnwindSafe(drive(kind, responses, &to)).catch_unwind();
            if driven.await.is_err() {
                tracing::error!("an operation panicked");
                let _ = to.send(Answer::Panicked).await;
            }
        };
        tokio::spawn(task.in_current_span());
        stream::unfold(
            from,
            |mut from| async move { Some((from.recv().await?, from)) },
        )
        .boxed()
    }
}

/// No mutation takes so long, unless the database is gone without a word.
const MUTATION_TIMEOUT: Duration = Duration::from_secs(120);

/// Passes answers on for as long as somebody listens, a mutation to its end.
async fn drive(
    kind: OperationType,
    mut responses: BoxStream<'static, Response>,
    to: &mpsc::Sender<Answer>,
) {
    let is_mutation = kind == OperationType::Mutation;
    let mut in_time = kind != OperationType::Subscription;
    let end = tokio::time::sleep(REQUEST_TIMEOUT);
    let given_up = tokio::time::sleep(MUTATION_TIMEOUT);
    tokio::pin!(end, given_up);
    loop {
        tokio::select! {
            response = responses.next() => {
                let Some(response) = response else { return };
                let sent = to.send(Answer::FromSchema(Box::new(response))).await;
                if sent.is_err() && !is_mutation {
                    return;
                }
            }
            () = to.closed(), if !is_mutation => return,
            () = &mut given_up, if is_mutation => return,
            () = &mut end, if in_time => {
                in_time = false;
                let _ = to.send(Answer::TimedOut).await;
                if !is_mutation {
                    return;
                }
            }
        }
    }
}

impl Answer {
    /// Whether the operation was refused before it ran: there is no `data` then.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::FromSchema(response) => {
                response.data == Value::Null
                    && !response.errors.is_empty()
                    && response.errors.iter().all(|error| error.path.is_empty())
            }
            Self::TimedOut | Self::Panicked => true,
        }
    }

    /// The status of a failure that the schema doesn't tell, and its words.
    pub fn failure(&self) -> Option<(StatusCode, &'static str)> {
        match self {
            Self::FromSchema(_) => None,
            Self::TimedOut => Some((
                StatusCode::GATEWAY_TIMEOUT,
                "The answer did not come in time. A mutation goes on: look whether it is done before you send it again.",
            )),
            Self::Panicked => Some((
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong here. It is in the log under the request id.",
            )),
        }
    }

    /// As it goes out by itself.
    pub fn text(&self, request_id: &str) -> String {
        match self {
            // Written as it is: a list has hundreds of values.
            Self::FromSchema(response) if !self.is_refusal() => {
                serde_json::to_string(response).unwrap_or_default()
            }
            _ => self.json(request_id).to_string(),
        }
    }

    /// As it goes out within a message.
    pub fn json(&self, request_id: &str) -> serde_json::Value {
        if let Some((status, words)) = self.failure() {
            return json!({"errors": [failure::error(status, words, request_id)]});
        }
        let Self::FromSchema(response) = self else {
            return json!({});
        };
        let mut json = serde_json::to_value(response).unwrap_or_default();
        if self.is_refusal()
            && let Some(json) = json.as_object_mut()
        {
            json.remove("data");
        }
        json
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
