use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, State as FromState},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use sumsub::webhook::ReviewResult;

use super::{
    Problem,
    form::Form,
    home::Row,
    page,
    words::{Moment, State},
};
use crate::{
    events::{Event, PersonalInfo},
    simulator::Simulator,
    store::{Applicant, Link, Webhook},
};

/// The labels that Sumsub gives most (<https://docs.sumsub.com/docs/rejected-applicants>).
const LABELS: [&str; 10] = [
    "UNSATISFACTORY_PHOTOS",
    "LOW_QUALITY",
    "SCREENSHOTS",
    "DOCUMENT_DAMAGED",
    "BAD_PROOF_OF_ADDRESS",
    "PROBLEMATIC_APPLICANT_DATA",
    "SELFIE_MISMATCH",
    "FORGERY",
    "GRAPHIC_EDITOR",
    "COMPROMISED_PERSONS",
];

#[derive(Template)]
#[template(path = "link.html")]
struct Page {
    prefix: String,
    labels: [&'static str; 10],
    token: String,
    applicant: Applicant,
    company: bool,
    state: State,
    ends: Moment,
    /// Where Sumsub would send the browser now.
    onward: Option<String>,
    webhooks: Vec<Row>,
}

/// The link, if it lives.
async fn find(simulator: &Simulator, token: &str) -> Result<Link, Problem> {
    let found = match token.contains('\0') {
        true => None,
        false => Link::find(&simulator.inner.pool, token)
            .await
            .map_err(|error| Problem::database(simulator, &error))?,
    };
    match found {
        None => Err(Problem::not_found(
            simulator,
            "There is no such verification link.",
        )),
        Some(link) if link.has_ended() => Err(Problem::ended(simulator)),
        Some(link) => Ok(link),
    }
}

/// Opening the page creates the applicant, as in Sumsub; opening it again changes nothing. `HEAD` only looks.
pub(super) async fn show(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    method: Method,
) -> Result<Response, Problem> {
    let failed = |error| Problem::database(&simulator, &error);
    let link = find(&simulator, &token).await?;
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let applicant = simulator.open(&link).await.map_err(failed)?;
    let webhooks = Webhook::newest(&simulator.inner.pool, Some(&applicant.id), 50)
        .await
        .map_err(failed)?;
    let shown = Page {
        prefix: simulator.inner.config.prefix().to_owned(),
        labels: LABELS,
        company: applicant.is_company(),
        state: State::of_review(
            Some(&applicant.review_status),
            applicant.review_answer.as_deref(),
            applicant.reject_type.as_deref(),
        ),
        ends: Moment::new(link.expires_at),
        onward: match applicant.review_answer.as_deref() {
            Some("GREEN") => link.success_url,
            Some("RED") => link.reject_url,
            _ => None,
        },
        webhooks: webhooks
            .into_iter()
            .map(|webhook| Row::new(webhook, &link.token))
            .collect(),
        token: link.token,
        applicant,
    };
    Ok(page(StatusCode::OK, &shown))
}

async fn play(simulator: &Simulator, token: &str, event: Event) -> Result<Redirect, Problem> {
    let failed = |error| Problem::database(simulator, &error);
    let link = find(simulator, token).await?;
    let applicant = simulator.open(&link).await.map_err(failed)?;
    simulator
        .happen(&applicant.id, event)
        .await
        .map_err(failed)?;
    Ok(Redirect::to(&format!(
        "{}/link/{}",
        simulator.inner.config.prefix(),
        link.token
    )))
}

pub(super) async fn submit(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
) -> Result<Redirect, Problem> {
    play(&simulator, &token, Event::Submitted).await
}

pub(super) async fn hold(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
) -> Result<Redirect, Problem> {
    play(&simulator, &token, Event::PutOnHold).await
}

pub(super) async fn approve(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
) -> Result<Redirect, Problem> {
    let green = ReviewResult {
        review_answer: Some("GREEN".to_owned()),
        ..ReviewResult::default()
    };
    play(&simulator, &token, Event::Reviewed(green)).await
}

pub(super) async fn reject(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
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
    let others = form.text("other_labels");
    let others = others
        .split([',', ' ', '\n'])
        .map(str::trim)
        .filter(|label| !label.is_empty());
    let red = ReviewResult {
        review_answer: Some("RED".to_owned()),
        reject_labels: form.all("label").chain(others).map(str::to_owned).collect(),
        review_reject_type: Some(reject_type),
        moderation_comment: form.filled("moderation_comment"),
        client_comment: form.filled("client_comment"),
    };
    play(&simulator, &token, Event::Reviewed(red)).await
}

pub(super) async fn personal_info(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let form = Form::parse(&body);
    let info = PersonalInfo {
        first_name: form.text("first_name"),
        last_name: form.text("last_name"),
        dob: form.text("dob"),
        country: form.text("country"),
        address: form.text("address"),
        company_name: form.text("company_name"),
        registration_number: form.text("registration_number"),
    };
    play(&simulator, &token, Event::InfoChanged(info)).await
}
