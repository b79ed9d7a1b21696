//! A dialog that asks before something is done, and the buttons that open one. Without a script the button leads to the
//! page with the dialog open on it; with one it opens where it stands.

use askama::{Template, filters::HtmlSafe};
use axum::http::StatusCode;
use kernel::Error;

use super::{
    prospects::operations::{Act, Asks, Offered},
    refusal::Refusal,
    words,
};
use crate::{error_page::PageError, format::Choice, layout::Viewer};

/// What is asked before it is done.
#[derive(Template)]
#[template(path = "admin/dialog.html")]
pub struct Dialog {
    /// Its name.
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
    /// Sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// Why it was not done, when it is about no field.
    pub problem: Option<String>,
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
    /// US dollars.
    Dollars,
    Choice(Vec<Choice>),
}

/// What is wrong with a field.
pub struct Problem {
    pub message: String,
    /// Where there is more about it: address and words.
    pub link: Option<(String, String)>,
}

impl Field {
    /// A field of a form with several.
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

    /// The field of an act, holding `value`; it is sent as `value`.
    pub fn of(asks: Asks, value: String) -> Vec<Self> {
        let (label, kind) = match asks {
            Asks::Nothing => return Vec::new(),
            Asks::Reason => ("Reason", Kind::Reason),
            Asks::Email => ("Email", Kind::Email),
            Asks::Telegram => ("Telegram ID", Kind::Text),
            Asks::CustomerType => (
                "Customer type",
                Kind::Choice(words::types(&value).collect()),
            ),
        };
        vec![Self::new("value", label, kind, value)]
    }

    /// Asks for the reason.
    pub fn reason() -> Vec<Self> {
        Self::of(Asks::Reason, String::new())
    }
}

impl Dialog {
    /// The dialog of an act on the record at `record`; the field holds `value`.
    pub fn of(act: Act, record: &str, value: String) -> Self {
        let words = act.words();
        Self {
            heading: words.heading.to_owned(),
            words: words.consequence.to_owned(),
            facts: Vec::new(),
            action: format!("{record}/{}", words.slug),
            back: record.to_owned(),
            opener: format!("#act-{}", words.slug),
            fields: Field::of(words.asks, value),
            hidden: Vec::new(),
            problem: None,
        }
    }

    /// The dialog again, with why nothing was done and what was typed.
    ///
    /// # Errors
    /// When it is no matter for a dialog.
    pub fn again(mut self, error: Error, typed: String) -> Result<(StatusCode, Self), PageError> {
        if let Some(field) = self.fields.first_mut() {
            // HTML has no NUL.
            field.value = typed.replace('\0', "");
            if let Kind::Choice(choices) = &mut field.kind {
                *choices = words::types(&field.value).collect();
            }
        }
        let refusal = Refusal::of(error)?;
        let status = refusal.status;
        refusal.on(&mut self);
        Ok((status, self))
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
    Problem(String),
}

impl HtmlSafe for Said {}

/// One button.
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

    /// Those of `acts` that the record at `record` offers to the viewer.
    pub fn of(
        viewer: &Viewer,
        record: &str,
        acts: &[Act],
        offered: impl Fn(Act) -> Offered,
        asks: impl Fn(Act) -> bool,
    ) -> Self {
        let offer = |act: &Act| {
            let words = act.words();
            if !viewer.may(words.permission) {
                return None;
            }
            let disabled = match offered(*act) {
                Offered::No => return None,
                Offered::Yes => None,
                Offered::Disabled(why) => Some(why),
            };
            Some(Offer {
                address: format!("{record}/{}", words.slug),
                slug: words.slug.to_owned(),
                button: words.button,
                class: words.grave.then_some("grave"),
                about: None,
                disabled,
                at_once: !asks(*act),
            })
        };
        Self::new(acts.iter().filter_map(offer).collect())
    }

    /// With what has just been said about one of them.
    pub fn saying(mut self, said: Option<Said>) -> Self {
        self.said = said;
        self
    }

    /// With the button of `act` as the one that people mostly want.
    pub fn led_by(mut self, act: Act) -> Self {
        let slug = act.words().slug;
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
