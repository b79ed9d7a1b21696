//! The GraphQL type `PersonalInfo`.

use async_graphql::SimpleObject;
use customer::personal_data::PersonalData;

/// Who it is, as Sumsub tells it. Nothing is made up: what Sumsub doesn't tell is null, or empty where null is not possible.
#[derive(SimpleObject)]
pub(crate) struct PersonalInfo {
    /// Given names; empty for a company.
    first_name: String,
    /// Family name; empty for a company.
    last_name: String,
    /// The date of birth, written `YYYY-MM-DD`.
    date_of_birth: Option<String>,
    /// ISO 3166-1 alpha-3.
    nationality: Option<String>,
    /// Country of residence of a person, of registration of a company; ISO 3166-1 alpha-3.
    country: Option<String>,
    /// In one line; the first of several, of a company the legal one.
    address: Option<String>,
    /// The name of a company.
    company_name: Option<String>,
    /// The number of a company in its register.
    registration_number: Option<String>,
    /// Whom a company belongs to.
    owners: Vec<Owner>,
}

/// A beneficial owner of a company, or somebody else who stands behind it.
#[derive(SimpleObject)]
#[graphql(name = "CompanyOwner")]
pub(crate) struct Owner {
    /// In one line.
    name: Option<String>,
    /// What Sumsub calls the relation, for example `ubo`.
    roles: Vec<String>,
    /// In percent, as Sumsub writes it.
    share: Option<String>,
}

impl From<PersonalData> for PersonalInfo {
    fn from(data: PersonalData) -> Self {
        let company = data.company.unwrap_or_default();
        Self {
            first_name: data.first_name.unwrap_or_default(),
            last_name: data.last_name.unwrap_or_default(),
            date_of_birth: data.birth_date,
            nationality: data.nationality,
            country: data.country.or(company.country),
            address: data.addresses.into_iter().next().or(company.address),
            company_name: company.name,
            registration_number: company.registration_number,
            owners: company
                .owners
                .into_iter()
                .map(|owner| Owner {
                    name: owner.name,
                    roles: owner.roles,
                    share: owner.share,
                })
                .collect(),
        }
    }
}
