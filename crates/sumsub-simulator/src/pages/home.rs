use askama::Template;
use axum::{extract::State as FromState, http::StatusCode, response::Response};

use super::{
    answer::{Problem, page},
    webhooks::Row,
    words::{Moment, State},
};
use crate::{
    simulator::Simulator,
    store::{Listed, Webhook},
    switches::{RestFailure, SignedWith, Switches},
};

/// More would not be looked at.
const LISTED: i64 = 100;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    prefix: String,
    webhook_url: String,
    latest: i32,
    most_calls: i32,
    switches: Switches,
    algorithms: [SignedWith; 3],
    failures: [RestFailure; 6],
    failing: bool,
    listed: Vec<Line>,
    webhooks: Vec<Row>,
}

struct Line {
    external_user_id: String,
    /// The e-mail address, or the name.
    who: Option<String>,
    token: Option<String>,
    ended: bool,
    owner: bool,
    level_name: String,
    state: State,
    created: Moment,
}

impl From<Listed> for Line {
    fn from(listed: Listed) -> Self {
        Self {
            ended: listed.expires_at.is_some_and(|end| end <= clock::now()),
            state: State::of_applicant(
                listed.review_status.as_deref(),
                listed.review_answer.as_deref(),
                listed.reject_type.as_deref(),
                listed.active,
                listed.deleted,
            ),
            created: Moment::new(listed.created_at),
            external_user_id: listed.external_user_id,
            who: listed
                .email
                .or(Some(listed.name).filter(|name| !name.is_empty())),
            token: listed.token,
            owner: listed.owner,
            level_name: listed.level_name,
        }
    }
}

pub(super) async fn show(FromState(simulator): FromState<Simulator>) -> Result<Response, Problem> {
    let config = &simulator.inner.config;
    let pool = &simulator.inner.pool;
    let failed = |error| Problem::database(&simulator, &error);
    let listed = Listed::newest(pool, LISTED).await.map_err(failed)?;
    let webhooks = Webhook::newest(pool, None, LISTED).await.map_err(failed)?;
    let switches = Switches::load(pool).await.map_err(failed)?;
    let home = Home {
        prefix: config.prefix().to_owned(),
        webhook_url: config.webhook_url.to_string(),
        latest: Switches::LATEST,
        most_calls: Switches::MOST_CALLS,
        algorithms: SignedWith::ALL,
        failures: RestFailure::ALL,
        failing: switches.rest_failure != RestFailure::None,
        switches,
        listed: listed.into_iter().map(Line::from).collect(),
        webhooks: webhooks
            .into_iter()
            .map(|webhook| Row::new(webhook, ""))
            .collect(),
    };
    Ok(page(StatusCode::OK, &home))
}
