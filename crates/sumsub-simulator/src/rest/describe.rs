use serde_json::{Value, json};

use crate::{events, store::Applicant};

/// As `GET …/one` answers. The simulator reads no documents: what was typed in stands in `info` and `fixedInfo` alike.
pub(super) fn describe(applicant: &Applicant, owners: &[Applicant]) -> Value {
    let info = info(applicant, owners);
    json!({
        "id": applicant.id,
        "createdAt": applicant.created_at.format("%Y-%m-%d %H:%M:%S").to_string(),
        "clientId": "usher-dev",
        "inspectionId": applicant.inspection_id,
        "externalUserId": applicant.external_user_id,
        "type": applicant.applicant_type,
        "email": applicant.email,
        "info": info,
        "fixedInfo": info,
        "review": review(applicant),
    })
}

/// Only what was entered, as Sumsub leaves out what it doesn't know.
fn info(applicant: &Applicant, owners: &[Applicant]) -> Value {
    let mut info = if applicant.is_company() {
        let mut company = filled(&[
            ("companyName", &applicant.company_name),
            ("registrationNumber", &applicant.registration_number),
            ("country", &applicant.country),
            ("incorporatedOn", &applicant.incorporated_on),
            ("legalAddress", &applicant.address),
        ]);
        if !owners.is_empty() {
            company["beneficiaries"] = owners.iter().map(beneficiary).collect();
        }
        json!({"companyInfo": company})
    } else {
        filled(&[
            ("firstName", &applicant.first_name),
            ("middleName", &applicant.middle_name),
            ("lastName", &applicant.last_name),
            ("dob", &applicant.dob),
            ("country", &applicant.country),
            ("nationality", &applicant.nationality),
        ])
    };
    if !applicant.address.is_empty() {
        info["addresses"] = json!([{"formattedAddress": applicant.address}]);
    }
    info
}

fn beneficiary(owner: &Applicant) -> Value {
    let mut described = json!({
        "id": owner.inspection_id,
        "applicantId": owner.id,
        "types": [owner.owner_type],
        "beneficiaryInfo": filled(&[
            ("firstName", &owner.first_name),
            ("middleName", &owner.middle_name),
            ("lastName", &owner.last_name),
        ]),
    });
    if let Ok(share) = owner.owner_share.parse::<f64>() {
        described["shareSize"] = json!(share);
    }
    described
}

fn filled(fields: &[(&str, &String)]) -> Value {
    fields
        .iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect()
}

/// As `GET …/status` answers.
pub(super) fn review(applicant: &Applicant) -> Value {
    let mut review = json!({
        "levelName": applicant.level_name,
        "reviewStatus": applicant.review_status,
        "createDate": events::date(applicant.review_created_at),
        "attemptId": applicant.attempt_id,
        "attemptCnt": applicant.attempt_cnt,
    });
    if let Some(at) = applicant.reviewed_at {
        review["reviewDate"] = json!(events::date(at));
    }
    if let Some(result) = events::result_of(applicant) {
        review["reviewResult"] = json!(result);
    }
    review
}
