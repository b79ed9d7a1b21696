//! The pages: the list with switches and webhooks, and behind each link the applicant's.

mod form;
mod home;
mod link;
mod words;

use askama::Template;
use axum::{
    Router,
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};

use crate::simulator::Simulator;

pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/", get(home::show))
        .route("/simulator.css", get(css))
        .route(
            "/switches",
            get(home::switches)
                .put(home::put_switches)
                .post(home::set_switches),
        )
        .route("/webhooks", get(home::webhooks))
        .route("/webhooks/{id}/send", post(home::send_again))
        .route("/link/{token}", get(link::show))
        .route("/link/{token}/submit", post(link::submit))
        .route("/link/{token}/approve", post(link::approve))
        .route("/link/{token}/reject", post(link::reject))
        .route("/link/{token}/hold", post(link::hold))
        .route("/link/{token}/personal-info", post(link::personal_info))
        .fallback(
            async |axum::extract::State(simulator): axum::extract::State<Simulator>| {
                Problem::not_found(&simulator, "There is no such page in the simulator.")
            },
        )
}

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

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, HEADERS, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the Sumsub simulator cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn css() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../assets/simulator.css"),
    )
}

/// A page that says what went wrong and what to do.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub(crate) struct Problem {
    prefix: String,
    status: StatusCode,
    heading: &'static str,
    what: String,
    mend: &'static str,
}

impl Problem {
    fn not_found(simulator: &Simulator, what: &str) -> Self {
        Self {
            prefix: simulator.inner.config.prefix().to_owned(),
            status: StatusCode::NOT_FOUND,
            heading: "Not found",
            what: what.to_owned(),
            mend: "The list shows every link and applicant there is.",
        }
    }

    fn ended(simulator: &Simulator) -> Self {
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

    fn invalid(simulator: &Simulator, what: &str) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            heading: "That cannot be",
            mend: "Go back, correct it and send it again.",
            ..Self::not_found(simulator, what)
        }
    }

    fn database(simulator: &Simulator, error: &sqlx::Error) -> Self {
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
