//! What is done with a customer's money and credit, on the customer's page: asked in a dialog, done, and said. Whether it can
//! be done is asked of the domains' tables.

mod credit;
mod facts;
mod money;
mod said;
mod subject;
mod words;

use axum::{
    Extension, Form, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use uuid::Uuid;

use self::subject::Subject;
pub use self::words::{Dealing, done};
use super::{
    AdminState,
    customers::page::CustomerRecord,
    operation::{Beside, Record as _, done_address, problem_at},
    prospects::operations::Offered,
};
use crate::{error_page::PageError, layout::Viewer};

/// The dialogs: `deposits/new`, `withdrawals/100012/confirm`, `credit/{uuid}/approve`.
pub fn routes() -> Router<AdminState> {
    let one = "/customers/{public_id}/{kind}/{document}/{act}";
    let new = "/customers/{public_id}/{kind}/new";
    Router::new()
        .route(new, get(ask_new).post(make))
        .route(one, get(ask).post(act))
}

/// What the dialogs send; each has some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    /// What is made gets this id, so that sending it twice makes one.
    id: Option<Uuid>,
    amount: String,
    reference: String,
    purpose: String,
    note: String,
    reason: String,
}

async fn ask_new(
    state: State<AdminState>,
    viewer: Extension<Viewer>,
    Path((public_id, kind)): Path<(String, String)>,
) -> Result<Response, PageError> {
    asked(&state, &viewer, &public_id, (&kind, None)).await
}

async fn ask(
    state: State<AdminState>,
    viewer: Extension<Viewer>,
    Path((public_id, kind, document, act)): Path<(String, String, String, String)>,
) -> Result<Response, PageError> {
    let named = (kind.as_str(), Some((document.as_str(), act.as_str())));
    asked(&state, &viewer, &public_id, named).await
}

async fn make(
    state: State<AdminState>,
    viewer: Extension<Viewer>,
    Path((public_id, kind)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    done_with(&state, &viewer, &public_id, (&kind, None), typed)
        .await
        .map_err(again)
}

async fn act(
    state: State<AdminState>,
    viewer: Extension<Viewer>,
    Path((public_id, kind, document, act)): Path<(String, String, String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let named = (kind.as_str(), Some((document.as_str(), act.as_str())));
    done_with(&state, &viewer, &public_id, named, typed)
        .await
        .map_err(again)
}

/// What an address names behind the customer: a kind of document, and one of them with an act.
type Named<'a> = (&'a str, Option<(&'a str, &'a str)>);

/// The dialog.
async fn asked(
    state: &AdminState,
    viewer: &Viewer,
    public_id: &str,
    named: Named<'_>,
) -> Result<Response, PageError> {
    let dealing = Dealing::named(named.0, named.1.map(|(_, act)| act))?;
    viewer.needs(dealing.words().permission)?;
    let record = CustomerRecord::find(state, viewer, public_id).await?;
    let subject = Subject::find(state, viewer, &record, dealing, named.1).await?;
    let beside = match subject.offered(state, viewer).await? {
        Offered::Yes => Beside {
            dialog: Some(subject.dialog(state, &record, &Typed::default()).await?),
            ..Beside::default()
        },
        Offered::Disabled(why) => Beside {
            status: StatusCode::CONFLICT,
            said: problem_at(&subject.place(), why),
            ..Beside::default()
        },
        // It moved on in another window, or is so already: the page says how it stands.
        Offered::No => return Ok(Redirect::to(&record.path()).into_response()),
    };
    record.render(state, viewer, beside).await
}

/// "Confirm" in the dialog.
async fn done_with(
    state: &AdminState,
    viewer: &Viewer,
    public_id: &str,
    named: Named<'_>,
    typed: Typed,
) -> Result<Response, PageError> {
    let dealing = Dealing::named(named.0, named.1.map(|(_, act)| act))?;
    let record = CustomerRecord::find(state, viewer, public_id).await?;
    let subject = Subject::find(state, viewer, &record, dealing, named.1).await?;
    let said = match subject.perform(state, viewer, &typed).await {
        Ok(()) => {
            let place = subject.place();
            let slug = dealing.words().slug;
            let at = Some(place.as_str()).filter(|place| *place != slug);
            let address = done_address(&record.path(), slug, at);
            return Ok(Redirect::to(&address).into_response());
        }
        Err(error) => said::refusal(error, &subject, &typed)?,
    };
    let mut dialog = subject.dialog(state, &record, &typed).await?;
    let status = said.status;
    said.on(&mut dialog);
    let beside = Beside {
        status,
        dialog: Some(dialog),
        ..Beside::default()
    };
    record.render(state, viewer, beside).await
}

/// When not even the dialog could be shown again: what was sent has its id, so that sending it again is safe.
fn again(error: PageError) -> PageError {
    match error {
        PageError::Unavailable(_) => PageError::Unavailable(
            "It could not be saved just now, or the answer was lost. Reload this page to send it again: it is done once."
                .to_owned(),
        ),
        other => other,
    }
}
