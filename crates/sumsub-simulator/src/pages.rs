//! The pages: the list with switches and webhooks, and behind each link the applicant's. Their forms are in the crate's
//! documentation.

mod actions;
mod answer;
mod custom;
mod form;
mod home;
mod link;
mod living;
mod owners;
mod switches;
mod webhooks;
mod words;

use axum::{
    Router,
    extract::State,
    http::header,
    response::IntoResponse,
    routing::{get, post},
};

use self::answer::Problem;
use crate::simulator::Simulator;

pub(crate) fn router() -> Router<Simulator> {
    Router::new()
        .route("/", get(home::show))
        .route("/simulator.css", get(css))
        .route(
            "/switches",
            get(switches::show).put(switches::put).post(switches::post),
        )
        .route("/webhooks", get(webhooks::list))
        .route("/webhooks/{id}/send", post(webhooks::send_again))
        .route("/link/{token}", get(link::show))
        .route("/link/{token}/open", post(actions::open))
        .route("/link/{token}/submit", post(actions::submit))
        .route("/link/{token}/approve", post(actions::approve))
        .route("/link/{token}/reject", post(actions::reject))
        .route("/link/{token}/answer", post(actions::answer))
        .route("/link/{token}/hold", post(actions::hold))
        .route("/link/{token}/reset", post(actions::reset))
        .route("/link/{token}/activate", post(actions::activate))
        .route("/link/{token}/deactivate", post(actions::deactivate))
        .route("/link/{token}/delete", post(actions::delete))
        .route("/link/{token}/made-up", post(actions::made_up))
        .route("/link/{token}/level", post(actions::level))
        .route("/link/{token}/personal-info", post(actions::personal_info))
        .route("/link/{token}/owners", post(owners::add))
        .route("/link/{token}/send", post(custom::send))
        .fallback(async |State(simulator): State<Simulator>| {
            Problem::not_found(&simulator, "There is no such page in the simulator.")
        })
}

async fn css() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("../assets/simulator.css"),
    )
}
