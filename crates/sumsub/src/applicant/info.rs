use std::fmt;

use super::{address::Address, company::Company};
use crate::fields::Fields;

/// Personal data of an applicant. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// The given name.
    pub first_name: Option<String>,
    /// Further given names.
    pub middle_name: Option<String>,
    /// The family name.
    pub last_name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    pub dob: Option<String>,
    /// Country, ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// Nationality, ISO 3166-1 alpha-3.
    pub nationality: Option<String>,
    /// The addresses, as Sumsub lists them.
    pub addresses: Vec<Address>,
    /// Of a company.
    pub company_info: Option<Company>,
}

impl Info {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        Self {
            first_name: fields.text("firstName"),
            middle_name: fields.text("middleName"),
            last_name: fields.text("lastName"),
            dob: fields.text("dob"),
            country: fields.text("country"),
            nationality: fields.text("nationality"),
            addresses: fields
                .objects("addresses")
                .iter()
                .map(Address::read)
                .collect(),
            company_info: fields
                .object("companyInfo")
                .map(|company| Company::read(&company)),
        }
    }

    /// Each field of `self`, or of `other` where there is none.
    pub(super) fn or(self, other: &Self) -> Self {
        let told = |address: &Address| address.formatted_address.is_some();
        Self {
            first_name: self.first_name.or_else(|| other.first_name.clone()),
            middle_name: self.middle_name.or_else(|| other.middle_name.clone()),
            last_name: self.last_name.or_else(|| other.last_name.clone()),
            dob: self.dob.or_else(|| other.dob.clone()),
            country: self.country.or_else(|| other.country.clone()),
            nationality: self.nationality.or_else(|| other.nationality.clone()),
            addresses: if self.addresses.iter().any(told) {
                self.addresses
            } else {
                other.addresses.clone()
            },
            company_info: match (self.company_info, &other.company_info) {
                (Some(read), Some(entered)) => Some(read.or(entered)),
                (read, entered) => read.or_else(|| entered.clone()),
            },
        }
    }
}

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Info(…)")
    }
}
