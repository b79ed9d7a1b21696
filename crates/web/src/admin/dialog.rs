//! A dialog that asks before something is done, and the buttons that open one. Without a script the button leads to the
//! page with the dialog open on it; with one it opens where it stands.

use askama::{Template, filters::HtmlSafe};
use axum::http::StatusCode;
use customer::{OnboardingError, error::FieldError};
use sumsub::SumsubError;

use super::{
    acts::{Act, Asks, Offered},
    words,
};
use crate::{error_page::PageError, format::Choice, layout::Viewer};

/// What is asked before it is done.
#[derive(Template)]
#[template(path = "parts/dialog.html")]
pub struct Dialog {
    /// Its name.
    pub heading: String,
    /// What will happen.
    pub words: String,
    /// Where "Confirm" sends it.
    pub action: String,
    /// Where "Back" leads.
    pub back: String,
    /// The button that opened it.
    pub opener: String,
    /// What is asked for.
    pub field: Option<Field>,
    /// Sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// Why it was not done, when it is about no field.
    pub problem: Option<String>,
}

impl HtmlSafe for Dialog {}

/// A field of a dialog; all are sent as `value`.
pub struct Field {
    pub label: &'static str,
    pub kind: Kind,
    pub value: String,
    pub problem: Option<FieldError>,
}

pub enum Kind {
    Reason,
    Email,
    Text,
    Choice(Vec<Choice>),
}

impl Field {
    /// The field of an act, holding `value`.
    pub fn of(asks: Asks, value: String) -> Option<Self> {
        let (label, kind) = match asks {
            Asks::Nothing => return None,
            Asks::Reason => ("Reason", Kind::Reason),
            Asks::Email => ("Email", Kind::Email),
            Asks::Telegram => ("Telegram ID", Kind::Text),
            Asks::CustomerType => (
                "Customer type",
                Kind::Choice(words::types(&value).collect()),
            ),
        };
        Some(Self {
            label,
            kind,
            value,
            problem: None,
        })
    }

    /// Asks for the reason.
    pub fn reason() -> Option<Self> {
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
            action: format!("{record}/{}", words.slug),
            back: record.to_owned(),
            opener: format!("#act-{}", words.slug),
            field: Field::of(words.asks, value),
            hidden: Vec::new(),
            problem: None,
        }
    }

    /// The dialog again, with why nothing was done and what was typed.
    ///
    /// # Errors
    /// When it is no matter for a dialog.
    pub fn again(
        mut self,
        error: OnboardingError,
        typed: String,
    ) -> Result<(StatusCode, Self), PageError> {
        if let Some(field) = &mut self.field {
            // HTML has no NUL.
            field.value = typed.replace('\0', "");
            if let Kind::Choice(choices) = &mut field.kind {
                *choices = words::types(&field.value).collect();
            }
        }
        let status = match error {
            OnboardingError::Invalid(mut errors) if !errors.is_empty() => {
                match &mut self.field {
                    Some(field) => field.problem = Some(errors.remove(0)),
                    None => self.problem = Some(errors.remove(0).message),
                }
                StatusCode::UNPROCESSABLE_ENTITY
            }
            error => {
                let (status, words) = said(error)?;
                self.problem = Some(words);
                status
            }
        };
        Ok((status, self))
    }
}

/// A refusal, or Sumsub's silence, in words for the page that was asked.
///
/// # Errors
/// Everything else is an error page.
pub fn said(error: OnboardingError) -> Result<(StatusCode, String), PageError> {
    match error {
        OnboardingError::Refused(words) => Ok((StatusCode::CONFLICT, words.into_owned())),
        OnboardingError::Sumsub(error) => {
            tracing::warn!(
                kind = error.kind(),
                "Sumsub did not do what a page asked for"
            );
            let status = match error {
                SumsubError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            };
            Ok((status, format!("{error}.")))
        }
        error => Err(error.into()),
    }
}

/// Buttons that open dialogs, those that can't be used with their sentence.
#[derive(Default, Template)]
#[template(path = "parts/offers.html")]
pub struct Offers {
    offers: Vec<Offer>,
}

impl HtmlSafe for Offers {}

struct Offer {
    slug: &'static str,
    button: &'static str,
    address: String,
    class: Option<&'static str>,
    disabled: Option<String>,
}

impl Offers {
    /// Those of `acts` that the record at `record` offers to the viewer.
    pub fn of(
        viewer: &Viewer,
        record: &str,
        acts: &[Act],
        offered: impl Fn(Act) -> Offered,
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
                slug: words.slug,
                button: words.button,
                class: words.grave.then_some("grave"),
                disabled,
            })
        };
        Self {
            offers: acts.iter().filter_map(offer).collect(),
        }
    }

    /// With the button of `act` as the one that people mostly want.
    pub fn led_by(mut self, act: Act) -> Self {
        let slug = act.words().slug;
        for offer in self.offers.iter_mut().filter(|offer| offer.slug == slug) {
            offer.class = Some("primary");
        }
        self
    }
}
