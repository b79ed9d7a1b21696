//! What one callback says, in our words. The wire is `sumsub::webhook::Callback` (`sumsub.md`).

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use sumsub::webhook::Callback;

use super::Status;

/// What happened, by the callback's `type` and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Tells how far the verification is: one that can move things.
    Status(Status),
    /// A review that ended with neither GREEN nor RED.
    ReviewedOtherwise,
    /// `applicantDeactivated` or `applicantLevelChanged`: a person has to look when it is a customer's.
    Alarming,
    /// `applicantPersonalInfoChanged`: Sumsub is asked who it is now.
    InfoChanged,
    /// Known and of no consequence here, for example `applicantTagsChanged`.
    Informational,
    /// A type that we do not know, or none.
    Unknown,
}

/// Why Sumsub declined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rejection {
    /// For example `FORGERY`.
    pub labels: Vec<String>,
    /// `RETRY` or `FINAL`.
    pub reject_type: Option<String>,
    /// May be shown to the applicant.
    pub moderation_comment: Option<String>,
    /// For operators only.
    pub client_comment: Option<String>,
}

impl Rejection {
    /// Whether Sumsub lets the person try again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.reject_type.as_deref() == Some("FINAL")
    }
}

/// One callback, as far as the domain looks at it. Whatever is `None` was absent.
#[derive(Clone)]
#[cfg_attr(test, derive(Debug))]
pub struct Said {
    /// What happened.
    pub kind: Kind,
    /// When, by Sumsub's clock.
    pub at: Option<DateTime<Utc>>,
    /// Sumsub's id of the applicant.
    pub applicant_id: Option<String>,
    /// Our id of the prospect, as Sumsub sent it.
    pub external_user_id: Option<String>,
    /// The level that was gone through.
    pub level: Option<String>,
    /// Whether it comes from Sumsub's sandbox.
    pub sandbox: Option<bool>,
    /// Sumsub's `reviewStatus`.
    pub review_status: Option<String>,
    /// The companies (their applicant ids) that this applicant is a beneficial owner of.
    pub member_of: Vec<String>,
    /// Whether the applicant is a person and no company.
    pub individual: Option<bool>,
    /// When Sumsub was asked, when this is an answer (a refresh) and no callback.
    pub asked_at: Option<DateTime<Utc>>,
    /// Empty unless declined.
    pub rejection: Rejection,
}

impl Said {
    /// The status it tells, when it is one that can move things.
    #[must_use]
    pub fn status(&self) -> Option<Status> {
        match self.kind {
            Kind::Status(status) => Some(status),
            _ => None,
        }
    }
}

impl From<Callback> for Said {
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
        Said {
            kind,
            at,
            applicant_id: callback.applicant_id,
            external_user_id: callback.external_user_id,
            level: callback.level_name,
            sandbox: callback.sandbox_mode,
            review_status: callback.review_status,
            member_of: callback
                .applicant_member_of
                .into_iter()
                .map(|m| m.applicant_id)
                .collect(),
            individual: callback.applicant_type.map(|kind| kind == "individual"),
            asked_at: None,
            rejection,
        }
    }
}

fn kind(callback: &Callback) -> Kind {
    let answer = callback
        .review_result
        .as_ref()
        .and_then(|r| r.review_answer.as_deref());
    match (callback.type_.as_deref(), answer) {
        (Some("applicantCreated"), _) => Kind::Status(Status::Created),
        (Some("applicantReset"), _) => Kind::Status(Status::Reset),
        (Some("applicantPending"), _) => Kind::Status(Status::Pending),
        (Some("applicantOnHold"), _) => Kind::Status(Status::OnHold),
        (Some("applicantReviewed"), Some("GREEN")) => Kind::Status(Status::Green),
        (Some("applicantReviewed"), Some("RED")) => Kind::Status(Status::Red),
        (Some("applicantReviewed"), _) => Kind::ReviewedOtherwise,
        (Some("applicantDeleted"), _) => Kind::Status(Status::Deleted),
        (Some("applicantDeactivated" | "applicantLevelChanged"), _) => Kind::Alarming,
        (Some("applicantPersonalInfoChanged"), _) => Kind::InfoChanged,
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
        ) => Kind::Informational,
        _ => Kind::Unknown,
    }
}

/// What makes a callback the same as one received before: correlation id and time (the seeds), and what keeps
/// a GREEN and a RED of one second apart; the body's SHA-256 when one of the first four is missing.
#[must_use]
pub fn idempotency_key(callback: &Callback, body: &[u8]) -> String {
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
            format!(
                "{kind}:{applicant}:{correlation}:{created}:{}",
                answer.unwrap_or_default()
            )
        }
        _ => format!("sha256:{}", hex::encode(Sha256::digest(body))),
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
