//! What the pages of a prospect and of a customer have in common: finding it, and the regions about it.

use askama::{Template, filters::HtmlSafe};
use chrono::{DateTime, Utc};
use customer::{
    OnboardingError,
    customer::Customer,
    onboarding::LinkToShow,
    personal_data::{Owner, PersonalData},
    primitives::CustomerType,
    prospect::{Attempt, Prospect, Retry},
    refresh::RefreshTrouble,
};
use uuid::Uuid;

use crate::{
    admin::{AdminState, dialog::Offers, records::operations::RecordOperation, words},
    config::WebConfig,
    error_page::PageError,
    format::{State, Time},
    layout::Viewer,
};

/// Whether it can be a public id at all; nothing else need reach the database.
pub fn is_public_id(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The prospect; that somebody looked is written down.
///
/// # Errors
/// When there is none, or the viewer may not see it.
pub async fn prospect(
    state: &AdminState,
    viewer: &Viewer,
    public_id: &str,
) -> Result<Prospect, PageError> {
    if !is_public_id(public_id) {
        return Err(PageError::NotFound("prospect"));
    }
    let found = state
        .onboarding
        .prospect_by_public_id(&viewer.subject, public_id);
    found.await.map_err(|error| missing(error, "prospect"))
}

/// The customer, and the prospect that it was.
///
/// # Errors
/// As [`prospect`].
pub async fn customer(
    state: &AdminState,
    viewer: &Viewer,
    public_id: &str,
) -> Result<(Prospect, Customer), PageError> {
    if !is_public_id(public_id) {
        return Err(PageError::NotFound("customer"));
    }
    let found = state
        .onboarding
        .customer_by_public_id(&viewer.subject, public_id);
    found.await.map_err(|error| missing(error, "customer"))
}

fn missing(error: OnboardingError, what: &'static str) -> PageError {
    match error {
        OnboardingError::NotFound => PageError::NotFound(what),
        error => error.into(),
    }
}

/// The region with who it is to us: "Prospect" or "Customer".
#[derive(Template)]
#[template(path = "admin/records/identity.html")]
pub struct Identity {
    pub heading: &'static str,
    pub id: Uuid,
    pub public_id: String,
    pub customer_type: CustomerType,
    /// As people are shown it.
    pub telegram: Option<String>,
    pub erased: bool,
    /// Why it was converted by hand, past KYC; for who was.
    pub conversion: Option<String>,
    pub states: Vec<(&'static str, State)>,
    pub level: Option<&'static str>,
    pub since: (&'static str, Time),
    pub offers: Offers,
}

impl HtmlSafe for Identity {}

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
                address: page.map(|page| page.of(id)),
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

/// The region "Personal data".
#[derive(Template)]
#[template(path = "admin/records/personal_data.html")]
pub struct Personal {
    known: Option<Known>,
    erased: bool,
    offers: Offers,
}

impl HtmlSafe for Personal {}

#[derive(Default)]
struct Known {
    facts: Vec<(&'static str, String)>,
    addresses: Vec<String>,
    owners: Vec<Owner>,
}

impl Personal {
    /// What Sumsub told; nothing is made up.
    pub fn of(prospect: &Prospect, offers: Offers) -> Self {
        Self {
            known: prospect.personal_data().map(Known::from),
            erased: prospect.is_erased(),
            offers,
        }
    }
}

impl From<PersonalData> for Known {
    fn from(data: PersonalData) -> Self {
        let company = data.company.unwrap_or_default();
        let facts = [
            ("Company name", company.name),
            ("Registration number", company.registration_number),
            ("Country of registration", company.country),
            ("First name", data.first_name),
            ("Last name", data.last_name),
            ("Birth date", data.birth_date),
            ("Country", data.country),
        ];
        Self {
            facts: facts
                .into_iter()
                .filter_map(|(label, value)| Some((label, value?)))
                .collect(),
            addresses: data.addresses,
            owners: company.owners,
        }
    }
}

#[cfg(test)]
mod tests {
    use customer::personal_data::Company;

    use super::*;

    fn shown(data: PersonalData) -> String {
        let region = Personal {
            known: Some(data.into()),
            erased: false,
            offers: Offers::default(),
        };
        region.render().unwrap_or_default()
    }

    #[test]
    fn personal_data_is_shown_as_far_as_it_is_known() {
        let person = shown(PersonalData {
            first_name: Some("Ada <b>".to_owned()),
            birth_date: Some("1815-12-10".to_owned()),
            addresses: vec!["12 St James Square".to_owned()],
            ..PersonalData::default()
        });
        assert!(
            person.contains("<dt>First name</dt><dd>Ada &#60;b&#62;</dd>")
                && person.contains("<dt>Address</dt><dd>12 St James Square</dd>"),
            "{person}"
        );
        assert!(
            !person.contains("Last name") && !person.contains("Owners"),
            "{person}"
        );
        let company = shown(PersonalData {
            company: Some(Company {
                name: Some("Analytical Engines Ltd".to_owned()),
                registration_number: Some("HRB 1".to_owned()),
                owners: vec![
                    Owner {
                        name: Some("Ada Lovelace".to_owned()),
                        roles: vec!["ubo".to_owned()],
                        share: Some("60".to_owned()),
                        ..Owner::default()
                    },
                    Owner::default(),
                ],
                ..Company::default()
            }),
            ..PersonalData::default()
        });
        for words in [
            "<dt>Registration number</dt><dd>HRB 1</dd>",
            "<li>Ada Lovelace, ubo, 60 %</li>",
            "name not given",
        ] {
            assert!(company.contains(words), "{words}: {company}");
        }
    }

    #[test]
    fn only_digits_are_a_public_id() {
        assert!(is_public_id("100001"));
        for no in ["", "abc", "1\0", "1234567890123456789"] {
            assert!(!is_public_id(no), "{no}");
        }
    }
}
