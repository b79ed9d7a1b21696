//! Prospects from a file: upload it, see what would become of each row, import, take the result along.

pub mod form;
pub mod page;
mod result;
mod upload;

use access::{ActorNames, Permission};
use axum::{Router, extract::DefaultBodyLimit, routing::get};
use customer::import::{Import, RowOutcome};

use crate::{
    admin::AdminState,
    format::{Shape, State, Time, Tone},
    layout::Viewer,
};

/// Where a file is uploaded.
pub const PATH: &str = "/prospects/import";
/// A file that is too large is answered with words as long as the browser gets to send it: not more than this.
const LARGEST_UPLOAD: usize = 16 * 1024 * 1024;

/// The pages of imports.
pub fn routes() -> Router<AdminState> {
    Router::new()
        .route(
            PATH,
            get(form::show)
                .post(upload::upload)
                .layer(DefaultBodyLimit::max(LARGEST_UPLOAD)),
        )
        .route("/prospects/import/{id}", get(page::show).post(page::start))
        .route("/prospects/import/{id}/result.csv", get(result::file))
}

/// Whether the viewer may upload and start one.
fn may_import(viewer: &Viewer) -> bool {
    viewer.may(Permission::CustomerCreate)
}

/// Who did what to an import, and when.
struct Told {
    by: String,
    at: Time,
}

impl Told {
    fn uploaded(import: &Import, names: &ActorNames) -> Self {
        Self {
            by: names.name(&import.uploaded_by),
            at: Time::of(import.uploaded_at),
        }
    }
}

/// Where an import stands, in a word.
fn standing(import: &Import) -> State {
    let (words, tone, shape) = match (import.started_at, import.finished_at) {
        (None, _) => ("Not started", Tone::Quiet, Shape::Ring),
        (Some(_), None) => ("Running", Tone::Moving, Shape::Half),
        (Some(_), Some(_)) => ("Done", Tone::Good, Shape::Check),
    };
    State::new(words, tone, shape)
}

/// What became of a row, in a word.
fn outcome(outcome: RowOutcome) -> State {
    let (tone, shape) = match outcome {
        RowOutcome::Error => (Tone::Bad, Shape::Cross),
        RowOutcome::AlreadyThere => (Tone::Quiet, Shape::Bar),
        RowOutcome::Ready => (Tone::Quiet, Shape::Ring),
        RowOutcome::Queued => (Tone::Moving, Shape::Half),
        RowOutcome::Created => (Tone::Good, Shape::Check),
    };
    State::new(outcome.label(), tone, shape)
}
