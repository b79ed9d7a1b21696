//! What operators do: one trait for all that can be done, and one flow ([`flow`]) from the button to the
//! page that says that it is done.
//!
//! The button opens a dialog on the page (`GET`); "Confirm" does it (`POST`) and leads back to the page, which says so. What can't be
//! done is said there, beside the field that it is about. Which operations there are stands in the `operations.rs` of each folder;
//! whether one can be done is decided by the tables of the domains, which [`Operation::offered`] asks for the page and
//! [`Operation::perform`] asks again.

#[cfg(test)]
mod addresses;
mod flow;
mod offering;
mod said;

use std::future::Future;

use access::Permission;
use axum::response::Response;
use kernel::{Decision, Error};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

pub use self::{
    flow::{perform, routes},
    offering::offers,
    said::{Beside, Done, done_at},
};
use super::{
    AdminState,
    dialog::{Asks, Field},
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
    /// Whether what is sent names what is made or what it is done to, so that sending it again, when the answer was lost, is known to do
    /// it once.
    const DONE_ONCE: bool = false;

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

    /// What stands behind "Confirm" on the dialog's button: how much, and whose.
    fn confirms(self, _subject: &Self::Subject) -> Option<String> {
        None
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

    /// What the dialog asks for, with what was typed.
    fn fields(
        self,
        _state: &AdminState,
        sent: &Sent,
    ) -> impl Future<Output = Result<Vec<Field>, PageError>> + Send {
        async move { Ok(self.words().asks.fields(sent)) }
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

    /// Where "Confirm" leads when it is done: to the page, which says so.
    fn done_address(self, subject: &Self::Subject) -> String {
        done_at(&subject.path(), subject.line(), self.words().slug)
    }
}

/// What something is done to.
pub trait Subject: Sized + Send + Sync {
    /// Where its page is.
    fn path(&self) -> String;

    /// Where its record is, below which its operations are.
    fn record_path(&self) -> String {
        self.path()
    }

    /// The line of the page that it is, by the id of the line; none when it is all of the page.
    fn line(&self) -> Option<String> {
        None
    }

    /// Its page, with what is said and asked there.
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
    /// Nothing is done yet: it is asked once more, in these words, and sent with this.
    AskedAgain(String, (&'static str, String)),
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
    /// A note for colleagues.
    pub note: String,
    /// Why, where it may be left out.
    pub reason: String,
    /// A day, as year, month and day.
    pub date: String,
    /// The page on which the dialog was opened.
    pub from: String,
    /// What was asked for twice, in cents.
    pub twice: Option<i64>,
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
