//! The region "KYC": the verification link, whom Sumsub knows, and each time that it declined.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use customer::{
    onboarding::LinkToShow,
    primitives::Stage,
    prospect::{Attempt, LinkRecord, LinkStanding, Prospect, Retry},
    refresh::RefreshTrouble,
};

use super::link_mail::{MailStanding, Reached};
use crate::{
    admin::{dialog::Offers, operation::Operation as _, prospects::operations::sending, words},
    config::WebConfig,
    error_page::PageError,
    format::{State, Time},
    qr,
};

/// The region "KYC".
#[derive(Template)]
#[template(path = "admin/records/kyc.html")]
pub struct Kyc {
    link: ShownLink,
    reached: Reached,
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
    /// The same for a phone's camera; not for one that has ended.
    qr: Option<String>,
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
    ///
    /// # Errors
    /// When a link is too long for a QR code.
    pub fn of(
        prospect: &Prospect,
        (link, reached): (LinkToShow<'_>, Reached),
        may_have_link: bool,
        trouble: Option<RefreshTrouble>,
        config: &WebConfig,
        offers: Offers,
    ) -> Result<Self, PageError> {
        let now = clock::now();
        let kyc = &prospect.kyc;
        let page = config.applicant_page.as_ref();
        Ok(Self {
            offers: match link {
                LinkToShow::NotMade | LinkToShow::Newest(_) if is_to_be_sent(prospect, now) => {
                    offers.led_by(sending(prospect).words().slug)
                }
                _ => offers,
            },
            link: match link {
                LinkToShow::NothingToVerify => ShownLink::NothingToVerify,
                LinkToShow::NotMade => ShownLink::NotMade,
                LinkToShow::Newest(link) => ShownLink::Newest(Link::of(link, may_have_link, now)?),
            },
            reached,
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
        })
    }
}

/// Whether mailing the link is what has to happen next: nobody has got it yet, or what they got is of no use.
fn is_to_be_sent(prospect: &Prospect, now: DateTime<Utc>) -> bool {
    let unsent = prospect
        .kyc
        .link
        .as_ref()
        .is_none_or(|link| link.sent_at.is_none());
    match prospect.kyc.stage {
        Stage::New => unsent || !prospect.link_standing(now).is_open(),
        Stage::KycStarted => !prospect.link_standing(now).is_open(),
        Stage::KycDeclined => {
            prospect.retry() == Retry::Allowed
                && (unsent || prospect.link_standing(now) != LinkStanding::Open)
        }
        Stage::KycPending | Stage::KycOnHold | Stage::Converted | Stage::Closed => false,
    }
}

impl Link {
    fn of(link: &LinkRecord, may_have_link: bool, now: DateTime<Utc>) -> Result<Self, PageError> {
        let ended = link.expires_at <= now;
        let url = may_have_link.then(|| link.url.clone().unwrap_or_default());
        let shown = url.as_deref().filter(|url| !ended && !url.is_empty());
        Ok(Self {
            qr: shown
                .map(|url| qr::picture(url, "QR code of the verification link"))
                .transpose()?,
            url,
            level: link.level.clone(),
            made: Time::new(link.created_at, now),
            ends: Time::new(link.expires_at, now),
            ended,
        })
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
