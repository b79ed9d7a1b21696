//! `/prospects/selected`: one act on several prospects, ticked in the list or all that match; asked first, then each with its own outcome.

mod confirm;
mod form;
mod result;

use access::Permission;
use axum::{
    Extension, Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use customer::selection::{NewSelection, Selected, SelectedOutcome};
use kernel::Error;
use uuid::Uuid;

use self::form::{Pairs, Sent};
use crate::{
    admin::{AdminState, records::ticked, words},
    error_page::PageError,
    format::{self, Shape, Tone},
    layout::Viewer,
};

/// Where the form below the list leads.
pub const PATH: &str = "/prospects/selected";

/// A prospect, as both pages show it.
struct Row {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    stage: format::State,
    outcome: format::State,
    why: Option<String>,
}

impl Row {
    /// Of one who was selected; `untried` says what is with one to whom nothing was done yet.
    fn of(selected: Selected, untried: &'static str) -> Self {
        let (words, tone, shape) = match &selected.outcome {
            Some(SelectedOutcome::Done) => ("Done", Tone::Good, Shape::Check),
            Some(SelectedOutcome::NotDone(_)) => ("Not done", Tone::Bad, Shape::Cross),
            None => (untried, Tone::Quiet, Shape::Ring),
        };
        Self {
            public_id: selected.public_id,
            name: selected.name,
            email: selected.email,
            stage: words::stage(selected.stage),
            outcome: format::State::new(words, tone, shape),
            why: match selected.outcome {
                Some(SelectedOutcome::NotDone(why)) => Some(why),
                _ => None,
            },
        }
    }
}

/// A button above the list: asks, and shows whom. Nothing is done yet, and whom it will be done to is fixed: the page's form has them.
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let mut sent = Sent::of(pairs)?;
    if sent.all {
        sent.public_ids = ticked::all_that_match(&state, &viewer, &sent.back).await?;
    }
    confirm::page(&state, &viewer, Uuid::now_v7(), sent, None).await
}

/// Does it, once for the id in the address.
pub async fn act(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let sent = Sent::of(pairs)?;
    match begin(&state, &viewer, id, &sent).await {
        Ok(()) => Ok(Redirect::to(&format!("{PATH}/{id}")).into_response()),
        Err(Error::Invalid(wrong)) => {
            let words: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
            confirm::page(&state, &viewer, id, sent, Some(words.join(" "))).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn begin(state: &AdminState, viewer: &Viewer, id: Uuid, sent: &Sent) -> Result<(), Error> {
    let new = NewSelection {
        id,
        act: sent.act,
        reason: &sent.reason,
        assignee: sent.chosen_assignee()?,
        public_ids: &sent.public_ids,
    };
    state
        .onboarding
        .act_on_selected(&viewer.subject, &new)
        .await
}

/// What came of each.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    result::page(&state, &viewer, id).await
}
