use std::fmt;

use super::address::Address;
use crate::fields::Fields;

/// What is known of a company. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// The company's name.
    pub company_name: Option<String>,
    /// Its number in the register.
    pub registration_number: Option<String>,
    /// Where it is registered, ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// When it was founded, `YYYY-MM-DD`.
    pub incorporated_on: Option<String>,
    /// The address it is registered at, in one line.
    pub legal_address: Option<String>,
    /// Whom it belongs to and who acts for it.
    pub beneficiaries: Vec<Beneficiary>,
}

/// A beneficial owner of a company, or somebody else who stands behind it: mostly an applicant of its own.
/// `Debug` shows its ids only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Beneficiary {
    /// Sumsub's key of the relation (not of the applicant).
    pub id: Option<String>,
    /// Its own applicant in Sumsub, when there is one.
    pub applicant_id: Option<String>,
    /// What it is to the company: `ubo`, `shareholder`, `director`, `representative`, … `types` of the newer flow, `type`
    /// and `positions` of the older one; none twice.
    pub types: Vec<String>,
    /// Its share in percent, as Sumsub writes it: `42.52`.
    pub share_size: Option<String>,
    /// Given name of a person.
    pub first_name: Option<String>,
    /// Further given names of a person.
    pub middle_name: Option<String>,
    /// Family name of a person.
    pub last_name: Option<String>,
    /// The name of a company that owns this one.
    pub company_name: Option<String>,
}

impl Company {
    pub(super) fn read(fields: &Fields<'_>) -> Self {
        Self {
            company_name: fields.text("companyName"),
            registration_number: fields.text("registrationNumber"),
            country: fields.text("country"),
            incorporated_on: fields.text("incorporatedOn"),
            // Documented as a string; an object is an address like a person's.
            legal_address: fields.text("legalAddress").or_else(|| {
                ["legalAddress", "address"]
                    .into_iter()
                    .filter_map(|name| fields.object(name))
                    .find_map(|address| Address::read(&address).formatted_address)
            }),
            beneficiaries: fields
                .objects("beneficiaries")
                .iter()
                .map(Beneficiary::read)
                .filter(|beneficiary| *beneficiary != Beneficiary::default())
                .collect(),
        }
    }

    /// Each field of `self`, or of `other` where there is none; a beneficiary that both tell of is one.
    pub(super) fn or(self, other: &Self) -> Self {
        let mut beneficiaries = self.beneficiaries;
        for entered in &other.beneficiaries {
            match beneficiaries.iter_mut().find(|read| read.is(entered)) {
                Some(read) => read.fill(entered),
                None => beneficiaries.push(entered.clone()),
            }
        }
        Self {
            company_name: self.company_name.or_else(|| other.company_name.clone()),
            registration_number: self
                .registration_number
                .or_else(|| other.registration_number.clone()),
            country: self.country.or_else(|| other.country.clone()),
            incorporated_on: self
                .incorporated_on
                .or_else(|| other.incorporated_on.clone()),
            legal_address: self.legal_address.or_else(|| other.legal_address.clone()),
            beneficiaries,
        }
    }
}

impl Beneficiary {
    /// The name in one line: the company's, or the person's.
    pub fn name(&self) -> Option<String> {
        let parts: Vec<_> = [&self.first_name, &self.middle_name, &self.last_name]
            .into_iter()
            .flatten()
            .map(|part| part.trim())
            .collect();
        self.company_name
            .clone()
            .or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
    }

    fn read(fields: &Fields<'_>) -> Self {
        let applicant = fields.object("applicant");
        // The newer flow tells the name in `beneficiaryInfo`, the older one in the applicant itself.
        let mut told: Vec<Fields<'_>> = fields.object("beneficiaryInfo").into_iter().collect();
        for name in ["info", "fixedInfo"] {
            told.extend(
                applicant
                    .as_ref()
                    .and_then(|applicant| applicant.object(name)),
            );
        }
        let text = |name: &str| told.iter().find_map(|fields| fields.text(name));
        let mut types = fields.texts("types");
        types.extend(fields.text("type"));
        types.extend(fields.texts("positions"));
        let mut seen = Vec::new();
        types.retain(|type_| {
            let new = !seen.contains(type_);
            seen.push(type_.clone());
            new
        });
        Self {
            id: fields.text("id"),
            applicant_id: fields
                .text("applicantId")
                .or_else(|| applicant.as_ref()?.text("id")),
            types,
            share_size: fields.figure("shareSize"),
            first_name: text("firstName"),
            middle_name: text("middleName"),
            last_name: text("lastName"),
            company_name: text("companyName").or_else(|| {
                told.iter()
                    .filter_map(|fields| fields.object("companyInfo"))
                    .find_map(|company| company.text("companyName"))
            }),
        }
    }

    /// Whether both are the same: the same applicant, or, when one has none yet, the same name.
    fn is(&self, other: &Self) -> bool {
        match (&self.applicant_id, &other.applicant_id) {
            (Some(one), Some(another)) => one == another,
            _ => {
                let name = |of: &Self| of.name().map(|name| name.to_lowercase());
                name(self).is_some() && name(self) == name(other)
            }
        }
    }

    fn fill(&mut self, other: &Self) {
        for (field, other) in [
            (&mut self.id, &other.id),
            (&mut self.applicant_id, &other.applicant_id),
            (&mut self.share_size, &other.share_size),
            (&mut self.first_name, &other.first_name),
            (&mut self.middle_name, &other.middle_name),
            (&mut self.last_name, &other.last_name),
            (&mut self.company_name, &other.company_name),
        ] {
            if field.is_none() {
                field.clone_from(other);
            }
        }
        for type_ in &other.types {
            if !self.types.contains(type_) {
                self.types.push(type_.clone());
            }
        }
    }
}

impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Company(…)")
    }
}

impl fmt::Debug for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Beneficiary")
            .field("id", &self.id)
            .field("applicant_id", &self.applicant_id)
            .finish_non_exhaustive()
    }
}
