//! The page of a prospect and the page of a customer, as far as they behave alike: show it, ask in a dialog, do it.

use std::future::Future;

use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    AdminState,
    acts::{Act, Offered, named},
    dialog::Dialog,
};
use crate::{error_page::PageError, layout::Viewer};

/// A record with a page.
pub trait Record: Sized + Send + 'static {
    /// What can be done to it.
    const ACTS: &'static [Act];

    /// Finds it; that somebody looked is written down.
    fn find(
        state: &AdminState,
        viewer: &Viewer,
        public_id: &str,
    ) -> impl Future<Output = Result<Self, PageError>> + Send;

    /// Its page.
    fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> impl Future<Output = Result<Response, PageError>> + Send;

    /// The UUID.
    fn id(&self) -> Uuid;

    /// Where its page is.
    fn path(&self) -> String;

    /// Whether the act is on the page.
    fn offered(&self, state: &AdminState, act: Act) -> Offered;

    /// What the act's dialog holds at first.
    fn value(&self, act: Act) -> String;

    /// What its page says when the act that an address names is done.
    fn done(slug: &str) -> Option<&'static str> {
        named(Self::ACTS, slug).map(|act| act.words().done)
    }

    /// What the act's dialog says will happen.
    fn consequence(&self, act: Act) -> String {
        act.words().consequence.to_owned()
    }

    /// The act's dialog; its field holds `value`.
    fn dialog(&self, act: Act, value: String) -> Dialog {
        Dialog {
            words: self.consequence(act),
            ..Dialog::of(act, &self.path(), value)
        }
    }
}

/// What a page shows beside the record.
#[derive(Default)]
pub struct Beside {
    pub status: StatusCode,
    /// What has just been done.
    pub done: Option<&'static str>,
    /// Why what was asked for can't be done.
    pub problem: Option<String>,
    pub dialog: Option<Dialog>,
}

/// What the address of a record's page says beside the record.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// What a dialog sends.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    value: String,
}

/// The page.
pub async fn show<R: Record>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
    Query(asked): Query<Done>,
) -> Result<Response, PageError> {
    let record = R::find(&state, &viewer, &public_id).await?;
    let beside = Beside {
        done: asked.done.and_then(|slug| R::done(&slug)),
        ..Beside::default()
    };
    record.render(&state, &viewer, beside).await
}

/// The dialog of an act.
pub async fn ask<R: Record>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((public_id, slug)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let act = named(R::ACTS, &slug).ok_or(PageError::NotFound("page"))?;
    viewer.needs(act.words().permission)?;
    let record = R::find(&state, &viewer, &public_id).await?;
    let beside = match record.offered(&state, act) {
        Offered::Yes => Beside {
            dialog: Some(record.dialog(act, record.value(act))),
            ..Beside::default()
        },
        Offered::Disabled(why) => Beside {
            status: StatusCode::CONFLICT,
            problem: Some(why),
            ..Beside::default()
        },
        // It moved on in another window, or is so already: the page says how it stands.
        Offered::No => return Ok(Redirect::to(&record.path()).into_response()),
    };
    record.render(&state, &viewer, beside).await
}

/// "Confirm" in the dialog.
pub async fn act<R: Record>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((public_id, slug)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let act = named(R::ACTS, &slug).ok_or(PageError::NotFound("page"))?;
    let record = R::find(&state, &viewer, &public_id).await?;
    let error = match act
        .perform(&state, &viewer, record.id(), &typed.value)
        .await
    {
        Ok(()) => {
            let address = format!("{}?done={slug}", record.path());
            return Ok(Redirect::to(&address).into_response());
        }
        Err(error) => error,
    };
    let (status, dialog) = record
        .dialog(act, String::new())
        .again(error, typed.value)?;
    let beside = Beside {
        status,
        dialog: Some(dialog),
        ..Beside::default()
    };
    // As it is now: it may have moved on meanwhile.
    let record = R::find(&state, &viewer, &public_id).await?;
    record.render(&state, &viewer, beside).await
}
