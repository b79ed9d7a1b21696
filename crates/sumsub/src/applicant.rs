//! The applicant answer, as Sumsub documents it; whatever is unknown, missing or malformed counts as absent.
//!
//! Sources: <https://docs.sumsub.com/reference/get-applicant-data-via-externaluserid> (`info` is what was read from the
//! documents, `fixedInfo` what was provided), <https://docs.sumsub.com/reference/import-applicants> (`companyInfo`) and
//! <https://docs.sumsub.com/reference/link-beneficiary-to-company-kyb-20> (`beneficiaries`, the older flow at
//! <https://docs.sumsub.com/reference/link-beneficiary-to-company-kyb-10>).

mod address;
mod company;
mod info;

use std::fmt;

use chrono::{DateTime, Utc};

pub use address::Address;
pub use company::{Beneficiary, Company};
pub use info::Info;

use crate::{
    fields::{self, Fields},
    webhook::ReviewResult,
};

/// A person or company in Sumsub. `Debug` shows ids only, never personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Applicant {
    /// Sumsub's id of the applicant.
    pub id: String,
    /// Our id: the prospect's UUID.
    pub external_user_id: Option<String>,
    /// `individual` or `company`.
    pub type_: Option<String>,
    /// The e-mail address that Sumsub knows.
    pub email: Option<String>,
    /// What was read from the documents.
    pub info: Option<Info>,
    /// What the applicant, or we, entered.
    pub fixed_info: Option<Info>,
    /// How the review stands.
    pub review: Option<Review>,
}

/// How a review stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The level under review.
    pub level_name: Option<String>,
    /// `init`, `pending`, `onHold`, `completed`, …
    pub review_status: Option<String>,
    /// The answer, once there is one.
    pub review_result: Option<ReviewResult>,
    /// When the review was created, as Sumsub wrote it.
    pub create_date: Option<String>,
    /// When the review was completed, as Sumsub wrote it: to the second.
    pub review_date: Option<String>,
    /// Names this attempt.
    pub attempt_id: Option<String>,
    /// How many attempts there were.
    pub attempt_cnt: Option<i64>,
}

impl Review {
    /// When the review was completed, to the second; absent while it is not.
    pub fn completed_at(&self) -> Option<DateTime<Utc>> {
        if self.review_status.as_deref() != Some("completed") {
            return None;
        }
        self.review_date.as_deref().and_then(fields::time)
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            level_name: fields.text("levelName"),
            review_status: fields.text("reviewStatus"),
            review_result: fields
                .object("reviewResult")
                .map(|result| ReviewResult::read(&result)),
            create_date: fields.text("createDate"),
            review_date: fields.text("reviewDate"),
            attempt_id: fields.text("attemptId"),
            attempt_cnt: fields.number("attemptCnt"),
        }
    }
}

impl Applicant {
    /// Everything that is known of who it is. Field by field, what was read from the documents ([`Applicant::info`])
    /// wins over what was entered ([`Applicant::fixed_info`]).
    pub fn personal_data(&self) -> Info {
        let read = self.info.clone().unwrap_or_default();
        match &self.fixed_info {
            Some(entered) => read.or(entered),
            None => read,
        }
    }

    /// Nothing without an id: that is no applicant.
    pub(crate) fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.text("id")?,
            external_user_id: fields.text("externalUserId"),
            type_: fields.text("type"),
            email: fields.text("email"),
            info: fields.object("info").map(|info| Info::read(&info)),
            fixed_info: fields.object("fixedInfo").map(|info| Info::read(&info)),
            review: fields.object("review").map(|review| Review::read(&review)),
        })
    }
}

impl fmt::Debug for Applicant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Applicant")
            .field("id", &self.id)
            .field("external_user_id", &self.external_user_id)
            .field("type_", &self.type_)
            .field("review", &self.review)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
