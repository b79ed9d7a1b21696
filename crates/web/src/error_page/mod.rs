//! Error pages: what happened, what to do, and the request id to quote.

mod domain;
mod words;

use std::{error::Error, time::Duration};

use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use crate::{
    keycloak::SignInFailed,
    layout::{Layout, Viewer},
    site::Site,
};

pub(crate) use words::{WayOn, Words};

/// The header that carries the request id.
pub const REQUEST_ID: &str = "x-request-id";

/// Why a page can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is nothing here.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The role lacks the permission with this name.
    #[error("the permission {0} is missing")]
    Forbidden(&'static str),
    /// The request came from another site.
    #[error("the request came from another site")]
    CrossSite,
    /// The bearer token is unknown, ended or revoked.
    #[error("the bearer token is not valid")]
    BadToken,
    /// Nobody is signed in, and this is no page to come back to.
    #[error("nobody is signed in")]
    SignedOut,
    /// Signing in at the identity provider came to nothing.
    #[error(transparent)]
    SignIn(#[from] SignInFailed),
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
        if kernel::transient::is_read_only(&error) {
            tracing::error!(%error, "the database took no change of a page");
            return PageError::Unavailable("The database takes no changes now.".to_owned());
        }
        database(&error)
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
pub async fn render(State(site): State<Site>, request: Request, next: Next) -> Response {
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
        .unwrap_or_else(|| words::bare(status));
    let viewer = parts.extensions.remove::<Viewer>();
    let layout = Layout::new(words.heading.clone()).viewed_by(viewer);
    let html = match site {
        Site::Admin => AdminErrorPage {
            layout,
            words,
            request_id,
        }
        .render(),
        Site::Portal => PortalErrorPage {
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
