//! Why Sumsub declined, as the API tells it.

use ::customer::{kyc, prospect::Attempt};
use async_graphql::{ID, SimpleObject};

use crate::scalars::Timestamp;

/// Why Sumsub declined.
#[derive(SimpleObject)]
pub(super) struct Rejection {
    /// `RETRY` or `FINAL`.
    reject_type: Option<String>,
    /// For example `FORGERY`.
    labels: Vec<String>,
    /// May be shown to the applicant.
    moderation_comment: Option<String>,
    /// For operators only.
    client_comment: Option<String>,
}

/// One time that Sumsub declined.
#[derive(SimpleObject)]
pub(super) struct RejectedAttempt {
    /// When, by Sumsub's clock.
    rejected_at: Timestamp,
    /// The callback that told it.
    callback_id: ID,
    /// Why Sumsub declined.
    rejection: Rejection,
}

impl From<kyc::Rejection> for Rejection {
    fn from(rejection: kyc::Rejection) -> Self {
        Self {
            reject_type: rejection.reject_type,
            labels: rejection.labels,
            moderation_comment: rejection.moderation_comment,
            client_comment: rejection.client_comment,
        }
    }
}

impl From<Attempt> for RejectedAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            rejected_at: attempt.at.into(),
            callback_id: attempt.callback.into(),
            rejection: attempt.rejection.into(),
        }
    }
}
