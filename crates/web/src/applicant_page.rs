//! Where an applicant's page is in Sumsub's dashboard.

use std::{fmt::Write as _, str::FromStr};

use url::Url;

/// What stands for the applicant id.
const ID: &str = "{id}";

/// The address of an applicant's page, with `{id}` for the applicant id; without one the id comes last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicantPage(String);

/// It is no address of a page.
#[derive(Debug, thiserror::Error)]
#[error("it is no http or https URL with {{id}} where the applicant id belongs")]
pub struct NoApplicantPage;

impl FromStr for ApplicantPage {
    type Err = NoApplicantPage;

    fn from_str(template: &str) -> Result<Self, Self::Err> {
        let template = template.trim();
        // Another name in braces would never be filled in.
        if template.replace(ID, "").contains(['{', '}']) {
            return Err(NoApplicantPage);
        }
        let template = if template.contains(ID) {
            template.to_owned()
        } else {
            let url = Url::parse(template).map_err(|_| NoApplicantPage)?;
            format!("{url}{ID}")
        };
        let page = Self(template);
        let url = Url::parse(&page.address_of("id")).map_err(|_| NoApplicantPage)?;
        // Whose host the id is part of would be somebody else's for another id.
        let other = Url::parse(&page.address_of("other")).map_err(|_| NoApplicantPage)?;
        let known = matches!(url.scheme(), "http" | "https")
            && url.origin() == other.origin()
            && url.username().is_empty()
            && url.password().is_none();
        known.then_some(page).ok_or(NoApplicantPage)
    }
}

impl ApplicantPage {
    /// The page of this applicant.
    #[must_use]
    pub fn address_of(&self, applicant: &str) -> String {
        let mut encoded = String::with_capacity(applicant.len());
        for byte in applicant.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                    encoded.push(char::from(byte));
                }
                byte => {
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
        }
        self.0.replace(ID, &encoded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_goes_where_it_belongs() {
        let page = |template: &str| template.parse::<ApplicantPage>().unwrap();
        for (template, id, address) in [
            (
                "https://cockpit.sumsub.com/checkus#/applicant/{id}/client/basicInfo",
                "65f0c1",
                "https://cockpit.sumsub.com/checkus#/applicant/65f0c1/client/basicInfo",
            ),
            (
                "https://bank.example/applicants/",
                "65f0c1",
                "https://bank.example/applicants/65f0c1",
            ),
            (
                "https://bank.example",
                "65f0c1",
                "https://bank.example/65f0c1",
            ),
            (
                "https://bank.example/?applicant={id}&tab=1",
                "a/b ?#&\"<ü",
                "https://bank.example/?applicant=a%2Fb%20%3F%23%26%22%3C%C3%BC&tab=1",
            ),
        ] {
            assert_eq!(page(template).address_of(id), address, "{template}");
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for bad in [
            "",
            "cockpit.sumsub.com/{id}",
            "javascript:alert({id})",
            "https://bank.example/{applicantId}",
            "https://bank.example/{id}/{",
            "https://{id}.example/",
            "https://bank.example{id}",
            "https://me:{id}@bank.example/",
        ] {
            assert!(bad.parse::<ApplicantPage>().is_err(), "{bad}");
        }
    }
}
