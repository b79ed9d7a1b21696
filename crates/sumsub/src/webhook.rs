//! Webhooks: whether Sumsub sent a body, and what the body says.
//!
//! Source: <https://docs.sumsub.com/docs/user-verification-webhooks>. Sumsub signs the raw bytes of the body
//! with the webhook's own secret, so check the digest before anything touches them.

use std::{borrow::Cow, fmt};

use chrono::{DateTime, Utc};
use serde::Serialize;
use thiserror::Error;

use crate::fields::{self, Fields};

mod digest;
mod mentions;

pub(crate) use digest::mac;
pub use digest::{Algorithm, DIGEST_ALG_HEADER, DIGEST_HEADER, DigestError, signature, verify};
pub use mentions::Mentions;

/// A body as text that PostgreSQL can hold and a person can read: without a byte-order mark, and with U+FFFD for what is
/// not UTF-8.
pub fn readable(body: &[u8]) -> Cow<'_, str> {
    fields::readable(body)
}

/// The body is not a JSON object. Says where, never what stands there.
#[derive(Debug, Error)]
#[error("the body is not a JSON object (line {line}, column {column})")]
pub struct ParseError {
    line: usize,
    column: usize,
}

/// What a webhook says. Any field may be absent; unknown ones are passed over.
///
/// A field of the wrong JSON type, a blank string and a name or id with U+0000 count as absent, and so does an id of more than
/// 256 bytes. Flags may be written as text, a list of words as one text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Callback {
    /// `applicantReviewed`, `applicantPending`, …: what happened.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    /// Sumsub's id of the applicant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_id: Option<String>,
    /// Sumsub's id of the inspection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_id: Option<String>,
    /// `individual` or `company`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_type: Option<String>,
    /// Names the event in Sumsub's support.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// Our own id: the prospect's UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_user_id: Option<String>,
    /// The level that the applicant went through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level_name: Option<String>,
    /// The level before, of `applicantLevelChanged`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_level_name: Option<String>,
    /// Whether it is from Sumsub's sandbox: no real verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox_mode: Option<bool>,
    /// A person sent it by hand from Sumsub's *Webhook manager*: signed like any other, and not real. So is whatever says
    /// anything but no here: nothing else carries the field.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test_mode: bool,
    /// `init`, `pending`, `onHold`, `completed`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_status: Option<String>,
    /// The answer, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_result: Option<ReviewResult>,
    /// Our key in Sumsub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// `2024-09-23 23:10:24+0000`; see [`Callback::time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// `2024-09-23 23:10:24.704`, UTC; see [`Callback::time`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at_ms: Option<String>,
    /// The companies that the applicant is a beneficial owner of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applicant_member_of: Vec<MemberOf>,
}

/// The outcome of a review. `Debug` leaves the comments out: they may hold private facts.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReviewResult {
    /// `GREEN` or `RED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_answer: Option<String>,
    /// `FORGERY`, `UNSATISFACTORY_PHOTOS`, …
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reject_labels: Vec<String>,
    /// `RETRY` (the applicant may try again) or `FINAL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_reject_type: Option<String>,
    /// Words that the applicant may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub moderation_comment: Option<String>,
    /// Words for operators only: they may hold private facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_comment: Option<String>,
}

/// A company that an applicant belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberOf {
    /// The company's applicant.
    pub applicant_id: String,
}

impl Callback {
    /// Reads a body as far as it goes: a byte-order mark is passed over, and so are bytes that are not UTF-8.
    ///
    /// # Errors
    /// Only when `body` is not a JSON object.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let text = fields::readable(body);
        let fields = Fields::parse(text.as_bytes()).map_err(|error| ParseError {
            line: error.line(),
            column: error.column(),
        })?;
        Ok(Self {
            type_: fields.text("type"),
            applicant_id: fields.id("applicantId"),
            inspection_id: fields.id("inspectionId"),
            applicant_type: fields.text("applicantType"),
            correlation_id: fields.id("correlationId"),
            external_user_id: fields.id("externalUserId"),
            level_name: fields.text("levelName"),
            previous_level_name: fields.text("previousLevelName"),
            sandbox_mode: fields.flag("sandboxMode"),
            test_mode: fields.says("testMode") && fields.flag("testMode") != Some(false),
            review_status: fields.text("reviewStatus"),
            review_result: fields
                .object("reviewResult")
                .map(|result| ReviewResult::read(&result)),
            client_id: fields.text("clientId"),
            created_at: fields.text("createdAt"),
            created_at_ms: fields.text("createdAtMs"),
            applicant_member_of: fields
                .objects("applicantMemberOf")
                .iter()
                .chain(&fields.object("applicantMemberOf"))
                .filter_map(|company| company.id("applicantId"))
                .map(|applicant_id| MemberOf { applicant_id })
                .collect(),
        })
    }

    /// When it happened, by Sumsub's clock: `createdAtMs`, or `createdAt` when that is absent or no time.
    pub fn time(&self) -> Option<DateTime<Utc>> {
        [&self.created_at_ms, &self.created_at]
            .into_iter()
            .flatten()
            .find_map(|text| fields::time(text))
    }
}

impl ReviewResult {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            review_answer: fields.text("reviewAnswer"),
            reject_labels: fields.labels("rejectLabels"),
            review_reject_type: fields
                .text("reviewRejectType")
                .map(|kind| kind.trim().to_ascii_uppercase()),
            moderation_comment: fields.words("moderationComment"),
            client_comment: fields.words("clientComment"),
        }
    }
}

impl fmt::Debug for ReviewResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReviewResult")
            .field("review_answer", &self.review_answer)
            .field("reject_labels", &self.reject_labels)
            .field("review_reject_type", &self.review_reject_type)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
