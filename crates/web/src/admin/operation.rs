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
    dialog::{Dialog, Offers, Said},
    prospects::operations::{Act, Offered, named},
    refusal::Refusal,
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

    /// Whether a dialog asks before the act is done.
    fn asks_first(&self, act: Act) -> bool;

    /// The buttons of these acts, with what has just been said about one of them.
    fn offers(
        &self,
        state: &AdminState,
        viewer: &Viewer,
        beside: &mut Beside,
        acts: &[Act],
    ) -> Offers {
        let (offered, asks) = (|act| self.offered(state, act), |act| self.asks_first(act));
        let slugs = acts.iter().map(|act| act.words().slug);
        Offers::of(viewer, &self.path(), acts, offered, asks).saying(beside.said_at(slugs))
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
    /// What has just been done, or why it can't be, and about what.
    pub said: Option<About>,
    pub dialog: Option<Dialog>,
}

/// What is said, and where on the page.
pub struct About {
    /// The act's slug, or the id of the line that it is about.
    pub place: String,
    pub said: Said,
}

impl Beside {
    /// What is to be said at one of these places; whatever is left stands at the top of the page.
    pub fn said_at<'a>(&mut self, places: impl IntoIterator<Item = &'a str>) -> Option<Said> {
        said_here(&mut self.said, places)
    }

    /// What no place of the page has said.
    pub fn rest(&mut self) -> Option<Said> {
        self.said.take().map(|about| about.said)
    }
}

/// Takes what is to be said at one of these places.
pub fn said_here<'a>(
    said: &mut Option<About>,
    places: impl IntoIterator<Item = &'a str>,
) -> Option<Said> {
    let mut places = places.into_iter();
    let about = said.take_if(|about| places.any(|place| place == about.place.as_str()))?;
    Some(about.said)
}

/// Why not, at this place.
pub fn problem_at(place: &str, words: String) -> Option<About> {
    Some(About {
        place: place.to_owned(),
        said: Said::Problem(words),
    })
}

/// What the address of a record's page says beside the record.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    done: Option<String>,
    /// The line that it was done to.
    at: Option<String>,
}

impl Done {
    /// Whether this was done.
    pub fn is(&self, slug: &str) -> bool {
        self.done.as_deref() == Some(slug)
    }

    /// The line that it was done to.
    pub fn at(&self) -> Option<&str> {
        self.at.as_deref()
    }
}

/// Where a record's page says that this was done; `at` is the line that it was done to.
pub fn done_address(path: &str, slug: &str, at: Option<&str>) -> String {
    let at = at.map_or_else(String::new, |at| format!("&at={at}"));
    format!("{path}?done={slug}{at}#done")
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
    let said = asked.done.and_then(|slug| {
        let said = Said::Done(R::done(&slug)?);
        let place = asked.at.unwrap_or(slug);
        Some(About { place, said })
    });
    let beside = Beside {
        said,
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
            said: problem_at(&slug, why),
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
            let address = done_address(&record.path(), &slug, None);
            return Ok(Redirect::to(&address).into_response());
        }
        Err(error) => error,
    };
    let beside = if record.asks_first(act) {
        let dialog = record.dialog(act, String::new());
        let (status, dialog) = dialog.again(error, typed.value)?;
        Beside {
            status,
            dialog: Some(dialog),
            ..Beside::default()
        }
    } else {
        let (status, words) = Refusal::of(error)?.words();
        Beside {
            status,
            said: problem_at(&slug, words),
            ..Beside::default()
        }
    };
    // As it is now: it may have moved on meanwhile.
    let record = R::find(&state, &viewer, &public_id).await?;
    record.render(&state, &viewer, beside).await
}
