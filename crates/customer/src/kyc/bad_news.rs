//! **Bad news**: what must be applied, or else be raised at every record that it names.

use std::fmt;

use sumsub::webhook::{Callback, Mentions};

use super::observation::printable;
use crate::raised::{Cause, RaisedCause};

/// What is bad about a callback, whether or not we know its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNewsKind {
    /// The answer of a review is RED.
    Red,
    /// Another answer than GREEN, maybe deep inside.
    NotGreen,
    /// Somebody at Sumsub must look.
    OnHold,
    /// Something was rejected.
    Rejected,
    /// Something failed, by the type's own words.
    Failed,
    /// Something was deactivated.
    Deactivated,
    /// Something was deleted.
    Deleted,
    /// The applicant's level was changed.
    LevelChanged,
}

/// A callback's bad news, in words for whoever has to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadNews {
    /// The kind of bad news.
    pub kind: BadNewsKind,
    /// The callback's type, when the words alone don't tell it.
    callback_type: Option<String>,
}

impl BadNews {
    /// Looks for bad news. The answer goes first, then what the type says of itself, in whatever spelling.
    #[must_use]
    pub fn find_in(callback: &Callback, mentions: &Mentions) -> Option<Self> {
        let answer = callback
            .review_result
            .as_ref()
            .and_then(|result| result.review_answer.as_deref());
        let kind = match answer {
            Some("RED") => Some(BadNewsKind::Red),
            _ if mentions.answers_otherwise => Some(BadNewsKind::NotGreen),
            _ => by_words(callback),
        }?;
        let told_by_its_type = matches!(
            callback.type_.as_deref(),
            Some("applicantReviewed" | "applicantOnHold" | "applicantDeleted")
        );
        Some(BadNews {
            kind,
            callback_type: callback
                .type_
                .as_deref()
                .filter(|_| !told_by_its_type)
                .map(printable),
        })
    }

    /// The cause at a record that it names and that it did not move.
    #[must_use]
    pub fn cause_where_not_applied(&self, why: &str) -> RaisedCause {
        Cause::BadNewsNotApplied.about(&[&self.to_string(), why])
    }

    /// The cause at a company one of whose beneficial owners it is about.
    #[must_use]
    pub fn cause_at_company(&self) -> RaisedCause {
        match (self.kind, &self.callback_type) {
            (BadNewsKind::OnHold, None) => Cause::OwnerOnHold.into(),
            _ => Cause::OwnerBadNews.about(&[&self.to_string()]),
        }
    }
}

impl fmt::Display for BadNews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            BadNewsKind::Red => "a RED",
            BadNewsKind::NotGreen => "an answer other than GREEN",
            BadNewsKind::OnHold => "an on hold",
            BadNewsKind::Rejected => "a rejection",
            BadNewsKind::Failed => "a failure",
            BadNewsKind::Deactivated => "a deactivation",
            BadNewsKind::Deleted => "a deletion",
            BadNewsKind::LevelChanged => "a change of level",
        })?;
        match &self.callback_type {
            Some(callback_type) => write!(f, " (“{callback_type}”)"),
            None => Ok(()),
        }
    }
}

fn by_words(callback: &Callback) -> Option<BadNewsKind> {
    let letters = |text: &Option<String>| -> String {
        let text = text.as_deref().unwrap_or_default();
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    let callback_type = letters(&callback.type_);
    [
        ("reject", BadNewsKind::Rejected),
        ("declin", BadNewsKind::Rejected),
        ("fail", BadNewsKind::Failed),
        ("deactivat", BadNewsKind::Deactivated),
        ("delet", BadNewsKind::Deleted),
        ("onhold", BadNewsKind::OnHold),
        ("levelchanged", BadNewsKind::LevelChanged),
    ]
    .into_iter()
    .find_map(|(word, bad)| callback_type.contains(word).then_some(bad))
    .or_else(|| (letters(&callback.review_status) == "onhold").then_some(BadNewsKind::OnHold))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn news(body: &str) -> Option<String> {
        let body = body.as_bytes();
        let callback = Callback::parse(body).unwrap();
        BadNews::find_in(&callback, &Mentions::of(body).unwrap()).map(|news| news.to_string())
    }

    #[test]
    fn what_is_bad_news_and_in_which_words() {
        for (body, words) in [
            (
                r#"{"type":"applicantReviewed","reviewResult":{"reviewAnswer":"RED"}}"#,
                "a RED",
            ),
            (r#"{"reviewResult":{"reviewAnswer":"RED"}}"#, "a RED"),
            (
                r#"{"type":"applicantActionReviewed","reviewResult":{"reviewAnswer":"RED"}}"#,
                "a RED (“applicantActionReviewed”)",
            ),
            (
                r#"{"type":"applicantReviewed","reviewResult":{"reviewAnswer":"YELLOW"}}"#,
                "an answer other than GREEN",
            ),
            (r#"{"type":"applicantOnHold"}"#, "an on hold"),
            (
                r#"{"type":"Applicant_On_Hold"}"#,
                "an on hold (“Applicant_On_Hold”)",
            ),
            (r#"{"reviewStatus":"onHold"}"#, "an on hold"),
            (r#"{"type":"applicantDeleted"}"#, "a deletion"),
            (
                r#"{"type":"applicantKytTxnRejected"}"#,
                "a rejection (“applicantKytTxnRejected”)",
            ),
            (
                r#"{"type":"applicantWorkflowFailed"}"#,
                "a failure (“applicantWorkflowFailed”)",
            ),
            (
                r#"{"type":"applicantLevelChanged"}"#,
                "a change of level (“applicantLevelChanged”)",
            ),
        ] {
            assert_eq!(news(body).as_deref(), Some(words), "{body}");
        }
        for body in [
            r#"{"type":"applicantReviewed","reviewResult":{"reviewAnswer":"GREEN"}}"#,
            r#"{"type":"applicantPending","reviewStatus":"pending"}"#,
            r#"{"type":"applicantActivated"}"#,
            r"{}",
        ] {
            assert_eq!(news(body), None, "{body}");
        }
    }
}
