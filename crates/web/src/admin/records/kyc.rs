//! The region "KYC": the verification link, whom Sumsub knows, and each time that it declined before.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use customer::{
    onboarding::LinkToShow,
    prospect::{LinkRecord, Prospect},
    refresh::RefreshTrouble,
};

use super::{
    link_mail::{MailStanding, Reached},
    why_declined::Attempts,
};
use crate::{admin::dialog::Offers, config::WebConfig, error_page::PageError, format::Time, qr};

/// The region "KYC".
#[derive(Template)]
#[template(path = "admin/records/kyc.html")]
pub struct Kyc {
    link: ShownLink,
    reached: Reached,
    applicant: Option<Applicant>,
    /// Each time that Sumsub declined; none here while that is told at the top.
    attempts: Attempts,
    trouble: Option<Trouble>,
    offers: Offers,
}

impl HtmlSafe for Kyc {}

enum ShownLink {
    NothingToVerify,
    NotMade,
    Newest(Box<Link>),
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

impl Kyc {
    /// What is on record of the prospect's verification; `link` as the domain lets it be shown, itself only to who
    /// `may_have_link`.
    ///
    /// # Errors
    /// When a link is too long for a QR code.
    pub fn of(
        prospect: &Prospect,
        (link, reached): (LinkToShow<'_>, Reached),
        attempts: Attempts,
        may_have_link: bool,
        trouble: Option<RefreshTrouble>,
        config: &WebConfig,
        offers: Offers,
    ) -> Result<Self, PageError> {
        let now = clock::now();
        let kyc = &prospect.kyc;
        let page = config.applicant_page.as_ref();
        Ok(Self {
            offers,
            link: match link {
                LinkToShow::NothingToVerify => ShownLink::NothingToVerify,
                LinkToShow::NotMade => ShownLink::NotMade,
                LinkToShow::Newest(link) => {
                    ShownLink::Newest(Box::new(Link::of(link, may_have_link, now)?))
                }
            },
            reached,
            applicant: kyc.applicant_id.as_ref().map(|id| Applicant {
                address: page.map(|page| page.address_of(id)),
                id: id.clone(),
            }),
            attempts,
            trouble: trouble.map(|trouble| Trouble {
                words: trouble.words,
                failures: trouble.failures,
                last: trouble.last_at.map(|at| Time::new(at, now)),
                next: Time::new(trouble.next_at, now),
            }),
        })
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
