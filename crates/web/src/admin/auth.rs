//! Who asks: an operator's session or a bearer token.

use access::{OperatorId, Subject};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, Uri},
    middleware::Next,
    response::{IntoResponse as _, Redirect, Response},
};
use oidc::BearerError;
use tower_sessions::Session;
use url::form_urlencoded;
use uuid::Uuid;

use super::AdminState;
use crate::{
    error_page::PageError,
    keycloak::SignInFailed,
    layout::Viewer,
    origin,
    session::{self, Door},
};

/// Set by `assets/js/live.js` on what it fetches by itself: it doesn't keep a session alive.
pub const LIVE_HEADER: &str = "x-usher-live";

/// Lets in who is signed in or carries a token; sends everybody else to `/login`, and afterwards back here.
pub async fn require(
    State(state): State<AdminState>,
    session: Session,
    mut request: Request,
    next: Next,
) -> Response {
    match identify(&state, &session, request.headers()).await {
        Ok(Some(viewer)) => {
            request.extensions_mut().insert(viewer.clone());
            let mut response = next.run(request).await;
            // An error page shows the panel around it.
            response.extensions_mut().insert(viewer);
            response
        }
        Ok(None) => to_login(request.method(), request.uri()),
        Err(error) => error.into_response(),
    }
}

/// Who carries these headers. Role and disabling are as of now, not as of signing in.
pub async fn identify(
    state: &AdminState,
    session: &Session,
    headers: &HeaderMap,
) -> Result<Option<Viewer>, PageError> {
    if let Some(token) = origin::bearer(headers) {
        return by_token(state, token).await.map(Some);
    }
    let by_a_person = !headers.contains_key(LIVE_HEADER);
    let Some(who) = session::who(session, Door::Admin, &state.config, by_a_person).await? else {
        return Ok(None);
    };
    let viewer = if who.by_provider == state.sign_in.by_provider() {
        operator(state, who.id).await?
    } else {
        None
    };
    if viewer.is_none() {
        session::sign_out(session).await?;
    }
    Ok(viewer)
}

/// Whom a bearer token speaks for: one of ours, or an access token of the identity provider.
async fn by_token(state: &AdminState, token: &str) -> Result<Viewer, PageError> {
    if let Some(subject) = state.tokens.verify(token).await? {
        let role = subject.role().ok_or(PageError::BadToken)?;
        return Ok(Viewer {
            subject,
            name: "API token".to_owned(),
            role,
        });
    }
    let bearer = state.bearer.as_ref().ok_or(PageError::BadToken)?;
    let program = bearer.verify(token).await.map_err(|error| match error {
        BearerError::Refused(why) => {
            tracing::info!(why, "a bearer token was refused");
            PageError::BadToken
        }
        BearerError::Away(_) => {
            tracing::warn!(%error, "a bearer token could not be checked");
            PageError::Unavailable(
                "Keycloak does not answer, so the bearer token can't be checked.".to_owned(),
            )
        }
    })?;
    operator(state, program.sub)
        .await?
        .ok_or(PageError::SignIn(SignInFailed::NoRole))
}

/// Who has a role as of now.
async fn operator(state: &AdminState, id: Uuid) -> Result<Option<Viewer>, PageError> {
    let operator = state.operators.find(OperatorId::from(id)).await?;
    let operator = operator.filter(|operator| operator.disabled_at.is_none());
    Ok(operator.map(|operator| Viewer {
        subject: Subject::Operator {
            id: operator.id,
            role: operator.role,
        },
        name: operator.email,
        role: operator.role,
    }))
}

fn to_login(method: &Method, uri: &Uri) -> Response {
    if uri.path() == "/events" {
        // An event stream that is sent to a page would try again for ever.
        return PageError::SignedOut.into_response();
    }
    let wanted = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    if *method == Method::GET && wanted != "/" {
        let next: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
        Redirect::to(&format!("/login?next={next}")).into_response()
    } else {
        Redirect::to("/login").into_response()
    }
}
