//! The region "KYC": the verification link, whom Sumsub knows, and each time that it declined.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use customer::{
    onboarding::LinkToShow,
    prospect::{Attempt, Prospect, Retry},
    refresh::RefreshTrouble,
};

use super::operations::RecordOperation;
use crate::{
    admin::{dialog::Offers, words},
    config::WebConfig,
    format::{State, Time},
};

/// The region "KYC".
#[derive(Template)]
#[template(path = "admin/records/kyc.html")]
pub struct Kyc {
    link: ShownLink,
    applicant: Option<Applicant>,
    /// Each time that Sumsub declined, the newest first.
    rejections: Vec<Rejection>,
    trouble: Option<Trouble>,
    offers: Offers,
}

impl HtmlSafe for Kyc {}

enum ShownLink {
    NothingToVerify,
    NotMade,
    Newest(Link),
}

struct Link {
    /// Only for who may have it.
    url: Option<String>,
    level: String,
    made: Time,
    ends: Time,
    ended: bool,
}

struct Applicant {
    id: String,
    address: Option<String>,
}

/// Sumsub could not be asked.
struct Trouble {
    words: String,
    failures: i32,
    last: Option<Time>,
    next: Time,
}

struct Rejection {
    at: Time,
    callback: i64,
    retry: State,
    kind: Option<String>,
    labels: String,
    moderation_comment: Option<String>,
    client_comment: Option<String>,
}

impl Kyc {
    /// What is on record of the prospect's verification; `link` as the domain lets it be shown, itself only to who
    /// `may_have_link`.
    pub fn of(
        prospect: &Prospect,
        link: LinkToShow<'_>,
        may_have_link: bool,
        trouble: Option<RefreshTrouble>,
        config: &WebConfig,
        offers: Offers,
    ) -> Self {
        let now = clock::now();
        let kyc = &prospect.kyc;
        let page = config.applicant_page.as_ref();
        Self {
            offers: match link {
                // One that is open is sent, and after a final rejection none is of use.
                LinkToShow::NotMade | LinkToShow::Newest(_)
                    if !prospect.link_standing(now).is_open()
                        && prospect.retry() != Retry::Final =>
                {
                    offers.led_by(RecordOperation::GenerateLink.words().slug)
                }
                _ => offers,
            },
            link: match link {
                LinkToShow::NothingToVerify => ShownLink::NothingToVerify,
                LinkToShow::NotMade => ShownLink::NotMade,
                LinkToShow::Newest(link) => ShownLink::Newest(Link {
                    url: may_have_link.then(|| link.url.clone().unwrap_or_default()),
                    level: link.level.clone(),
                    made: Time::new(link.created_at, now),
                    ends: Time::new(link.expires_at, now),
                    ended: link.expires_at <= now,
                }),
            },
            applicant: kyc.applicant_id.as_ref().map(|id| Applicant {
                address: page.map(|page| page.address_of(id)),
                id: id.clone(),
            }),
            rejections: prospect
                .attempts()
                .into_iter()
                .map(|attempt| Rejection::of(attempt, now))
                .collect(),
            trouble: trouble.map(|trouble| Trouble {
                words: trouble.words,
                failures: trouble.failures,
                last: trouble.last_at.map(|at| Time::new(at, now)),
                next: Time::new(trouble.next_at, now),
            }),
        }
    }
}

impl Rejection {
    fn of(attempt: Attempt, now: DateTime<Utc>) -> Self {
        let rejection = attempt.rejection;
        Self {
            at: Time::new(attempt.at, now),
            callback: attempt.callback,
            retry: words::retry(Retry::from_reject_type(rejection.reject_type.as_deref())),
            kind: rejection.reject_type,
            labels: rejection.labels.join(", "),
            moderation_comment: rejection.moderation_comment,
            client_comment: rejection.client_comment,
        }
    }
}
