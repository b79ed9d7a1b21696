use axum::{
    Json,
    body::Bytes,
    extract::{OriginalUri, Path, Query, State},
    http::StatusCode,
};
use chrono::{SubsecRound as _, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};
use sumsub::webhook::ReviewResult;
use url::Url;

use super::{
    describe::{describe, review},
    error::RestError,
};
use crate::{
    config::Level,
    events::{self, Event},
    ids,
    simulator::Simulator,
    store::{Applicant, Link},
};

/// What `ttlInSecs` is when it isn't given.
const DEFAULT_TTL: i64 = 1800;
const LONGEST_TTL: i64 = 365 * 24 * 3600;

type Answer = Result<Json<Value>, RestError>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LinkRequest {
    level_name: Option<String>,
    user_id: Option<String>,
    ttl_in_secs: Option<i64>,
    applicant_identifiers: Option<Identifiers>,
    redirect: Option<Redirect>,
}

#[derive(Deserialize)]
struct Identifiers {
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redirect {
    success_url: Option<String>,
    reject_url: Option<String>,
}

pub(super) async fn create_link(State(simulator): State<Simulator>, body: Bytes) -> Answer {
    let request: LinkRequest = read(&body)?;
    let level = known_level(&simulator, request.level_name)?;
    let external_user_id = user_id(request.user_id)?;
    let ttl = request.ttl_in_secs.unwrap_or(DEFAULT_TTL);
    if !(1..=LONGEST_TTL).contains(&ttl) {
        return Err(RestError::bad_request(format!(
            "Invalid ttlInSecs {ttl}: it has to be between 1 and {LONGEST_TTL}"
        )));
    }
    let redirect = request.redirect.unwrap_or(Redirect {
        success_url: None,
        reject_url: None,
    });
    let now = clock::now().trunc_subsecs(3);
    let link = Link {
        token: ids::new_token(),
        external_user_id,
        level_name: level.name,
        email: request
            .applicant_identifiers
            .and_then(|identifiers| identifiers.email),
        success_url: web_address(redirect.success_url)?,
        reject_url: web_address(redirect.reject_url)?,
        created_at: now,
        expires_at: now + TimeDelta::seconds(ttl),
    };
    if link
        .email
        .as_ref()
        .is_some_and(|email| email.contains('\0'))
    {
        return Err(RestError::bad_request("Invalid email"));
    }
    link.insert(&simulator.inner.pool).await?;
    Ok(Json(
        json!({"url": simulator.inner.config.link_url(&link.token)}),
    ))
}

/// The levels that there are, as far as anybody reads them.
pub(super) async fn levels(State(simulator): State<Simulator>) -> Json<Value> {
    let levels = &simulator.inner.config.levels;
    let items: Vec<Value> = levels
        .iter()
        .map(|level| json!({"id": level.name, "name": level.name}))
        .collect();
    Json(json!({"list": {"items": items, "totalItems": items.len()}}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LevelQuery {
    level_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewApplicant {
    external_user_id: Option<String>,
    #[serde(rename = "type")]
    type_: Option<String>,
}

pub(super) async fn create_applicant(
    State(simulator): State<Simulator>,
    Query(query): Query<LevelQuery>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), RestError> {
    let request: NewApplicant = read(&body)?;
    let level = known_level(&simulator, query.level_name)?;
    let external_user_id = user_id(request.external_user_id)?;
    let type_ = request.type_.unwrap_or_else(|| "individual".to_owned());
    if type_ != events::type_of(&level) {
        return Err(RestError::bad_request(format!(
            "Level '{}' is not for applicants of type '{type_}'",
            level.name
        )));
    }
    let (applicant, created) = simulator
        .ensure_applicant(&external_user_id, &level, None)
        .await?;
    if created {
        Ok((StatusCode::CREATED, Json(describe(&applicant, &[]))))
    } else {
        Err(RestError::conflict(format!(
            "Applicant with external user id '{external_user_id}' already exists: {}",
            applicant.id
        )))
    }
}

/// The id is Sumsub's, or `-;externalUserId=` and ours. A deleted applicant is none.
async fn find(simulator: &Simulator, selector: &str) -> Result<Applicant, RestError> {
    let pool = &simulator.inner.pool;
    let found = if selector.contains('\0') {
        None
    } else if let Some(external_user_id) = selector.strip_prefix("-;externalUserId=") {
        Applicant::newest_of(pool, external_user_id).await?
    } else {
        Applicant::find(pool, selector).await?
    };
    found
        .filter(|applicant| !applicant.is_deleted())
        .ok_or_else(|| RestError::not_found("Applicant not found"))
}

pub(super) async fn one(
    State(simulator): State<Simulator>,
    Path(applicant): Path<String>,
) -> Answer {
    let applicant = find(&simulator, &applicant).await?;
    let owners = Applicant::owners_of(&simulator.inner.pool, &applicant.id).await?;
    Ok(Json(describe(&applicant, &owners)))
}

pub(super) async fn status(
    State(simulator): State<Simulator>,
    Path(applicant): Path<String>,
) -> Answer {
    Ok(Json(review(&find(&simulator, &applicant).await?)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestCompleted {
    review_answer: Option<String>,
    #[serde(default)]
    reject_labels: Vec<String>,
    review_reject_type: Option<String>,
    moderation_comment: Option<String>,
    client_comment: Option<String>,
}

pub(super) async fn test_completed(
    State(simulator): State<Simulator>,
    Path(applicant): Path<String>,
    body: Bytes,
) -> Answer {
    if !simulator
        .inner
        .config
        .app_token
        .expose()
        .starts_with("sbx:")
    {
        return Err(RestError::forbidden(
            "Reviews can be finished by request in the sandbox only: use an app token that begins with sbx:",
        ));
    }
    let applicant = find(&simulator, &applicant).await?;
    let request: TestCompleted = read(&body)?;
    if !matches!(request.review_answer.as_deref(), Some("GREEN" | "RED")) {
        return Err(RestError::bad_request(
            "Invalid reviewAnswer: it has to be GREEN or RED",
        ));
    }
    if !matches!(
        request.review_reject_type.as_deref(),
        None | Some("RETRY" | "FINAL")
    ) {
        return Err(RestError::bad_request(
            "Invalid reviewRejectType: it has to be RETRY or FINAL",
        ));
    }
    let result = ReviewResult {
        review_answer: request.review_answer,
        reject_labels: request.reject_labels,
        review_reject_type: request.review_reject_type,
        moderation_comment: request.moderation_comment,
        client_comment: request.client_comment,
    };
    simulator
        .happen(&applicant.id, Event::Reviewed(result))
        .await?;
    Ok(Json(json!({"ok": 1})))
}

pub(super) async fn unknown(OriginalUri(uri): OriginalUri) -> RestError {
    RestError::not_found(format!("No such method or path: {}", uri.path()))
}

/// A JSON object; U+0000 stands nowhere in it, as PostgreSQL can't hold it.
fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, RestError> {
    let bad =
        |error: serde_json::Error| RestError::bad_request(format!("Bad request body: {error}"));
    if body.windows(6).any(|part| part == b"\\u0000") {
        return Err(RestError::bad_request(
            "Bad request body: U+0000 is not allowed",
        ));
    }
    serde_json::from_slice(body).map_err(bad)
}

fn known_level(simulator: &Simulator, name: Option<String>) -> Result<Level, RestError> {
    let name = name
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| RestError::bad_request("levelName is missing"))?;
    simulator
        .inner
        .config
        .level(&name)
        .cloned()
        .ok_or_else(|| RestError::bad_request(format!("Invalid level name '{name}'")))
}

fn user_id(id: Option<String>) -> Result<String, RestError> {
    id.filter(|id| !id.trim().is_empty() && id.len() <= 255)
        .ok_or_else(|| {
            RestError::bad_request("The external user id is missing, or longer than 255 bytes")
        })
}

/// Only what a browser may be sent to.
fn web_address(url: Option<String>) -> Result<Option<String>, RestError> {
    let Some(url) = url else { return Ok(None) };
    match Url::parse(&url) {
        Ok(parsed) if matches!(parsed.scheme(), "http" | "https") => Ok(Some(url)),
        _ => Err(RestError::bad_request(
            "Invalid redirect: it has to be an http or https URL",
        )),
    }
}
