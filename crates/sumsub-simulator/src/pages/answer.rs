use askama::Template;
use axum::{
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::simulator::Simulator;

/// The page's own style and forms, and nothing from elsewhere. A stricter referrer policy would make browsers send
/// forms with `Origin: null`.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, HEADERS, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the Sumsub simulator cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says what went wrong and what to do.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub(super) struct Problem {
    prefix: String,
    status: StatusCode,
    heading: &'static str,
    what: String,
    mend: &'static str,
}

impl Problem {
    pub(super) fn not_found(simulator: &Simulator, what: &str) -> Self {
        Self {
            prefix: simulator.inner.config.prefix().to_owned(),
            status: StatusCode::NOT_FOUND,
            heading: "Not found",
            what: what.to_owned(),
            mend: "The list shows every link and applicant there is.",
        }
    }

    pub(super) fn ended(simulator: &Simulator) -> Self {
        Self {
            status: StatusCode::GONE,
            heading: "This link has ended",
            mend: "Generate a new verification link in the admin panel.",
            ..Self::not_found(
                simulator,
                "It lived as long as was asked for when it was made.",
            )
        }
    }

    pub(super) fn invalid(simulator: &Simulator, what: &str) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            heading: "That cannot be",
            mend: "Go back, correct it and send it again.",
            ..Self::not_found(simulator, what)
        }
    }

    pub(super) fn database(simulator: &Simulator, error: &sqlx::Error) -> Self {
        // Nothing happens to an applicant that is deleted.
        if matches!(error, sqlx::Error::RowNotFound) {
            return Self {
                status: StatusCode::CONFLICT,
                heading: "This applicant was deleted",
                mend: "Open the link anew: that makes a new applicant with an id of its own.",
                ..Self::not_found(simulator, "Nothing can happen to it any more.")
            };
        }
        tracing::error!(%error, "the Sumsub simulator's database failed");
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            heading: "The database does not answer",
            mend: "Look at what usher dev prints, and try again.",
            ..Self::not_found(
                simulator,
                "The simulator keeps its applicants and webhooks in the private database.",
            )
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        page(self.status, &self)
    }
}
