//! A dialog that asks before something is done, and the buttons that open one. Without a script the button leads to the
//! page with the dialog open on it; with one it opens where it stands.

mod asks;

use askama::{Template, filters::HtmlSafe};

use super::next_one::NextOne;
use crate::format::Choice;

pub use asks::Asks;

/// What is asked before it is done.
#[derive(Template)]
#[template(path = "admin/dialog.html")]
pub struct Dialog {
    /// The heading, which is the accessible name.
    pub heading: String,
    /// What will happen.
    pub words: String,
    /// What has to be known to decide: labels, and what they say.
    pub facts: Vec<(&'static str, String)>,
    /// Where "Confirm" sends it.
    pub action: String,
    /// Where "Back" leads.
    pub back: String,
    /// The button that opened it.
    pub opener: String,
    /// What is asked for.
    pub fields: Vec<Field>,
    /// What is sent along unseen: names and values.
    pub hidden: Vec<(&'static str, String)>,
    /// Why it was not done, when it is about no field.
    pub problem: Option<String>,
    /// What stands behind "Confirm" on its button, for the eye: how much, and whose.
    pub confirms: Option<String>,
}

impl HtmlSafe for Dialog {}

/// A field of a dialog.
pub struct Field {
    /// What it is sent as.
    pub name: &'static str,
    pub label: &'static str,
    pub kind: Kind,
    pub value: String,
    pub hint: Option<&'static str>,
    pub problem: Option<Problem>,
}

pub enum Kind {
    /// Some lines, needed.
    Reason,
    /// Some lines, or none.
    Note,
    Email,
    /// A line, or nothing.
    Text,
    /// A line, needed.
    Line,
    /// An amount in US dollars, needed.
    Dollars,
    /// A day, or none.
    Date,
    Choice(Vec<Choice>),
}

/// What is wrong with a field.
pub struct Problem {
    pub message: String,
    /// Where there is more about it: address and words.
    pub link: Option<(String, String)>,
}

impl Field {
    /// A field, with what was typed.
    pub fn new(name: &'static str, label: &'static str, kind: Kind, value: String) -> Self {
        Self {
            name,
            label,
            kind,
            // HTML has no NUL.
            value: value.replace('\0', ""),
            hint: None,
            problem: None,
        }
    }

    /// With a word about what belongs there.
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// What is said about it, by id.
    fn described_by(&self) -> Option<String> {
        let problem = self.problem.is_some().then_some("problem");
        let hint = self.hint.is_some().then_some("hint");
        let ids: Vec<String> = problem
            .into_iter()
            .chain(hint)
            .map(|what| format!("dialog-{}-{what}", self.name))
            .collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// Buttons that open dialogs, those that can't be used with their sentence.
#[derive(Default, Template)]
#[template(path = "admin/offers.html")]
pub struct Offers {
    offers: Vec<Offer>,
    whys: Vec<Why>,
    said: Option<Said>,
}

impl HtmlSafe for Offers {}

/// What is said where somebody has just acted: that it is done, or why not.
#[derive(Debug, Template)]
#[template(path = "admin/said.html")]
pub enum Said {
    Done(&'static str),
    /// It is done, and this one waits next.
    Then(&'static str, Box<NextOne>),
    Problem(String),
}

impl HtmlSafe for Said {}

/// A button of a page, and where it leads.
pub struct Offer {
    /// What tells it from the others of the page.
    pub slug: String,
    pub button: &'static str,
    pub address: String,
    pub class: Option<&'static str>,
    /// The id of what it is about, where the button doesn't say it.
    pub about: Option<String>,
    /// Why it can't be used.
    pub disabled: Option<String>,
    /// It is harmless: done at once, without a dialog.
    pub at_once: bool,
    /// The page to come back to, when it isn't where all leads anyway.
    pub from: Option<String>,
}

impl Offer {
    /// Smaller, on the line with this id, one of many that are told apart by `number`.
    pub fn on_line(self, number: &str, line: String) -> Self {
        Self {
            slug: format!("{}-{number}", self.slug),
            class: Some(if self.class.is_some() {
                "small grave"
            } else {
                "small"
            }),
            about: Some(line),
            ..self
        }
    }
}

/// A sentence why some buttons can't be used.
struct Why {
    slug: String,
    buttons: String,
    words: String,
}

impl Offers {
    /// These buttons; a sentence that holds for several stands there once.
    pub fn new(offers: Vec<Offer>) -> Self {
        let mut whys: Vec<Why> = Vec::new();
        for offer in &offers {
            let Some(words) = &offer.disabled else {
                continue;
            };
            match whys.iter_mut().find(|why| why.words == *words) {
                Some(why) => why.buttons = format!("{}, {}", why.buttons, offer.button),
                None => whys.push(Why {
                    slug: offer.slug.clone(),
                    buttons: offer.button.to_owned(),
                    words: words.clone(),
                }),
            }
        }
        Self {
            offers,
            whys,
            said: None,
        }
    }

    /// On this page, to which what was done leads back.
    pub fn opened_on_page(mut self, from: Option<String>) -> Self {
        for offer in &mut self.offers {
            offer.from.clone_from(&from);
        }
        self
    }

    /// With what has just been said about one of them.
    pub fn saying(mut self, said: Option<Said>) -> Self {
        self.said = said;
        self
    }

    /// Whether there is no button at all.
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    /// What has just been said about one of them, to be said elsewhere.
    pub fn take_said(&mut self) -> Option<Said> {
        self.said.take()
    }

    /// With the button of this operation as the one that people mostly want.
    pub fn led_by(mut self, slug: &str) -> Self {
        for offer in self.offers.iter_mut().filter(|offer| offer.slug == slug) {
            offer.class = Some("primary");
        }
        self
    }

    /// The id of the sentence why a button can't be used.
    fn why(&self, words: &str) -> &str {
        let why = self.whys.iter().find(|why| why.words == words);
        why.map_or("", |why| &why.slug)
    }
}
