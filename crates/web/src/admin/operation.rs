//! What operators do: one trait for all that can be done, and one flow from the button to the page that says that it is done.
//!
//! The button opens a dialog on the page (`GET`); "Confirm" does it (`POST`) and leads back to the page, which says so. What can't be
//! done is said there, beside the field that it is about. Which operations there are stands in the `operations.rs` of each folder;
//! whether one can be done is decided by the tables of the domains, which [`Operation::offered`] asks for the page and
//! [`Operation::perform`] asks again.

use std::future::Future;

use access::Permission;
use axum::{
    Extension, Form, Router,
    extract::{Path, Query, State},
    http::{StatusCode, Uri},
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use kernel::{Decision, Error};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    AdminState,
    dialog::{Asks, Dialog, Offer, Offers, Said},
    refusal::Refusal,
};
use crate::{error_page::PageError, layout::Viewer};

/// What can be done to a record: how it is spoken of, whether it is offered, and the call into the domain.
pub trait Operation: Copy + Send + Sync + 'static {
    /// The parts of the address, by the names that the route gives them.
    type Address: DeserializeOwned + Send + Sync + 'static;
    /// What it is done to, with the page that shows it.
    type Subject: Subject;
    /// All of them, in the order of their buttons.
    const ALL: &'static [Self];

    /// The operation that an address names.
    fn named(address: &Self::Address) -> Option<Self>;

    /// How it is spoken of, and what it needs.
    fn words(self) -> Words;

    /// Finds what an address names; that somebody looked is written down.
    fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        address: &Self::Address,
        sent: &Sent,
    ) -> impl Future<Output = Result<Self::Subject, PageError>> + Send;

    /// Does it; the domain asks for the permission, keeps the rules and writes it down.
    fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        subject: &Self::Subject,
        sent: &Sent,
    ) -> impl Future<Output = Result<Performed, Error>> + Send;

    /// Whether it can be done as things stand.
    fn offered(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        _subject: &Self::Subject,
    ) -> impl Future<Output = Result<Offered, PageError>> + Send {
        async { Ok(Offered::Yes) }
    }

    /// Whether a dialog asks first: not for what takes nothing away and can be done again.
    fn asks_first(self, _subject: &Self::Subject) -> bool {
        true
    }

    /// What the dialog says will happen.
    fn consequence(self, _subject: &Self::Subject) -> String {
        self.words().consequence.to_owned()
    }

    /// What has to be known to decide: labels, and what they say.
    fn facts(
        self,
        _state: &AdminState,
        _subject: &Self::Subject,
    ) -> impl Future<Output = Result<Vec<(&'static str, String)>, PageError>> + Send {
        async { Ok(Vec::new()) }
    }

    /// What the dialog holds at first.
    fn initial(self, _subject: &Self::Subject) -> Sent {
        Sent::default()
    }

    /// What the dialog sends along unseen.
    fn hidden(self, _subject: &Self::Subject, _sent: &Sent) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// The id of its button.
    fn button_id(self, _subject: &Self::Subject) -> String {
        format!("act-{}", self.words().slug)
    }

    /// Why it was not done, in words.
    ///
    /// # Errors
    /// An error page, when it is no matter for a dialog.
    fn refusal(
        self,
        _subject: &Self::Subject,
        _sent: &Sent,
        error: Error,
    ) -> Result<Refusal, PageError> {
        Refusal::of(error)
    }

    /// What the error page says when neither the answer nor the dialog could be shown.
    fn lost(error: PageError) -> PageError {
        error
    }

    /// Where "Confirm" leads when it is done: to the page, which says so.
    fn done_address(self, subject: &Self::Subject) -> String {
        let line = subject.line();
        let at = line.map_or_else(String::new, |line| format!("&at={line}"));
        format!("{}?done={}{at}#done", subject.path(), self.words().slug)
    }
}

/// What something is done to.
pub trait Subject: Sized + Send + Sync {
    /// Where its page is.
    fn path(&self) -> String;

    /// The line of the page that it is, by the id of the line; none when it is all of the page.
    fn line(&self) -> Option<String> {
        None
    }

    /// Its page.
    fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> impl Future<Output = Result<Response, PageError>> + Send;
}

/// How an operation is spoken of.
#[derive(Clone, Copy)]
pub struct Words {
    /// In addresses, and in the ids of buttons.
    pub slug: &'static str,
    /// The button that opens the dialog.
    pub button: &'static str,
    /// The dialog's name.
    pub heading: &'static str,
    /// What will happen.
    pub consequence: &'static str,
    /// What has happened.
    pub done: &'static str,
    /// What is asked for.
    pub asks: Asks,
    /// What it needs.
    pub permission: Permission,
    /// It takes something away.
    pub grave: bool,
}

/// What an operation came to.
pub enum Performed {
    /// It is done.
    Done,
    /// It is done, but something outside did not go as it should: what is left to do.
    HalfDone(String),
}

impl From<()> for Performed {
    fn from((): ()) -> Self {
        Self::Done
    }
}

/// Whether an operation is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// It can be done.
    Yes,
    /// It can't, and people who look for it should read why.
    Disabled(String),
    /// It is of no use here.
    No,
}

impl Offered {
    /// As a domain's table says; a refusal is shown where people look for the operation and read why not.
    pub fn of<Refused: ToString>(may: Decision<Refused>, worth_knowing: bool) -> Self {
        match may {
            Decision::Do => Offered::Yes,
            Decision::Refused(words) if worth_knowing => Offered::Disabled(words.to_string()),
            Decision::Refused(_) | Decision::IsSo => Offered::No,
        }
    }
}

/// What dialogs send; each has some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// What is made gets this id, so that sending it twice makes one.
    pub id: Option<Uuid>,
    /// The one thing that is asked for.
    pub value: String,
    /// In US dollars, as typed.
    pub amount: String,
    /// What a deposit or withdrawal is known by outside.
    pub reference: String,
    /// What a credit is for.
    pub purpose: String,
    /// For colleagues.
    pub note: String,
    /// Why, where it may be left out.
    pub reason: String,
    /// The page on which the dialog was opened.
    pub from: String,
}

impl Sent {
    /// With one thing that is asked for.
    pub fn value(value: String) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }
}

/// What a page shows beside its record.
#[derive(Default)]
pub struct Beside {
    pub status: StatusCode,
    /// What has just been done, or why it can't be, and about what.
    pub said: Option<About>,
    pub dialog: Option<Dialog>,
}

/// What is said, and where on the page.
pub struct About {
    /// The operation's slug, or the id of the line that it is about.
    pub place: String,
    pub said: Said,
}

impl Beside {
    /// What has just been said, if anything.
    pub fn saying(said: Option<About>) -> Self {
        Self {
            said,
            ..Self::default()
        }
    }

    /// What went wrong, at this place.
    pub fn problem(status: StatusCode, place: String, words: String) -> Self {
        let said = Said::Problem(words);
        Self {
            status,
            said: Some(About { place, said }),
            dialog: None,
        }
    }

    /// What is to be said at one of these places; whatever is left stands at the top of the page.
    pub fn said_at<'a>(&mut self, places: impl IntoIterator<Item = &'a str>) -> Option<Said> {
        let mut places = places.into_iter();
        let about = self
            .said
            .take_if(|about| places.any(|place| place == about.place.as_str()))?;
        Some(about.said)
    }

    /// What no place of the page has said.
    pub fn rest(&mut self) -> Option<Said> {
        self.said.take().map(|about| about.said)
    }
}

/// What the address of a page says beside its record.
#[derive(Debug, Default, Deserialize)]
pub struct Done {
    done: Option<String>,
    /// The line that it was done to.
    at: Option<String>,
}

impl Done {
    /// What the page says of the operation that was done, and where; nothing when it is none of these.
    pub fn said<O: Operation>(&self) -> Option<About> {
        let mut all = O::ALL.iter().map(|operation| operation.words());
        let words = all.find(|words| self.done.as_deref() == Some(words.slug))?;
        self.about(words.slug, words.done)
    }

    /// These words, when this was done.
    pub fn about(&self, slug: &str, words: &'static str) -> Option<About> {
        (self.done.as_deref() == Some(slug)).then(|| About {
            place: self.at.clone().unwrap_or_else(|| slug.to_owned()),
            said: Said::Done(words),
        })
    }
}

/// The dialog of these operations and what "Confirm" sends, at `path`.
pub fn routes<O: Operation>(path: &str) -> Router<AdminState> {
    Router::new().route(path, get(ask::<O>).post(perform::<O>))
}

/// The buttons of these operations, with what has just been said about one of them.
pub fn offers<O: Operation>(
    viewer: &Viewer,
    subject: &O::Subject,
    operations: &[O],
    offered: impl Fn(O) -> Offered,
    beside: &mut Beside,
) -> Offers {
    let path = subject.path();
    let button = |operation: &O| {
        let words = operation.words();
        let offer = words.offer(
            viewer,
            format!("{path}/{}", words.slug),
            offered(*operation),
        )?;
        Some(Offer {
            at_once: !operation.asks_first(subject),
            ..offer
        })
    };
    let slugs = operations.iter().map(|operation| operation.words().slug);
    Offers::new(operations.iter().filter_map(button).collect()).saying(beside.said_at(slugs))
}

impl Words {
    /// The button that leads to `address`, for who may do it, unless it is of no use.
    pub fn offer(&self, viewer: &Viewer, address: String, offered: Offered) -> Option<Offer> {
        let disabled = match offered {
            Offered::No => return None,
            Offered::Yes => None,
            Offered::Disabled(why) => Some(why),
        };
        viewer.may(self.permission).then(|| Offer {
            slug: self.slug.to_owned(),
            button: self.button,
            address,
            class: self.grave.then_some("grave"),
            about: None,
            disabled,
            at_once: false,
        })
    }
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
        .map_err(O::lost)
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
        Ok(Performed::HalfDone(left)) => {
            let place = place(operation, &subject);
            let beside = Beside::problem(StatusCode::BAD_GATEWAY, place, left);
            return subject.render(state, viewer, beside).await;
        }
        Err(error) => error,
    };
    let refusal = operation.refusal(&subject, sent, error)?;
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
        Beside::problem(status, place(operation, &subject), words)
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
        fields: words.asks.fields(sent),
        hidden: operation.hidden(subject, sent),
        problem: None,
    })
}

/// Where the page says what became of it: at the line that it is about, or at the button.
fn place<O: Operation>(operation: O, subject: &O::Subject) -> String {
    let slug = operation.words().slug;
    subject.line().unwrap_or_else(|| slug.to_owned())
}
