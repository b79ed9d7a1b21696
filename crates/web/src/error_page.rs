//! Error pages: what happened, what to do, and the request id to quote.

use std::{error::Error, time::Duration};

use access::{AccessError, Permission};
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use customer::OnboardingError;

use crate::{
    format::wait_words,
    layout::{Layout, Viewer},
    session::Door,
};

/// The header that carries the request id.
pub const REQUEST_ID: &str = "x-request-id";

/// Why a page can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is nothing here.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The role lacks the permission.
    #[error("the permission {0} is missing")]
    Forbidden(Permission),
    /// The request came from another site.
    #[error("the request came from another site")]
    CrossSite,
    /// The bearer token is unknown, ended or revoked.
    #[error("the bearer token is not valid")]
    BadToken,
    /// Nobody is signed in, and this is no page to come back to.
    #[error("nobody is signed in")]
    SignedOut,
    /// Too many sign-in attempts.
    #[error("too many sign-in attempts")]
    Throttled(Duration),
    /// The request is not one that a page of ours sends.
    #[error("{0}")]
    BadRequest(&'static str),
    /// It is no longer possible; the words say why.
    #[error("{0}")]
    Conflict(String),
    /// Something outside does not answer; the words say what.
    #[error("{0}")]
    Unavailable(String),
    /// A defect of ours.
    #[error(transparent)]
    Internal(Box<dyn Error + Send + Sync>),
}

impl From<tower_sessions::session::Error> for PageError {
    fn from(error: tower_sessions::session::Error) -> Self {
        match error {
            tower_sessions::session::Error::Store(_) => database(&error),
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<sqlx::Error> for PageError {
    fn from(error: sqlx::Error) -> Self {
        database(&error)
    }
}

impl From<AccessError> for PageError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Forbidden { permission } => PageError::Forbidden(permission),
            AccessError::Database(error) => database(&error),
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<OnboardingError> for PageError {
    fn from(error: OnboardingError) -> Self {
        match error {
            OnboardingError::NotFound => PageError::NotFound("record"),
            OnboardingError::Access(error) => error.into(),
            OnboardingError::Refused(_) => PageError::Conflict(error.to_string()),
            OnboardingError::BadCursor => {
                PageError::BadRequest("This page of the list does not exist.")
            }
            OnboardingError::Database(error) => error.into(),
            error if error.is_transient() => {
                tracing::warn!(%error, "a page could not read or write");
                PageError::Unavailable("The record could not be read or saved just now.".to_owned())
            }
            other => PageError::Internal(Box::new(other)),
        }
    }
}

impl From<askama::Error> for PageError {
    fn from(error: askama::Error) -> Self {
        PageError::Internal(Box::new(error))
    }
}

fn database(error: &dyn Error) -> PageError {
    tracing::error!(%error, "the database did not answer a page");
    PageError::Unavailable("The database does not answer.".to_owned())
}

/// What an error page says.
#[derive(Debug, Clone)]
struct Words {
    heading: String,
    what: String,
    todo: String,
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            PageError::NotFound(_) => StatusCode::NOT_FOUND,
            PageError::Forbidden(_) | PageError::CrossSite => StatusCode::FORBIDDEN,
            PageError::BadToken | PageError::SignedOut => StatusCode::UNAUTHORIZED,
            PageError::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            PageError::BadRequest(_) => StatusCode::BAD_REQUEST,
            PageError::Conflict(_) => StatusCode::CONFLICT,
            PageError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn words(&self) -> Words {
        let (heading, what, todo) = match self {
            PageError::NotFound(what) => (
                format!("No such {what}"),
                format!("There is no {what} at this address."),
                "Check the address, or go back and look for it in the list.".to_owned(),
            ),
            PageError::Forbidden(permission) => (
                "Not allowed".to_owned(),
                format!("This needs the permission {permission}, which your role does not have."),
                "Ask an administrator to do it, or to give you another role.".to_owned(),
            ),
            PageError::CrossSite => (
                "Request refused".to_owned(),
                "The request did not come from one of our own pages, so nothing was done."
                    .to_owned(),
                "Open the page here and try again from there. Programs use a bearer token."
                    .to_owned(),
            ),
            PageError::BadToken => (
                "Token not valid".to_owned(),
                "The bearer token is unknown, has ended or was revoked.".to_owned(),
                "Ask an administrator for a new one.".to_owned(),
            ),
            PageError::SignedOut => (
                "Signed out".to_owned(),
                "Your session has ended.".to_owned(),
                "Sign in again.".to_owned(),
            ),
            PageError::Throttled(wait) => (
                "Too many attempts".to_owned(),
                "There were too many attempts to sign in.".to_owned(),
                format!("Wait {}, then try again.", wait_words(*wait)),
            ),
            PageError::BadRequest(what) => (
                "Request not understood".to_owned(),
                (*what).to_owned(),
                "Go back, reload the page and try again.".to_owned(),
            ),
            PageError::Conflict(what) => (
                "No longer possible".to_owned(),
                what.clone(),
                "Go back and reload the page to see how things stand now.".to_owned(),
            ),
            PageError::Unavailable(what) => (
                "Not available right now".to_owned(),
                what.clone(),
                "Nothing was lost. Try again in a moment.".to_owned(),
            ),
            PageError::Internal(_) => return bare(StatusCode::INTERNAL_SERVER_ERROR),
        };
        Words {
            heading,
            what,
            todo,
        }
    }
}

/// What to say about an answer of which only the status is known.
fn bare(status: StatusCode) -> Words {
    let (heading, what, todo) = match status {
        StatusCode::NOT_FOUND => (
            "Page not found",
            "There is no page at this address.",
            "Check the address, or start from the first page.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Request not understood",
            "This address does not take such a request.",
            "Go back and try again from the page.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "Too much",
            "What was sent is too large.",
            "Send less at a time.",
        ),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => (
            "It took too long",
            "The answer did not come in time.",
            "Try again in a moment; what was already done is not done twice.",
        ),
        status if status.is_client_error() => (
            "Request not understood",
            "What was sent is not what this page expects.",
            "Go back, reload the page and try again.",
        ),
        _ => (
            "Something went wrong",
            "That was our fault, not yours. It has been recorded.",
            "Try again. If it happens again, tell us the request id below.",
        ),
    };
    Words {
        heading: heading.to_owned(),
        what: what.to_owned(),
        todo: todo.to_owned(),
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        if let PageError::Internal(error) = &self {
            tracing::error!(error = %error, "a page failed");
        }
        let mut response = self.status().into_response();
        match &self {
            PageError::Throttled(wait) => {
                let seconds = HeaderValue::from(wait.as_secs() + 1);
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            PageError::BadToken => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
            }
            _ => {}
        }
        response.extensions_mut().insert(self.words());
        response
    }
}

#[derive(Template)]
#[template(path = "admin/error.html")]
struct AdminErrorPage {
    layout: Layout,
    words: Words,
    request_id: String,
}

#[derive(Template)]
#[template(path = "portal/error.html")]
struct PortalErrorPage {
    layout: Layout,
    words: Words,
    request_id: String,
}

/// Turns every error answer that isn't a page yet into one.
pub async fn render(State(door): State<Door>, request: Request, next: Next) -> Response {
    let request_id = id_of(request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !(status.is_client_error() || status.is_server_error()) || is_page {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let words = parts
        .extensions
        .remove::<Words>()
        .unwrap_or_else(|| bare(status));
    let viewer = parts.extensions.remove::<Viewer>();
    let layout = Layout::new(words.heading.clone()).viewed_by(viewer);
    let html = match door {
        Door::Admin => AdminErrorPage {
            layout,
            words,
            request_id,
        }
        .render(),
        Door::Portal => PortalErrorPage {
            layout,
            words,
            request_id,
        }
        .render(),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    match html {
        Ok(html) => (parts, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "the error page failed");
            (parts, "Something went wrong.").into_response()
        }
    }
}

/// The id of this request, as logs have it.
#[must_use]
pub fn id_of(headers: &HeaderMap) -> String {
    headers
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission() {
        let words = PageError::Forbidden(Permission::CustomerCreate).words();
        assert!(words.what.contains("CUSTOMER_CREATE"));
    }
}
