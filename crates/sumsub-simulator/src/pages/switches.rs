use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};

use super::{answer::Problem, form::Form};
use crate::{
    simulator::Simulator,
    switches::{RestFailure, SignedWith, Switches},
};

/// `GET /switches`, as JSON.
pub(super) async fn show(State(simulator): State<Simulator>) -> Result<Json<Switches>, Problem> {
    let switches = Switches::load(&simulator.inner.pool).await;
    switches
        .map(Json)
        .map_err(|error| Problem::database(&simulator, &error))
}

/// `PUT /switches`, as JSON; a switch that is not named is off.
pub(super) async fn put(
    State(simulator): State<Simulator>,
    switches: Result<Json<Switches>, JsonRejection>,
) -> Result<Response, Problem> {
    let switches = match switches {
        Ok(Json(switches)) => switches,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    if let Some(complaint) = switches.complaint() {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, format!("{complaint}\n")).into_response());
    }
    save(&simulator, switches).await?;
    Ok(Json(switches).into_response())
}

/// `POST /switches`, the form.
pub(super) async fn post(
    State(simulator): State<Simulator>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let form = Form::parse(&body);
    let off = Switches::default();
    let number = |name: &str, unset: i32| {
        let typed = form.filled(name);
        typed.map_or(unset, |typed| typed.parse().unwrap_or(-1))
    };
    let unknown = |what: &str| Problem::invalid(&simulator, &format!("There is no such {what}."));
    let switches = Switches {
        twice: form.ticked("twice"),
        late_seconds: number("late_seconds", off.late_seconds),
        shuffled: form.ticked("shuffled"),
        dropped: form.ticked("dropped"),
        sandbox: form.ticked("sandbox"),
        wrong_signature: form.ticked("wrong_signature"),
        algorithm: match form.filled("algorithm") {
            Some(name) => SignedWith::named(&name).ok_or_else(|| unknown("way to sign"))?,
            None => off.algorithm,
        },
        rest_failure: match form.filled("rest_failure") {
            Some(name) => RestFailure::named(&name).ok_or_else(|| unknown("failure"))?,
            None => off.rest_failure,
        },
        rest_calls: number("rest_calls", off.rest_calls),
        retry_after_seconds: number("retry_after_seconds", off.retry_after_seconds),
    };
    if let Some(complaint) = switches.complaint() {
        return Err(Problem::invalid(&simulator, complaint));
    }
    save(&simulator, switches).await?;
    Ok(form.back(&simulator, None))
}

async fn save(simulator: &Simulator, switches: Switches) -> Result<(), Problem> {
    let saved = switches.save(&simulator.inner.pool).await;
    saved.map_err(|error| Problem::database(simulator, &error))
}
