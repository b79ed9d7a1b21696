//! What one callback tells of a verification: an observation. The wire format is `sumsub::webhook::Callback`
//! (<https://docs.sumsub.com/docs/user-verification-webhooks>).

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sumsub::webhook::{Callback, Mentions};

use super::{BadNews, Status};
use crate::prospect::Retry;

/// What happened, by the callback's `type` and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallbackKind {
    /// Tells how far the verification is: one that can move things.
    Status(Status),
    /// A review that ended with neither GREEN nor RED.
    ReviewedOtherwise,
    /// `applicantDeactivated`: a person has to look.
    Deactivated,
    /// `applicantLevelChanged`: a person has to look. What Sumsub said the level was before.
    LevelChanged(Option<String>),
    /// `applicantPersonalInfoChanged`: Sumsub is asked who it is now.
    InfoChanged,
    /// Known and of no consequence here, for example `applicantTagsChanged`.
    Informational,
    /// A type that we do not know, or none.
    Unknown,
}

/// Why Sumsub declined, in its own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// Sumsub's labels for the reasons, for example `FORGERY`.
    pub labels: Vec<String>,
    /// Whether the person may try again: `RETRY` or `FINAL`.
    pub reject_type: Option<String>,
    /// A comment that may be shown to the applicant.
    pub moderation_comment: Option<String>,
    /// A comment for operators only.
    pub client_comment: Option<String>,
}

impl Rejection {
    /// Whether Sumsub lets the person try again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        Retry::from_reject_type(self.reject_type.as_deref()) == Retry::Final
    }
}

/// One callback, as far as the domain looks at it. Whatever is `None` was absent.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Observation {
    /// What happened at Sumsub.
    pub kind: CallbackKind,
    /// When it happened, by Sumsub's clock.
    pub at: Option<DateTime<Utc>>,
    /// Sumsub's id of the applicant.
    pub applicant_id: Option<String>,
    /// Our id of the prospect, as Sumsub sent it.
    pub external_user_id: Option<String>,
    /// The level that was gone through.
    pub level: Option<String>,
    /// Whether it comes from Sumsub's sandbox.
    pub sandbox: Option<bool>,
    /// A person sent it by hand, to try the webhook out.
    pub test: bool,
    /// The `reviewStatus` that Sumsub sent, for example `completed`.
    pub review_status: Option<String>,
    /// The companies (their applicant ids) that this applicant is a beneficial owner of.
    pub member_of: Vec<String>,
    /// Whether the applicant is a person (yes) or a company (no).
    pub individual: Option<bool>,
    /// When Sumsub was asked, when this is an answer (a refresh) and no callback.
    pub asked_at: Option<DateTime<Utc>>,
    /// Why Sumsub declined; empty unless it did.
    pub rejection: Rejection,
}

impl Observation {
    /// The status it tells, when it is one that can move things.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self.kind {
            CallbackKind::Status(status) => Some(status),
            _ => None,
        }
    }
}

/// A callback as it was received: what it says, whom it names anywhere, and what is bad about it.
#[derive(Clone)]
pub struct ReceivedCallback {
    /// What it tells of the verification.
    pub observation: Observation,
    /// All ids that stand anywhere in it.
    pub mentions: Mentions,
    /// What must not be missed.
    pub bad_news: Option<BadNews>,
}

impl ReceivedCallback {
    /// Reads a body. `asked_at`: when Sumsub was asked, when it is a refresh.
    ///
    /// # Errors
    /// When it is not a JSON object.
    pub fn read(
        body: &[u8],
        asked_at: Option<DateTime<Utc>>,
    ) -> Result<Self, sumsub::webhook::ParseError> {
        let callback = Callback::parse(body)?;
        let mentions = Mentions::of(body)?;
        Ok(ReceivedCallback {
            bad_news: BadNews::find_in(&callback, &mentions),
            mentions,
            observation: Observation {
                asked_at,
                ..Observation::from(callback)
            },
        })
    }
}

/// Somebody else's word, fit to stand in a sentence of ours: at most 64 characters, and nothing in it that can't be seen.
pub(super) fn printable(word: &str) -> String {
    const LETTERS_AT_MOST: usize = 64;
    word.chars()
        .filter(|letter| !letter.is_control())
        .take(LETTERS_AT_MOST)
        .collect()
}

impl From<Callback> for Observation {
    fn from(callback: Callback) -> Self {
        let at = callback.time();
        let kind = kind(&callback);
        let rejection = callback
            .review_result
            .map_or_else(Rejection::default, |result| Rejection {
                labels: result.reject_labels,
                reject_type: result.review_reject_type,
                moderation_comment: result.moderation_comment,
                client_comment: result.client_comment,
            });
        Observation {
            kind,
            at,
            applicant_id: callback.applicant_id,
            external_user_id: callback.external_user_id,
            level: callback.level_name,
            sandbox: callback.sandbox_mode,
            test: callback.test_mode,
            review_status: callback.review_status,
            member_of: callback
                .applicant_member_of
                .into_iter()
                .map(|m| m.applicant_id)
                .collect(),
            individual: callback.applicant_type.and_then(|kind| {
                match kind.trim().to_ascii_lowercase().as_str() {
                    "individual" => Some(true),
                    "company" => Some(false),
                    _ => None,
                }
            }),
            asked_at: None,
            rejection,
        }
    }
}

fn kind(callback: &Callback) -> CallbackKind {
    let answer = callback
        .review_result
        .as_ref()
        .and_then(|r| r.review_answer.as_deref());
    match (callback.type_.as_deref(), answer) {
        (Some("applicantCreated"), _) => CallbackKind::Status(Status::Created),
        (Some("applicantReset"), _) => CallbackKind::Status(Status::Reset),
        (Some("applicantPending"), _) => CallbackKind::Status(Status::Pending),
        (Some("applicantOnHold"), _) => CallbackKind::Status(Status::OnHold),
        (Some("applicantReviewed"), Some("GREEN")) => CallbackKind::Status(Status::Green),
        (Some("applicantReviewed"), Some("RED")) => CallbackKind::Status(Status::Red),
        (Some("applicantReviewed"), _) => CallbackKind::ReviewedOtherwise,
        (Some("applicantDeleted"), _) => CallbackKind::Status(Status::Deleted),
        (Some("applicantDeactivated"), _) => CallbackKind::Deactivated,
        (Some("applicantLevelChanged"), _) => {
            CallbackKind::LevelChanged(callback.previous_level_name.clone())
        }
        (Some("applicantPersonalInfoChanged"), _) => CallbackKind::InfoChanged,
        (
            Some(
                "applicantTagsChanged"
                | "applicantWorkflowCompleted"
                | "applicantActivated"
                | "applicantPrechecked"
                | "applicantAwaitingUser"
                | "applicantAwaitingService"
                | "applicantWorkflowFailed",
            ),
            _,
        ) => CallbackKind::Informational,
        _ => CallbackKind::Unknown,
    }
}

/// What makes a callback the same as one received before: correlation id and time, and what keeps a GREEN and a RED of
/// one second apart; the body's SHA-256 when one of the first four is missing or too long for a key, and for the types
/// that we don't know: what tells two of theirs apart may stand in any field.
#[must_use]
pub fn idempotency_key(callback: &Callback, body: &[u8]) -> String {
    const LONGEST: usize = 1024;
    let digest = || format!("sha256:{}", hex::encode(Sha256::digest(body)));
    if kind(callback) == CallbackKind::Unknown {
        return digest();
    }
    match (
        &callback.type_,
        &callback.applicant_id,
        &callback.correlation_id,
        &callback.created_at_ms,
    ) {
        (Some(kind), Some(applicant), Some(correlation), Some(created)) => {
            let answer = callback
                .review_result
                .as_ref()
                .and_then(|r| r.review_answer.as_deref());
            let key = format!(
                "{kind}:{applicant}:{correlation}:{created}:{}",
                answer.unwrap_or_default()
            );
            if key.len() <= LONGEST { key } else { digest() }
        }
        _ => digest(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> String {
        idempotency_key(&Callback::parse(body.as_bytes()).unwrap(), body.as_bytes())
    }

    #[test]
    fn the_key_tells_created_from_reviewed_and_green_from_red() {
        let green = r#"{"type":"applicantReviewed","applicantId":"a","correlationId":"c","createdAtMs":"t","reviewResult":{"reviewAnswer":"GREEN"}}"#;
        assert_eq!(key(green), "applicantReviewed:a:c:t:GREEN");
        assert_eq!(
            key(&green.replace("GREEN", "RED")),
            "applicantReviewed:a:c:t:RED"
        );
        assert_eq!(
            key(&green.replace("Reviewed", "Created").replace("GREEN", "")),
            "applicantCreated:a:c:t:"
        );
        assert!(key(r#"{"type":"applicantReviewed","applicantId":"a"}"#).starts_with("sha256:"));
    }
}
