use askama::Template;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State as FromState, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde_json::{Value, json, value::RawValue};

use super::{
    Problem,
    form::Form,
    page,
    words::{Moment, State},
};
use crate::{
    simulator::Simulator,
    store::{Listed, Webhook},
    switches::Switches,
};

/// More would not be looked at.
const LISTED: i64 = 100;
/// Tests count what was sent.
const LISTED_AS_JSON: i64 = 100_000;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    prefix: String,
    webhook_url: String,
    latest: i32,
    switches: Switches,
    listed: Vec<Line>,
    webhooks: Vec<Row>,
}

struct Line {
    external_user_id: String,
    email: Option<String>,
    token: Option<String>,
    ended: bool,
    level_name: String,
    state: State,
    created: Moment,
}

/// A webhook's line.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) kind: String,
    pub(super) external_user_id: String,
    pub(super) body: String,
    pub(super) oddities: &'static str,
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
            oddities: match (webhook.wrong_signature, webhook.shuffled) {
                (true, true) => "wrong signature, out of order",
                (true, false) => "wrong signature",
                (false, true) => "out of order",
                (false, false) => "",
            },
            state: State::of_webhook(&webhook),
            created: Moment::new(webhook.created_at),
            sending: webhook.state == "sending",
            back: back.to_owned(),
            id: webhook.id,
            kind: webhook.kind,
        }
    }
}

pub(super) async fn show(FromState(simulator): FromState<Simulator>) -> Result<Response, Problem> {
    let config = &simulator.inner.config;
    let pool = &simulator.inner.pool;
    let failed = |error| Problem::database(&simulator, &error);
    let listed = Listed::newest(pool, LISTED).await.map_err(failed)?;
    let webhooks = Webhook::newest(pool, None, LISTED).await.map_err(failed)?;
    let home = Home {
        prefix: config.prefix().to_owned(),
        webhook_url: config.webhook_url.to_string(),
        latest: Switches::LATEST,
        switches: Switches::load(pool).await.map_err(failed)?,
        listed: listed
            .into_iter()
            .map(|listed| Line {
                ended: listed
                    .expires_at
                    .is_some_and(|end| end <= chrono::Utc::now()),
                state: State::of_review(
                    listed.review_status.as_deref(),
                    listed.review_answer.as_deref(),
                    listed.reject_type.as_deref(),
                ),
                created: Moment::new(listed.created_at),
                external_user_id: listed.external_user_id,
                email: listed.email,
                token: listed.token,
                level_name: listed.level_name,
            })
            .collect(),
        webhooks: webhooks
            .into_iter()
            .map(|webhook| Row::new(webhook, ""))
            .collect(),
    };
    Ok(page(StatusCode::OK, &home))
}

/// `GET /switches`, as JSON.
pub(super) async fn switches(
    FromState(simulator): FromState<Simulator>,
) -> Result<Json<Switches>, Problem> {
    let switches = Switches::load(&simulator.inner.pool).await;
    switches
        .map(Json)
        .map_err(|error| Problem::database(&simulator, &error))
}

/// `PUT /switches`, as JSON; a switch that is not named is off.
pub(super) async fn put_switches(
    FromState(simulator): FromState<Simulator>,
    switches: Result<Json<Switches>, JsonRejection>,
) -> Result<Response, Problem> {
    let switches = match switches {
        Ok(Json(switches)) if switches.is_valid() => switches,
        Ok(_) => {
            return Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                "lateSeconds is between 0 and 3600\n",
            )
                .into_response());
        }
        Err(rejection) => return Ok(rejection.into_response()),
    };
    switches
        .save(&simulator.inner.pool)
        .await
        .map_err(|error| Problem::database(&simulator, &error))?;
    Ok(Json(switches).into_response())
}

/// `POST /switches`, the form.
pub(super) async fn set_switches(
    FromState(simulator): FromState<Simulator>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let form = Form::parse(&body);
    let late = form
        .filled("late_seconds")
        .map_or(Ok(0), |late| late.parse());
    let switches = Switches {
        twice: form.ticked("twice"),
        late_seconds: late.unwrap_or(-1),
        shuffled: form.ticked("shuffled"),
        dropped: form.ticked("dropped"),
        sandbox: form.ticked("sandbox"),
        wrong_signature: form.ticked("wrong_signature"),
    };
    if !switches.is_valid() {
        return Err(Problem::invalid(
            &simulator,
            "“Late by (seconds)” is a whole number between 0 and 3600.",
        ));
    }
    switches
        .save(&simulator.inner.pool)
        .await
        .map_err(|error| Problem::database(&simulator, &error))?;
    Ok(Redirect::to(simulator.inner.config.prefix()))
}

/// `GET /webhooks`, as JSON, the newest first.
pub(super) async fn webhooks(
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
    let prefix = simulator.inner.config.prefix();
    let back = Form::parse(&body).filled("back").filter(|token| {
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    Ok(match back {
        Some(token) => Redirect::to(&format!("{prefix}/link/{token}")),
        None => Redirect::to(prefix),
    })
}
