//! What can happen to an applicant, and what it changes.

use chrono::{DateTime, Utc};
use sumsub::webhook::ReviewResult;

use crate::{config::Level, ids::new_id, store::Applicant};

/// What an applicant says of itself.
#[derive(Clone, Default)]
pub(crate) struct PersonalInfo {
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) dob: String,
    pub(crate) country: String,
    pub(crate) nationality: String,
    pub(crate) address: String,
    pub(crate) company_name: String,
    pub(crate) registration_number: String,
    pub(crate) incorporated_on: String,
}

/// What happens to an applicant.
#[derive(Clone)]
pub(crate) enum Event {
    Created,
    Submitted,
    Reviewed(ReviewResult),
    PutOnHold,
    Reset,
    Deactivated,
    Activated,
    Deleted,
    InfoChanged(PersonalInfo),
    LevelChanged(Level),
    /// Something that nobody knows of: changes nothing.
    MadeUp,
}

impl Event {
    /// The webhook's `type`.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Created => "applicantCreated",
            Self::Submitted => "applicantPending",
            Self::Reviewed(_) => "applicantReviewed",
            Self::PutOnHold => "applicantOnHold",
            Self::Reset => "applicantReset",
            Self::Deactivated => "applicantDeactivated",
            Self::Activated => "applicantActivated",
            Self::Deleted => "applicantDeleted",
            Self::InfoChanged(_) => "applicantPersonalInfoChanged",
            Self::LevelChanged(_) => "applicantLevelChanged",
            Self::MadeUp => "applicantDreamed",
        }
    }

    pub(crate) fn apply(self, applicant: &mut Applicant, at: DateTime<Utc>) {
        match self {
            Self::Created | Self::MadeUp => {}
            Self::Submitted => {
                if applicant.review_status == "completed" {
                    new_attempt(applicant, at);
                }
                set_review(applicant, "pending", ReviewResult::default(), None);
            }
            Self::Reviewed(result) => set_review(applicant, "completed", result, Some(at)),
            Self::PutOnHold => set_review(applicant, "onHold", ReviewResult::default(), None),
            Self::Reset => {
                new_attempt(applicant, at);
                set_review(applicant, "init", ReviewResult::default(), None);
            }
            Self::Deactivated => applicant.active = false,
            Self::Activated => applicant.active = true,
            Self::Deleted => applicant.deleted_at = Some(at),
            Self::LevelChanged(level) => {
                new_attempt(applicant, at);
                set_review(applicant, "init", ReviewResult::default(), None);
                applicant.applicant_type = type_of(&level).to_owned();
                applicant.level_name = level.name;
            }
            Self::InfoChanged(info) => {
                applicant.first_name = info.first_name;
                applicant.middle_name = info.middle_name;
                applicant.last_name = info.last_name;
                applicant.dob = info.dob;
                applicant.country = info.country;
                applicant.nationality = info.nationality;
                applicant.address = info.address;
                applicant.company_name = info.company_name;
                applicant.registration_number = info.registration_number;
                applicant.incorporated_on = info.incorporated_on;
            }
        }
    }
}

fn new_attempt(applicant: &mut Applicant, at: DateTime<Utc>) {
    applicant.attempt_id = new_id();
    applicant.attempt_cnt += 1;
    applicant.review_created_at = at;
}

fn set_review(
    applicant: &mut Applicant,
    status: &str,
    result: ReviewResult,
    at: Option<DateTime<Utc>>,
) {
    applicant.review_status = status.to_owned();
    applicant.reviewed_at = at;
    applicant.review_answer = result.review_answer;
    applicant.reject_labels = result.reject_labels;
    applicant.reject_type = result.review_reject_type;
    applicant.moderation_comment = result.moderation_comment;
    applicant.client_comment = result.client_comment;
}

pub(crate) fn type_of(level: &Level) -> &'static str {
    if level.company {
        "company"
    } else {
        "individual"
    }
}

/// The result of the review, while it is completed.
pub(crate) fn result_of(applicant: &Applicant) -> Option<ReviewResult> {
    applicant.review_answer.is_some().then(|| ReviewResult {
        review_answer: applicant.review_answer.clone(),
        reject_labels: applicant.reject_labels.clone(),
        review_reject_type: applicant.reject_type.clone(),
        moderation_comment: applicant.moderation_comment.clone(),
        client_comment: applicant.client_comment.clone(),
    })
}

/// As Sumsub writes a time to the second.
pub(crate) fn date(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S+0000").to_string()
}
