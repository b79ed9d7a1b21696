use std::fmt;

use chrono::{DateTime, Utc};

use crate::{
    fields::{self, Fields},
    webhook::ReviewResult,
};

/// A person or company in Sumsub. `Debug` shows ids only, never personal data.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Applicant {
    /// Sumsub's id.
    pub id: String,
    /// Our id: the prospect's UUID.
    pub external_user_id: Option<String>,
    /// `individual` or `company`.
    pub type_: Option<String>,
    /// The e-mail address that Sumsub knows.
    pub email: Option<String>,
    /// What was read from the documents.
    pub info: Option<Info>,
    /// What the applicant, or we, entered.
    pub fixed_info: Option<Info>,
    /// How the review stands.
    pub review: Option<Review>,
}

/// Personal data of an applicant. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Info {
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Date of birth, `YYYY-MM-DD`.
    pub dob: Option<String>,
    /// Country, ISO 3166-1 alpha-3.
    pub country: Option<String>,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// Of a company.
    pub company_info: Option<Company>,
}

/// An address. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// In one line.
    pub formatted_address: Option<String>,
}

/// What a company said of itself. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Company {
    /// Its name.
    pub company_name: Option<String>,
    /// Its number in the register.
    pub registration_number: Option<String>,
    /// Where it is registered, ISO 3166-1 alpha-3.
    pub country: Option<String>,
}

/// How a review stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// The level under review.
    pub level_name: Option<String>,
    /// `init`, `pending`, `onHold`, `completed`, …
    pub review_status: Option<String>,
    /// The answer, once there is one.
    pub review_result: Option<ReviewResult>,
    /// When the review was created, as Sumsub wrote it.
    pub create_date: Option<String>,
    /// When the review was completed, as Sumsub wrote it: to the second.
    pub review_date: Option<String>,
    /// Names this attempt.
    pub attempt_id: Option<String>,
    /// How many attempts there were.
    pub attempt_cnt: Option<i64>,
}

impl Review {
    /// When the review was completed, to the second; absent while it is not.
    pub fn completed_at(&self) -> Option<DateTime<Utc>> {
        if self.review_status.as_deref() != Some("completed") {
            return None;
        }
        self.review_date.as_deref().and_then(fields::time)
    }

    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            level_name: fields.text("levelName"),
            review_status: fields.text("reviewStatus"),
            review_result: fields
                .object("reviewResult")
                .map(|result| ReviewResult::read(&result)),
            create_date: fields.text("createDate"),
            review_date: fields.text("reviewDate"),
            attempt_id: fields.text("attemptId"),
            attempt_cnt: fields.number("attemptCnt"),
        }
    }
}

impl Applicant {
    /// Nothing without an id: that is no applicant.
    pub(crate) fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.text("id")?,
            external_user_id: fields.text("externalUserId"),
            type_: fields.text("type"),
            email: fields.text("email"),
            info: fields.object("info").map(|info| Info::read(&info)),
            fixed_info: fields.object("fixedInfo").map(|info| Info::read(&info)),
            review: fields.object("review").map(|review| Review::read(&review)),
        })
    }
}

impl Info {
    fn read(fields: &Fields<'_>) -> Self {
        Self {
            first_name: fields.text("firstName"),
            last_name: fields.text("lastName"),
            dob: fields.text("dob"),
            country: fields.text("country"),
            addresses: fields
                .objects("addresses")
                .iter()
                .map(|address| Address {
                    formatted_address: address.text("formattedAddress"),
                })
                .collect(),
            company_info: fields.object("companyInfo").map(|company| Company {
                company_name: company.text("companyName"),
                registration_number: company.text("registrationNumber"),
                country: company.text("country"),
            }),
        }
    }
}

impl fmt::Debug for Applicant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Applicant")
            .field("id", &self.id)
            .field("external_user_id", &self.external_user_id)
            .field("type_", &self.type_)
            .field("review", &self.review)
            .finish_non_exhaustive()
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
personal!(Info, Address, Company);
