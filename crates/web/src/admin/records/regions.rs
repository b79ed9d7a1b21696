//! What the pages of a prospect and of a customer have in common: finding it, and the regions about it.

use askama::{Template, filters::HtmlSafe};
use customer::{
    customer::Customer,
    personal_data::{Owner, PersonalData},
    primitives::CustomerType,
    prospect::Prospect,
};
use kernel::Error;
use uuid::Uuid;

use crate::{
    admin::{AdminState, dialog::Offers},
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
/// When there is none, or the viewer may not see it.
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

fn missing(error: Error, what: &'static str) -> PageError {
    match error {
        Error::NotFound(_) => PageError::NotFound(what),
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
