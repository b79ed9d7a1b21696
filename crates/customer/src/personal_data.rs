//! Who a prospect is, as Sumsub tells it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sumsub::{Applicant, Beneficiary};

/// Who it is. Whatever Sumsub doesn't tell is absent: nothing is made up.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonalData {
    /// Given name of an individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Family name of an individual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// Country, ISO 3166-1 alpha-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Nationality of an individual, ISO 3166-1 alpha-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nationality: Option<String>,
    /// Addresses, each in one line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// What Sumsub tells of a company; none for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<Company>,
}

/// A company, as Sumsub tells it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Company {
    /// The company's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its number in the register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_number: Option<String>,
    /// Where it is registered, ISO 3166-1 alpha-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// When it was founded, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incorporated_on: Option<String>,
    /// Where it is registered, in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whom it belongs to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Owner>,
}

/// A beneficial owner of a company, or somebody else who stands behind it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The name in one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What Sumsub calls the relation, for example `ubo`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The share in percent, as Sumsub writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<String>,
    /// The owner's own applicant in Sumsub.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applicant_id: Option<String>,
}

impl Owner {
    fn declared(told: Beneficiary) -> Self {
        Owner {
            name: told.name(),
            roles: told.types,
            share: told.share_size,
            applicant_id: told.applicant_id,
        }
    }
}

macro_rules! personal {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
personal!(PersonalData, Company, Owner);

impl PersonalData {
    /// The name of the person or, for a company, of the company.
    #[must_use]
    pub fn full_name(&self) -> Option<String> {
        if let Some(company) = &self.company {
            return company.name.clone();
        }
        let parts: Vec<&str> = [self.first_name.as_deref(), self.last_name.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }

    /// What an applicant tells: what was read from documents goes before what was entered. `None` when it tells
    /// nothing.
    #[must_use]
    pub fn from_applicant(applicant: &Applicant) -> Option<Self> {
        let told = applicant.personal_data();
        let given: Vec<String> = [told.first_name, told.middle_name]
            .into_iter()
            .flatten()
            .collect();
        let company = told.company_info.map(|company| Company {
            name: company.company_name,
            registration_number: company.registration_number,
            country: company.country,
            incorporated_on: company.incorporated_on,
            address: company.legal_address,
            owners: company
                .beneficiaries
                .into_iter()
                .map(Owner::declared)
                .collect(),
        });
        let data = PersonalData {
            first_name: (!given.is_empty()).then(|| given.join(" ")),
            last_name: told.last_name,
            birth_date: told.dob,
            country: told.country,
            nationality: told.nationality,
            addresses: told
                .addresses
                .into_iter()
                .filter_map(|address| address.formatted_address)
                .collect(),
            company: company.filter(|company| *company != Company::default()),
        };
        (data != PersonalData::default()).then_some(data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_told_is_nothing_recorded() {
        assert_eq!(PersonalData::from_applicant(&Applicant::default()), None);
    }
}
