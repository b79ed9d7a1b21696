//! The flow of every operation: asked in a dialog on the page, done, and said; or why not, beside the field.

use axum::{
    Extension, Form, Router,
    extract::{Path, Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};

use super::{Beside, Offered, Operation, Performed, Sent, Subject as _};
use crate::{
    admin::{AdminState, dialog::Dialog, refusal::Refusal},
    error_page::PageError,
    layout::Viewer,
};

/// The dialog of these operations and what "Confirm" sends, at `path`.
pub fn routes<O: Operation>(path: &str) -> Router<AdminState> {
    Router::new().route(path, get(ask::<O>).post(perform::<O>))
}

/// The dialog, on the page.
async fn ask<O: Operation>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(address): Path<O::Address>,
    Query(sent): Query<Sent>,
    uri: Uri,
) -> Result<Response, PageError> {
    let operation = O::named(&address).ok_or(PageError::NotFound("page"))?;
    viewer.needs(operation.words().permission)?;
    let subject = operation.find(&state, &viewer, &address, &sent).await?;
    let beside = match operation.offered(&state, &viewer, &subject).await? {
        Offered::Yes => {
            let sent = operation.initial(&subject);
            let dialog = dialog(operation, &state, &subject, &sent, &uri).await?;
            Beside {
                dialog: Some(dialog),
                ..Beside::default()
            }
        }
        Offered::Disabled(why) => {
            Beside::problem(StatusCode::CONFLICT, place(operation, &subject), why)
        }
        // It moved on in another window, or is so already: the page says how it stands.
        Offered::No => return Ok(Redirect::to(&subject.path()).into_response()),
    };
    subject.render(&state, &viewer, beside).await
}

/// "Confirm" in the dialog, or the button of what is done at once.
pub async fn perform<O: Operation>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(address): Path<O::Address>,
    uri: Uri,
    Form(sent): Form<Sent>,
) -> Result<Response, PageError> {
    confirmed::<O>(&state, &viewer, &address, &sent, &uri)
        .await
        .map_err(|error| match error {
            // Not even the dialog could be shown again.
            PageError::Unavailable(_) if O::DONE_ONCE => PageError::Unavailable(
                "It could not be saved just now, or the answer was lost. Reload this page to send it again: it is done once."
                    .to_owned(),
            ),
            other => other,
        })
}

async fn confirmed<O: Operation>(
    state: &AdminState,
    viewer: &Viewer,
    address: &O::Address,
    sent: &Sent,
    uri: &Uri,
) -> Result<Response, PageError> {
    let operation = O::named(address).ok_or(PageError::NotFound("page"))?;
    let subject = operation.find(state, viewer, address, sent).await?;
    let error = match operation.perform(state, viewer, &subject, sent).await {
        Ok(Performed::Done) => {
            return Ok(Redirect::to(&operation.done_address(&subject)).into_response());
        }
        Ok(Performed::AskedAgain(words, with)) => {
            let mut dialog = dialog(operation, state, &subject, sent, uri).await?;
            dialog.problem = Some(words);
            dialog.hidden.push(with);
            let beside = Beside {
                status: StatusCode::CONFLICT,
                dialog: Some(dialog),
                ..Beside::default()
            };
            return subject.render(state, viewer, beside).await;
        }
        Ok(Performed::HalfDone(left)) => {
            let place = place(operation, &subject);
            let beside = Beside::problem(StatusCode::BAD_GATEWAY, place, left);
            return subject.render(state, viewer, beside).await;
        }
        Err(error) => error,
    };
    let refusal = if O::DONE_ONCE && error.is_transient() {
        tracing::warn!(%error, "a dialog's operation could not be done, or its answer was lost");
        let words = "It could not be saved just now, or the answer was lost. Confirm again: it is done once.";
        Refusal {
            status: StatusCode::SERVICE_UNAVAILABLE,
            ..Refusal::above(words.to_owned())
        }
    } else {
        operation.refusal(&subject, sent, error)?
    };
    // As it is now: it may have moved on meanwhile.
    let subject = operation.find(state, viewer, address, sent).await?;
    let beside = if operation.asks_first(&subject) {
        let mut dialog = dialog(operation, state, &subject, sent, uri).await?;
        let status = refusal.status;
        refusal.on(&mut dialog);
        Beside {
            status,
            dialog: Some(dialog),
            ..Beside::default()
        }
    } else {
        let (status, words) = refusal.words();
        Beside {
            typed: Some(sent.value.clone()),
            ..Beside::problem(status, place(operation, &subject), words)
        }
    };
    subject.render(state, viewer, beside).await
}

/// The dialog, with what was typed; it is sent to the address at which it is shown.
async fn dialog<O: Operation>(
    operation: O,
    state: &AdminState,
    subject: &O::Subject,
    sent: &Sent,
    uri: &Uri,
) -> Result<Dialog, PageError> {
    let words = operation.words();
    Ok(Dialog {
        heading: words.heading.to_owned(),
        words: operation.consequence(subject),
        facts: operation.facts(state, subject).await?,
        action: uri.path().to_owned(),
        back: subject.path(),
        opener: format!("#{}", operation.button_id(subject)),
        fields: operation.fields(state, sent).await?,
        hidden: operation.hidden(subject, sent),
        problem: None,
        confirms: operation.confirms(subject),
    })
}

/// Where the page says what became of it: at the line that it is about, or at the button.
fn place<O: Operation>(operation: O, subject: &O::Subject) -> String {
    let slug = operation.words().slug;
    subject.line().unwrap_or_else(|| slug.to_owned())
}
