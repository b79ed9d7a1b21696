#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn read(body: &Value) -> Applicant {
    parsed(&body.to_string())
}

const INDIVIDUAL: &str = r#"{"id":"5b594ade0a975a36c9349e66","createdAt":"2026-06-24 05:05:14","clientId":"bank","inspectionId":"5b594ade0a975a36c9349e67",
 "externalUserId":"7d1e0000-0000-7000-8000-000000000000","type":"individual","email":"ada@example.com","lang":"en",
 "info":{"firstName":"Ada","firstNameEn":"Ada","middleName":"King","lastName":"Lovelace","dob":"1815-12-10","country":"GBR","nationality":"GBR",
  "addresses":[{"street":"St James's Square","town":"London","postCode":"SW1Y 4JH","country":"GBR","formattedAddress":"12 St James's Square, London, GBR"}],
  "idDocs":[{"idDocType":"PASSPORT","country":"GBR","number":"40111222"}]},
 "fixedInfo":{"firstName":"Augusta","lastName":"Byron","placeOfBirth":"London"},
 "review":{"reviewId":"r1","attemptId":"t1","attemptCnt":2,"levelName":"basic-kyc-level","createDate":"2026-06-24 05:05:14+0000",
  "reviewDate":"2026-06-24 06:05:14+0000","reviewResult":{"reviewAnswer":"GREEN"},"reviewStatus":"completed","priority":0}}"#;

const COMPANY: &str = r#"{"id":"63e2428232f67079df8dc591","externalUserId":"u2","type":"company",
 "info":{"companyInfo":{"companyName":"Difference Engines Ltd","registrationNumber":"00000042","country":"GBR",
  "legalAddress":"1 Dorset Street, London","incorporatedOn":"1823-07-01","type":"Private Company Limited by Shares",
  "beneficiaries":[{"applicantId":"5f6490a55584b510013e87df","positions":["director","shareholder"],"type":"ubo","inRegistry":true,
    "applicant":{"id":"5f6490a55584b510013e87df","info":{"firstName":"Charles","lastName":"Babbage"}}}]}},
 "fixedInfo":{"companyInfo":{"companyName":"Difference Engines","website":"https://example.com","beneficiaries":[
   {"id":"b1","applicantId":"5f6490a55584b510013e87df","types":["ubo","shareholder"],"shareSize":42.52},
   {"id":"b2","types":["shareholder"],"shareSize":"7.5","beneficiaryInfo":{"firstName":"Joseph","lastName":"Clement","countryOfBirth":"GBR"}},
   {"id":"b3","applicantId":"63620c095cc65d0001ffc8d7","types":["shareholder"],"beneficiaryInfo":{"companyName":"Holding Ltd"}}]}}}"#;

fn parsed(body: &str) -> Applicant {
    Applicant::read(&Fields::parse(body.as_bytes()).unwrap()).unwrap()
}

#[test]
fn a_persons_data_is_read_whole_and_the_documents_win() {
    let applicant = parsed(INDIVIDUAL);
    assert_eq!(applicant.email.as_deref(), Some("ada@example.com"));
    let data = applicant.personal_data();
    assert_eq!(data.first_name.as_deref(), Some("Ada"));
    assert_eq!(data.middle_name.as_deref(), Some("King"));
    assert_eq!(data.last_name.as_deref(), Some("Lovelace"));
    assert_eq!(data.dob.as_deref(), Some("1815-12-10"));
    assert_eq!(data.country.as_deref(), Some("GBR"));
    assert_eq!(data.nationality.as_deref(), Some("GBR"));
    assert_eq!(
        data.addresses[0].formatted_address.as_deref(),
        Some("12 St James's Square, London, GBR")
    );
    let review = applicant.review.unwrap();
    assert_eq!(
        review.completed_at().unwrap().to_rfc3339(),
        "2026-06-24T06:05:14+00:00"
    );
    assert_eq!(
        (review.attempt_id.as_deref(), review.attempt_cnt),
        (Some("t1"), Some(2))
    );
}

#[test]
fn what_the_documents_do_not_tell_was_entered() {
    let applicant = read(&json!({"id": "a",
        "info": {"lastName": "Lovelace", "addresses": [{}]},
        "fixedInfo": {"firstName": "Ada", "lastName": "Byron", "nationality": "GBR",
            "addresses": [{"street": "Main Road", "town": "London", "postCode": " "}]}}));
    let data = applicant.personal_data();
    assert_eq!(data.first_name.as_deref(), Some("Ada"));
    assert_eq!(data.last_name.as_deref(), Some("Lovelace"));
    assert_eq!(data.nationality.as_deref(), Some("GBR"));
    assert_eq!(
        data.addresses[0].formatted_address.as_deref(),
        Some("Main Road, London"),
        "from its parts"
    );
    let entered = read(&json!({"id": "a", "fixedInfo": {"firstName": "Ada"}}));
    assert_eq!(
        entered.personal_data().first_name.as_deref(),
        Some("Ada"),
        "also without any document"
    );
}

#[test]
fn a_companys_data_and_its_beneficiaries_are_read_from_both_flows() {
    let company = parsed(COMPANY).personal_data().company_info.unwrap();
    assert_eq!(
        company.company_name.as_deref(),
        Some("Difference Engines Ltd")
    );
    assert_eq!(company.registration_number.as_deref(), Some("00000042"));
    assert_eq!(company.country.as_deref(), Some("GBR"));
    assert_eq!(company.incorporated_on.as_deref(), Some("1823-07-01"));
    assert_eq!(
        company.legal_address.as_deref(),
        Some("1 Dorset Street, London")
    );
    let [owner, entered, holding] = company.beneficiaries.as_slice() else {
        panic!("{} beneficiaries", company.beneficiaries.len());
    };
    assert_eq!(
        owner.applicant_id.as_deref(),
        Some("5f6490a55584b510013e87df")
    );
    assert_eq!(owner.name().as_deref(), Some("Charles Babbage"));
    assert_eq!(owner.types, ["ubo", "director", "shareholder"]);
    assert_eq!(
        owner.share_size.as_deref(),
        Some("42.52"),
        "filled in from what was entered"
    );
    assert_eq!(
        (
            entered.name().as_deref(),
            entered.applicant_id.as_deref(),
            entered.share_size.as_deref()
        ),
        (Some("Joseph Clement"), None, Some("7.5"))
    );
    assert_eq!(holding.name().as_deref(), Some("Holding Ltd"));
}

#[test]
fn a_beneficiary_without_an_applicant_is_told_apart_by_its_name() {
    let beneficiary =
        |name: &str| json!({"beneficiaryInfo": {"firstName": name, "lastName": "Roe"}});
    let mut verified = beneficiary("JANE");
    verified["applicantId"] = json!("a1");
    let applicant = read(&json!({"id": "a",
        "info": {"companyInfo": {"beneficiaries": [verified]}},
        "fixedInfo": {"companyInfo": {"beneficiaries": [beneficiary("Jane"), beneficiary("John"), {}, {"types": []}]}}}));
    let names: Vec<_> = applicant
        .personal_data()
        .company_info
        .unwrap()
        .beneficiaries
        .iter()
        .filter_map(Beneficiary::name)
        .collect();
    assert_eq!(names, ["JANE Roe", "John Roe"]);
}

#[test]
fn what_is_malformed_is_as_if_absent() {
    let odd = json!([1, {}, null, "x", [[]]]);
    let applicant = read(
        &json!({"id": "a", "externalUserId": 7, "type": null, "email": {}, "review": "done",
        "info": {"firstName": ["Ada"], "middleName": 1, "lastName": " ", "dob": "a\u{0}b", "country": null, "nationality": {},
            "addresses": odd, "companyInfo": []},
        "fixedInfo": {"addresses": {}, "companyInfo": {"companyName": true, "registrationNumber": 42, "legalAddress": 9,
            "incorporatedOn": [], "beneficiaries": [3, null, {"types": "ubo", "type": 1, "shareSize": {}, "beneficiaryInfo": "x",
                "applicant": [], "applicantId": "b"}]}}}),
    );
    assert_eq!(
        (
            applicant.external_user_id.clone(),
            applicant.type_.clone(),
            applicant.email.clone(),
            applicant.review.clone()
        ),
        (None, None, None, None)
    );
    let data = applicant.personal_data();
    assert_eq!(
        [
            data.first_name,
            data.middle_name,
            data.last_name,
            data.dob,
            data.country,
            data.nationality
        ],
        [const { None }; 6]
    );
    assert!(
        data.addresses
            .iter()
            .all(|address| address.formatted_address.is_none())
    );
    let company = data.company_info.unwrap();
    assert_eq!(
        [
            company.company_name,
            company.registration_number,
            company.legal_address,
            company.incorporated_on
        ],
        [const { None }; 4]
    );
    assert_eq!(
        company.beneficiaries,
        [Beneficiary {
            applicant_id: Some("b".to_owned()),
            ..Beneficiary::default()
        }]
    );
}

#[test]
fn shares_keep_their_digits_and_nonsense_is_none() {
    let share = |written: &str| {
        let body = format!(
            r#"{{"id":"a","info":{{"companyInfo":{{"beneficiaries":[{{"applicantId":"b","shareSize":{written}}}]}}}}}}"#
        );
        parsed(&body)
            .personal_data()
            .company_info
            .unwrap()
            .beneficiaries[0]
            .share_size
            .clone()
    };
    for (written, told) in [
        ("100", Some("100")),
        ("33.30", Some("33.30")),
        (r#"" 25.0 ""#, Some("25.0")),
        ("null", None),
        ("true", None),
        (r#""much""#, None),
        (r#""NaN""#, None),
        (r#""inf""#, None),
        ("[1]", None),
    ] {
        assert_eq!(share(written).as_deref(), told, "{written}");
    }
}

#[test]
fn debug_shows_no_personal_data() {
    for applicant in [parsed(INDIVIDUAL), parsed(COMPANY)] {
        let company = applicant.personal_data().company_info;
        let shown = format!(
            "{applicant:?} {:?} {:?} {company:?} {:?}",
            applicant.info,
            applicant.personal_data(),
            company
                .iter()
                .map(|company| &company.beneficiaries)
                .collect::<Vec<_>>()
        );
        for personal in [
            "Ada", "Lovelace", "1815", "London", "Engines", "Babbage", "42.52", "0042",
        ] {
            assert!(!shown.contains(personal), "{personal}: {shown}");
        }
    }
}

/// Any JSON, not too deep.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop_oneof![
            Just("companyInfo".to_owned()),
            Just("beneficiaries".to_owned()),
            Just("addresses".to_owned()),
            Just("firstName".to_owned()),
            Just("applicant".to_owned()),
            any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key, inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_answer_with_an_id_is_an_error(info in any_json(), fixed_info in any_json(), review in any_json()) {
        let applicant = read(&json!({"id": "a", "info": info, "fixedInfo": fixed_info, "review": review}));
        let _ = applicant.personal_data();
    }
}
