//! The region "Why it was declined", at the top of a record that Sumsub declined: whether the person may try again, each reason as a
//! sentence, both comments, and the attempts before.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use customer::{
    kyc::reject_labels,
    prospect::{Attempt, Prospect, Retry},
};

use crate::{
    admin::words,
    format::{State, Time},
};

/// The region "Why it was declined".
#[derive(Template)]
#[template(path = "admin/records/why_declined.html")]
pub struct WhyDeclined {
    /// None while it is not declined.
    newest: Option<Rejection>,
    attempts: Attempts,
}

impl HtmlSafe for WhyDeclined {}

impl WhyDeclined {
    /// Why the newest RED came, when it `stands`; else nothing.
    pub fn of(prospect: &Prospect, stands: bool) -> Self {
        let mut rejections = if stands {
            rejections(prospect)
        } else {
            Vec::new()
        };
        let newest = (!rejections.is_empty()).then(|| rejections.remove(0));
        Self {
            newest,
            attempts: Attempts(rejections),
        }
    }
}

/// The region "Attempts": each time that Sumsub declined before, the newest first.
#[derive(Default, Template)]
#[template(path = "admin/records/attempts.html")]
pub struct Attempts(Vec<Rejection>);

impl HtmlSafe for Attempts {}

impl Attempts {
    /// All of them, when none `stands` any more; those before the one that does stand beside it.
    pub fn of(prospect: &Prospect, stands: bool) -> Self {
        if stands {
            Self::default()
        } else {
            Self(rejections(prospect))
        }
    }
}

struct Rejection {
    at: Time,
    callback: i64,
    retry: State,
    kind: Option<String>,
    reasons: Vec<Reason>,
    moderation_comment: Option<String>,
    client_comment: Option<String>,
}

/// A rejection label, with its sentence when it is known.
struct Reason {
    label: String,
    sentence: Option<&'static str>,
}

fn rejections(prospect: &Prospect) -> Vec<Rejection> {
    let now = clock::now();
    let attempts = prospect.attempts().into_iter();
    attempts
        .map(|attempt| Rejection::of(attempt, now))
        .collect()
}

impl Rejection {
    fn of(attempt: Attempt, now: DateTime<Utc>) -> Self {
        let rejection = attempt.rejection;
        let reasons = rejection.labels.into_iter().map(|label| Reason {
            sentence: reject_labels::sentence(&label),
            label,
        });
        Self {
            at: Time::new(attempt.at, now),
            callback: attempt.callback,
            retry: words::retry(Retry::from_reject_type(rejection.reject_type.as_deref())),
            kind: rejection.reject_type,
            reasons: reasons.collect(),
            moderation_comment: rejection.moderation_comment,
            client_comment: rejection.client_comment,
        }
    }
}
