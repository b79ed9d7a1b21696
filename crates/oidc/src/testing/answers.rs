//! What the provider answers: its metadata, its keys, tokens for a code.

use std::{
    collections::HashMap,
    future::pending,
    io,
    sync::{Arc, atomic::Ordering},
};

use axum::{
    Form, Json,
    body::Body,
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{CLIENT, Inner, Key, Mood, SECRET, key, lock};

pub(super) async fn moody(
    State(inner): State<Arc<Inner>>,
    request: Request,
    next: Next,
) -> Response {
    let mood = *lock(&inner.mood);
    match mood {
        Mood::Well => next.run(request).await,
        Mood::Away => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Mood::Hangs => pending().await,
        Mood::HalfWritten => {
            let parts = [
                Ok("{\"issuer\": \"http"),
                Err(io::Error::other("broke off")),
            ];
            Body::from_stream(futures::stream::iter(parts)).into_response()
        }
    }
}

pub(super) async fn metadata(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let issuer = &inner.issuer;
    let said = lock(&inner.calls_itself);
    Json(json!({
        "issuer": said.as_ref().unwrap_or(issuer),
        "authorization_endpoint": format!("{issuer}/auth"),
        "token_endpoint": format!("{issuer}/token"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "jwks_uri": format!("{issuer}/certs"),
        "response_types_supported": ["code", "none"],
        "subject_types_supported": ["public", "pairwise"],
        // As Keycloak does: the list is no recommendation.
        "id_token_signing_alg_values_supported": ["PS384", "RS384", "HS256", "ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

pub(super) async fn certs(State(inner): State<Arc<Inner>>) -> Json<Value> {
    inner.asked_for_keys.fetch_add(1, Ordering::Relaxed);
    let mut keys: Vec<Value> = lock(&inner.keys).iter().map(|key| key.jwk()).collect();
    // Keycloak has one for encryption beside it.
    let mut encryption = Key::nth(2).jwk();
    encryption["use"] = "enc".into();
    encryption["alg"] = "RSA-OAEP".into();
    keys.push(encryption);
    Json(json!({ "keys": keys }))
}

pub(super) async fn token(
    State(inner): State<Arc<Inner>>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let given = |name: &str| form.get(name).map_or("", String::as_str);
    let error = |status: StatusCode, error: &str| {
        let body = json!({ "error": error, "error_description": "as told in the tests" });
        (status, Json(body)).into_response()
    };
    if given("client_id") != CLIENT || given("client_secret") != SECRET {
        return error(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let Some(pending) = lock(&inner.codes).remove(given("code")) else {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    if given("redirect_uri") != pending.redirect_uri
        || key::challenge(given("code_verifier")) != pending.challenge
    {
        return error(StatusCode::BAD_REQUEST, "invalid_grant");
    }
    let key = inner.key();
    let claims = inner.id_claims(&pending);
    let id_token = match &*lock(&inner.id_token) {
        Some(make) => make(&key, claims),
        None => key.sign(&claims),
    };
    let answer = json!({
        "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 300, "scope": "openid",
        "id_token": id_token,
    });
    Json(answer).into_response()
}
