use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as FromState},
    response::Redirect,
};
use serde_json::{Value, json, value::RawValue};

use super::{
    answer::Problem,
    form::Form,
    words::{Moment, State},
};
use crate::{simulator::Simulator, store::Webhook, switches::SignedWith};

/// Tests count what was sent.
const LISTED_AS_JSON: i64 = 100_000;

/// A webhook's line.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) external_user_id: String,
    pub(super) body: String,
    pub(super) oddities: String,
    pub(super) state: State,
    pub(super) created: Moment,
    pub(super) sending: bool,
    /// The link whose page the row stands on.
    pub(super) back: String,
}

impl Row {
    pub(super) fn new(webhook: Webhook, back: &str) -> Self {
        let body: Value = serde_json::from_str(&webhook.body).unwrap_or_default();
        Self {
            external_user_id: body["externalUserId"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            body: serde_json::to_string_pretty(&body).unwrap_or_default(),
            oddities: oddities(&webhook),
            state: State::of_webhook(&webhook),
            created: Moment::new(webhook.created_at),
            sending: webhook.state == "sending",
            back: back.to_owned(),
            id: webhook.id,
            kind: webhook.kind,
        }
    }
}

/// `GET /webhooks`, as JSON, the newest first.
pub(super) async fn list(
    FromState(simulator): FromState<Simulator>,
) -> Result<Json<Value>, Problem> {
    let webhooks = Webhook::newest(&simulator.inner.pool, None, LISTED_AS_JSON)
        .await
        .map_err(|error| Problem::database(&simulator, &error))?;
    let described = webhooks.into_iter().map(|webhook| {
        let body = RawValue::from_string(webhook.body).ok();
        json!({
            "id": webhook.id,
            "type": webhook.kind,
            "applicantId": webhook.applicant_id,
            "correlationId": webhook.correlation_id,
            "state": webhook.state,
            "attempts": webhook.attempts,
            "lastStatus": webhook.last_status,
            "lastError": webhook.last_error,
            "wrongSignature": webhook.wrong_signature,
            "shuffled": webhook.shuffled,
            "algorithm": webhook.algorithm,
            "createdAt": webhook.created_at,
            "nextTry": webhook.next_try,
            "sentAt": webhook.sent_at,
            "body": body,
        })
    });
    Ok(Json(described.collect()))
}

/// `POST /webhooks/{id}/send`: by hand, signed rightly.
pub(super) async fn send_again(
    FromState(simulator): FromState<Simulator>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let none = || {
        Problem::not_found(
            &simulator,
            "There is no such webhook, or it is being sent just now.",
        )
    };
    let id = id.parse().map_err(|_| none())?;
    let due = Webhook::send_again(&simulator.inner.pool, id)
        .await
        .map_err(|error| Problem::database(&simulator, &error))?;
    if !due {
        return Err(none());
    }
    simulator.inner.wake.notify_one();
    Ok(Form::parse(&body).back(&simulator, None))
}

/// What is not as it ought to be, or not as it mostly is.
fn oddities(webhook: &Webhook) -> String {
    let mut oddities = Vec::new();
    if webhook.wrong_signature {
        oddities.push("wrong signature".to_owned());
    }
    if webhook.shuffled {
        oddities.push("out of order".to_owned());
    }
    if webhook.algorithm != SignedWith::default().name() {
        oddities.push(webhook.algorithm.clone());
    }
    oddities.join(", ")
}
