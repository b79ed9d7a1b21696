//! Sumsub's REST API, as far as `sumsub::Client` uses it.

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{OriginalUri, Path, Query, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use chrono::{SubsecRound as _, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use sumsub::{signature, webhook::ReviewResult};
use url::Url;

use crate::{
    config::Level,
    events::{self, Event},
    rest_error::RestError,
    simulator::Simulator,
    store::{Applicant, Link},
};

/// Sumsub accepts about a minute of skew.
const SKEW: i64 = 60;
const MAX_BODY: usize = 1 << 20;
/// What `ttlInSecs` is when it isn't given.
const DEFAULT_TTL: i64 = 1800;
const LONGEST_TTL: i64 = 365 * 24 * 3600;

type Answer = Result<Json<Value>, RestError>;

pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route(
            "/resources/sdkIntegrations/levels/-/websdkLink",
            post(create_link),
        )
        .route("/resources/applicants", post(create_applicant))
        .route("/resources/applicants/{applicant}/one", get(one))
        .route("/resources/applicants/{applicant}/status", get(status))
        .route(
            "/resources/applicants/{applicant}/status/testCompleted",
            post(test_completed),
        )
        .route("/resources/{*rest}", axum::routing::any(unknown))
        .method_not_allowed_fallback(unknown)
}

/// Asks every REST call for the token, a signature of the last minute, and that it fits.
pub(crate) async fn authenticate(
    State(simulator): State<Simulator>,
    OriginalUri(uri): OriginalUri,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "").into_response();
    };
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let config = &simulator.inner.config;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let checked = check(
        [
            text(signature::TOKEN_HEADER),
            text(signature::TIME_HEADER),
            text(signature::SIGNATURE_HEADER),
        ],
        config.app_token.expose(),
        |time, given| {
            signature::fits(
                given,
                &config.secret_key,
                time,
                parts.method.as_str(),
                path,
                &body,
            )
        },
    );
    match checked {
        Ok(()) => next.run(Request::from_parts(parts, Body::from(body))).await,
        Err(error) => error.into_response(),
    }
}

fn check(
    [token, time, given]: [Option<&str>; 3],
    app_token: &str,
    fits: impl Fn(i64, &str) -> bool,
) -> Result<(), RestError> {
    let (Some(token), Some(time), Some(given)) = (token, time, given) else {
        return Err(RestError::unauthorized(
            4006,
            "app-token-not-all-auth-params-provided",
            "X-App-Token, X-App-Access-Ts and X-App-Access-Sig are all needed",
        ));
    };
    if token != app_token {
        return Err(RestError::unauthorized(
            4001,
            "app-token-not-found",
            "Invalid app token",
        ));
    }
    let time: i64 = time.parse().map_err(|_| {
        RestError::unauthorized(
            4005,
            "app-token-invalid-value",
            "X-App-Access-Ts is not a number of seconds",
        )
    })?;
    if Utc::now().timestamp().abs_diff(time) > SKEW.unsigned_abs() {
        return Err(RestError::unauthorized(
            4004,
            "app-token-request-expired",
            "Request timestamp is more than a minute off",
        ));
    }
    if !fits(time, given) {
        return Err(RestError::unauthorized(
            4003,
            "app-token-signature-mismatch",
            "Request signature mismatch",
        ));
    }
    Ok(())
}

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

async fn create_link(State(simulator): State<Simulator>, body: Bytes) -> Answer {
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
    let now = Utc::now().trunc_subsecs(3);
    let link = Link {
        token: events::new_token(),
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LevelQuery {
    level_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewApplicant {
    external_user_id: Option<String>,
    #[serde(rename = "type")]
    type_: Option<String>,
}

async fn create_applicant(
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
        Ok((StatusCode::CREATED, Json(describe(&applicant))))
    } else {
        Err(RestError::conflict(format!(
            "Applicant with external user id '{external_user_id}' already exists: {}",
            applicant.id
        )))
    }
}

/// The id is Sumsub's, or `-;externalUserId=` and ours.
async fn find(simulator: &Simulator, selector: &str) -> Result<Applicant, RestError> {
    let pool = &simulator.inner.pool;
    let found = if selector.contains('\0') {
        None
    } else if let Some(external_user_id) = selector.strip_prefix("-;externalUserId=") {
        Applicant::of_user(pool, external_user_id).await?
    } else {
        Applicant::find(pool, selector).await?
    };
    found.ok_or_else(|| RestError::not_found("Applicant not found"))
}

async fn one(State(simulator): State<Simulator>, Path(applicant): Path<String>) -> Answer {
    Ok(Json(describe(&find(&simulator, &applicant).await?)))
}

async fn status(State(simulator): State<Simulator>, Path(applicant): Path<String>) -> Answer {
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

async fn test_completed(
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

async fn unknown(OriginalUri(uri): OriginalUri) -> RestError {
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

fn describe(applicant: &Applicant) -> Value {
    let info = info(applicant);
    json!({
        "id": applicant.id,
        "createdAt": applicant.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        "clientId": "usher-dev",
        "inspectionId": applicant.inspection_id,
        "externalUserId": applicant.external_user_id,
        "type": applicant.applicant_type,
        "email": applicant.email,
        "info": info,
        "fixedInfo": info,
        "review": review(applicant),
    })
}

/// Only what was entered, as Sumsub leaves out what it doesn't know.
fn info(applicant: &Applicant) -> Value {
    let filled = |fields: &[(&str, &String)]| -> Value {
        fields
            .iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| ((*name).to_owned(), json!(text)))
            .collect()
    };
    let mut info = if applicant.is_company() {
        json!({"companyInfo": filled(&[
            ("companyName", &applicant.company_name),
            ("registrationNumber", &applicant.registration_number),
            ("country", &applicant.country),
        ])})
    } else {
        filled(&[
            ("firstName", &applicant.first_name),
            ("lastName", &applicant.last_name),
            ("dob", &applicant.dob),
            ("country", &applicant.country),
        ])
    };
    if !applicant.address.is_empty() {
        info["addresses"] = json!([{"formattedAddress": applicant.address}]);
    }
    info
}

fn review(applicant: &Applicant) -> Value {
    let mut review = json!({
        "levelName": applicant.level_name,
        "reviewStatus": applicant.review_status,
        "createDate": events::date(applicant.review_created_at),
        "attemptId": applicant.attempt_id,
        "attemptCnt": applicant.attempt_cnt,
    });
    if let Some(at) = applicant.reviewed_at {
        review["reviewDate"] = json!(events::date(at));
    }
    if let Some(result) = events::result_of(applicant) {
        review["reviewResult"] = json!(result);
    }
    review
}
