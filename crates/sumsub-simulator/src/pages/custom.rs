//! A webhook made to measure.

use axum::{
    body::Bytes,
    extract::{Path, State as FromState},
    response::Redirect,
};
use chrono::TimeDelta;
use sumsub::webhook::ReviewResult;

use super::{answer::Problem, form::Form, living};
use crate::{callback::Custom, simulator::Simulator};

/// The fields of a webhook that can be left out.
pub(super) const FIELDS: [&str; 12] = [
    "type",
    "applicantId",
    "externalUserId",
    "applicantType",
    "levelName",
    "sandboxMode",
    "reviewStatus",
    "reviewResult",
    "correlationId",
    "createdAt",
    "createdAtMs",
    "applicantMemberOf",
];

/// Ten years: further off there is nothing to see.
const FARTHEST: i64 = 10 * 365 * 24 * 3600;

/// `POST /link/{token}/send`. The applicant, deleted or not, stays as it is.
pub(super) async fn send(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let failed = |error| Problem::database(&simulator, &error);
    let form = Form::parse(&body);
    let custom = read(&form).map_err(|what| Problem::invalid(&simulator, what))?;
    let link = living::link(&simulator, &token).await?;
    let applicant = simulator.open(&link).await.map_err(failed)?;
    simulator.send(&applicant, &custom).await.map_err(failed)?;
    Ok(form.back(&simulator, Some(&link.token)))
}

fn read(form: &Form) -> Result<Custom, &'static str> {
    let kind = form
        .filled("type")
        .unwrap_or_else(|| "applicantReviewed".to_owned());
    let status_of_kind = match kind.as_str() {
        "applicantReviewed" => Some("completed"),
        "applicantPending" => Some("pending"),
        "applicantOnHold" => Some("onHold"),
        "applicantCreated" | "applicantReset" => Some("init"),
        _ => None,
    };
    let offset = match form.filled("offset_seconds") {
        None => 0,
        Some(typed) => typed
            .parse()
            .ok()
            .filter(|offset| (-FARTHEST..=FARTHEST).contains(offset))
            .ok_or("The offset is a whole number of seconds, at most ten years away.")?,
    };
    let sandbox = match form.text("sandbox").as_str() {
        "" => None,
        "true" => Some(true),
        "false" => Some(false),
        _ => return Err("sandboxMode is true, false or as it stands."),
    };
    let omitted: Vec<String> = form.all("omit").map(str::to_owned).collect();
    if omitted.iter().any(|name| !FIELDS.contains(&name.as_str())) {
        return Err("There is no such field to leave out.");
    }
    let result = form.filled("answer").map(|answer| ReviewResult {
        review_answer: Some(answer),
        reject_labels: form.words("labels").collect(),
        review_reject_type: form.filled("retry_or_final"),
        moderation_comment: form.filled("comment"),
        client_comment: form.filled("private_comment"),
    });
    Ok(Custom {
        review_status: form
            .filled("review_status")
            .or_else(|| status_of_kind.map(str::to_owned)),
        result,
        level_name: form.filled("level_name"),
        applicant_id: form.filled("applicant_id"),
        external_user_id: form.filled("external_user_id"),
        correlation_id: form.filled("correlation_id"),
        offset: TimeDelta::seconds(offset),
        created_at_ms: form.filled("created_at_ms"),
        sandbox,
        omitted,
        kind: Some(kind),
    })
}
