//! The buttons on an applicant's page.

use axum::{
    body::Bytes,
    extract::{Path, State as FromState},
    response::Redirect,
};
use sumsub::webhook::ReviewResult;

use super::{answer::Problem, form::Form, living};
use crate::{
    events::{Event, PersonalInfo},
    simulator::Simulator,
};

type Done = Result<Redirect, Problem>;

async fn play(simulator: &Simulator, token: &str, form: &Form, event: Event) -> Done {
    let failed = |error| Problem::database(simulator, &error);
    let link = living::link(simulator, token).await?;
    let applicant = simulator.open(&link).await.map_err(failed)?;
    simulator
        .happen(&applicant.id, event)
        .await
        .map_err(failed)?;
    Ok(form.back(simulator, Some(&link.token)))
}

/// Handlers of buttons that need no more than to be pressed.
macro_rules! buttons {
    ($($name:ident => $event:expr),+ $(,)?) => {$(
        pub(super) async fn $name(
            FromState(simulator): FromState<Simulator>,
            Path(token): Path<String>,
            body: Bytes,
        ) -> Done {
            play(&simulator, &token, &Form::parse(&body), $event).await
        }
    )+};
}

buttons! {
    submit => Event::Submitted,
    hold => Event::PutOnHold,
    approve => Event::Reviewed(answered("GREEN")),
    reset => Event::Reset,
    activate => Event::Activated,
    deactivate => Event::Deactivated,
    delete => Event::Deleted,
    made_up => Event::MadeUp,
}

fn answered(answer: impl Into<String>) -> ReviewResult {
    ReviewResult {
        review_answer: Some(answer.into()),
        ..ReviewResult::default()
    }
}

/// Opens the link of a deleted applicant anew: a new applicant.
pub(super) async fn open(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Done {
    let link = living::link(&simulator, &token).await?;
    let opened = simulator.open_anew(&link).await;
    opened.map_err(|error| Problem::database(&simulator, &error))?;
    Ok(Form::parse(&body).back(&simulator, Some(&link.token)))
}

pub(super) async fn reject(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Done {
    let form = Form::parse(&body);
    let reject_type = form
        .filled("reject_type")
        .unwrap_or_else(|| "RETRY".to_owned());
    if !matches!(reject_type.as_str(), "RETRY" | "FINAL") {
        return Err(Problem::invalid(
            &simulator,
            "The reject type is RETRY or FINAL.",
        ));
    }
    let red = ReviewResult {
        reject_labels: form
            .all("label")
            .map(str::to_owned)
            .chain(form.words("other_labels"))
            .collect(),
        review_reject_type: Some(reject_type),
        moderation_comment: form.filled("moderation_comment"),
        client_comment: form.filled("client_comment"),
        ..answered("RED")
    };
    play(&simulator, &token, &form, Event::Reviewed(red)).await
}

/// Ends the review with any answer; left empty, with one that Sumsub doesn't give.
pub(super) async fn answer(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Done {
    let form = Form::parse(&body);
    let answer = form
        .filled("review_answer")
        .unwrap_or_else(|| "YELLOW".to_owned());
    play(&simulator, &token, &form, Event::Reviewed(answered(answer))).await
}

pub(super) async fn level(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Done {
    let failed = |error| Problem::database(&simulator, &error);
    let form = Form::parse(&body);
    let level = simulator.inner.config.level(&form.text("level"));
    let level = level
        .cloned()
        .ok_or_else(|| Problem::invalid(&simulator, "There is no such level."))?;
    let link = living::link(&simulator, &token).await?;
    let applicant = simulator.open(&link).await.map_err(failed)?;
    simulator
        .change_level(&applicant, level)
        .await
        .map_err(failed)?;
    Ok(form.back(&simulator, Some(&link.token)))
}

pub(super) async fn personal_info(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Done {
    let form = Form::parse(&body);
    let info = PersonalInfo {
        first_name: form.text("first_name"),
        middle_name: form.text("middle_name"),
        last_name: form.text("last_name"),
        dob: form.text("dob"),
        country: form.text("country"),
        nationality: form.text("nationality"),
        address: form.text("address"),
        company_name: form.text("company_name"),
        registration_number: form.text("registration_number"),
        incorporated_on: form.text("incorporated_on"),
    };
    play(&simulator, &token, &form, Event::InfoChanged(info)).await
}
