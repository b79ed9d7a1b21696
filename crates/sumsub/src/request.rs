use std::{fmt, time::Duration};

use serde::Serialize;
use url::Url;

use crate::webhook::ReviewResult;

/// What a verification link is made for. `Debug` leaves e-mail and phone out.
#[derive(Clone)]
pub struct LinkRequest {
    /// The level to go through.
    pub level_name: String,
    /// Our id: the prospect's UUID. Sumsub's `externalUserId`.
    pub user_id: String,
    /// How long the link lives, in whole seconds.
    pub ttl: Duration,
    /// Known to us already, so that the applicant need not type it.
    pub email: Option<String>,
    /// Known to us already, so that the applicant need not type it.
    pub phone: Option<String>,
    /// Where Sumsub sends the applicant's browser at the end.
    pub redirect: Option<Redirect>,
}

/// Where Sumsub sends the applicant's browser at the end.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// After an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_url: Option<Url>,
    /// After a rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reject_url: Option<Url>,
}

/// A verification link. It is a credential of the applicant's: `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Where the applicant goes.
    pub url: Url,
}

/// What an applicant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicantType {
    /// A natural person.
    Individual,
    /// A company or another legal entity.
    Company,
}

/// The end of a review that [`crate::Client::test_completed`] asks for.
pub type TestCompleted = ReviewResult;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkBody<'a> {
    level_name: &'a str,
    user_id: &'a str,
    ttl_in_secs: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    applicant_identifiers: Option<Identifiers<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect: Option<&'a Redirect>,
}

#[derive(Serialize)]
struct Identifiers<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<&'a str>,
}

impl<'a> From<&'a LinkRequest> for LinkBody<'a> {
    fn from(request: &'a LinkRequest) -> Self {
        let identifiers = Identifiers {
            email: request.email.as_deref(),
            phone: request.phone.as_deref(),
        };
        Self {
            level_name: &request.level_name,
            user_id: &request.user_id,
            ttl_in_secs: request.ttl.as_secs(),
            applicant_identifiers: (identifiers.email.is_some() || identifiers.phone.is_some())
                .then_some(identifiers),
            redirect: request.redirect.as_ref(),
        }
    }
}

impl fmt::Debug for LinkRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkRequest")
            .field("level_name", &self.level_name)
            .field("user_id", &self.user_id)
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}
