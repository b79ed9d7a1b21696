#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use chrono::TimeZone as _;
use proptest::prelude::*;

use super::*;
use crate::Secret;

const EXAMPLE: &str = r#"{"applicantId":"5cb744200a975a67ed1798a4","inspectionId":"5cb744200a975a67ed1798a5",
 "correlationId":"req-fa94263f-0b23-42d7-9393-ab10b28ef42d","externalUserId":"7d1e0000-0000-7000-8000-000000000000",
 "levelName":"basic-kyc-level","type":"applicantReviewed","applicantType":"individual","sandboxMode":false,
 "reviewResult":{"moderationComment":"Please upload a clearer photo.","clientComment":"Suspected fraudulent account.",
 "reviewAnswer":"RED","rejectLabels":["UNSATISFACTORY_PHOTOS","FORGERY"],"reviewRejectType":"FINAL"},
 "reviewStatus":"completed","createdAtMs":"2020-02-21 13:23:19.001"}"#;

const EVERY: [Algorithm; 3] = [
    Algorithm::HmacSha1,
    Algorithm::HmacSha256,
    Algorithm::HmacSha512,
];

fn check(
    algorithm: Option<&str>,
    digest: &str,
    body: &[u8],
    secrets: &[&str],
) -> Result<(), DigestError> {
    let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::from(*secret)).collect();
    verify(algorithm, Some(digest), body, &secrets, true)
}

#[test]
fn digests_are_those_of_openssl() {
    // printf 'someBody' | openssl dgst -sha256 -hmac SoMe_SeCrEt_KeY (and -sha1, -sha512)
    let digest = |algorithm| signature(algorithm, &"SoMe_SeCrEt_KeY".into(), b"someBody");
    assert_eq!(
        digest(Algorithm::HmacSha1),
        "362df3aee693c53bb1d189709b7b53a9406488a9"
    );
    assert_eq!(
        digest(Algorithm::HmacSha256),
        "93e94d579bab10868137d0cfc124c7f7969e6c9780c64fd0f57a10eecb85072c"
    );
    assert_eq!(
        digest(Algorithm::HmacSha512),
        "19252b3c3b9c26ba33db171630603557bb0aa5a9cf340cdea3af1e95a1b280c2896f1a82c6123bd4d08a0d92c71b936d6afc38a128cdd08a22a6b6797b8c2f3f"
    );
}

#[test]
fn a_right_digest_is_taken_with_each_algorithm_and_each_valid_secret() {
    for algorithm in EVERY {
        for secret in ["old", "new"] {
            let digest = signature(algorithm, &secret.into(), EXAMPLE.as_bytes());
            assert_eq!(
                check(
                    Some(algorithm.name()),
                    &digest,
                    EXAMPLE.as_bytes(),
                    &["old", "new"]
                ),
                Ok(())
            );
        }
    }
}

#[test]
fn sha256_is_meant_when_no_algorithm_is_named() {
    let digest = |algorithm| signature(algorithm, &"key".into(), b"{}");
    assert_eq!(
        check(None, &digest(Algorithm::HmacSha256), b"{}", &["key"]),
        Ok(())
    );
    assert_eq!(
        check(None, &digest(Algorithm::HmacSha512), b"{}", &["key"]),
        Err(DigestError::Mismatch)
    );
}

#[test]
fn one_changed_byte_anywhere_is_noticed() {
    let digest = signature(Algorithm::HmacSha256, &"key".into(), EXAMPLE.as_bytes());
    for at in 0..EXAMPLE.len() {
        let mut body = EXAMPLE.as_bytes().to_vec();
        body[at] ^= 1;
        assert_eq!(
            check(None, &digest, &body, &["key"]),
            Err(DigestError::Mismatch),
            "byte {at}"
        );
    }
    for at in 0..digest.len() {
        let mut forged = digest.clone().into_bytes();
        forged[at] = if forged[at] == b'0' { b'1' } else { b'0' };
        let forged = String::from_utf8(forged).unwrap();
        assert_eq!(
            check(None, &forged, EXAMPLE.as_bytes(), &["key"]),
            Err(DigestError::Mismatch)
        );
    }
    let longer = format!("{EXAMPLE} ");
    assert_eq!(
        check(None, &digest, longer.as_bytes(), &["key"]),
        Err(DigestError::Mismatch)
    );
}

#[test]
fn what_does_not_fit_is_refused_for_its_reason() {
    let sha256 = signature(Algorithm::HmacSha256, &"key".into(), b"{}");
    assert_eq!(
        check(None, &sha256, b"{}", &["other"]),
        Err(DigestError::Mismatch)
    );
    assert_eq!(check(None, &sha256, b"{}", &[]), Err(DigestError::Mismatch));
    assert_eq!(
        check(Some("HMAC_SHA512_HEX"), &sha256, b"{}", &["key"]),
        Err(DigestError::Mismatch)
    );
    for unknown in ["", "hmac_sha256_hex", "HMAC_MD5_HEX", "none"] {
        assert_eq!(
            check(Some(unknown), &sha256, b"{}", &["key"]),
            Err(DigestError::UnknownAlgorithm)
        );
    }
    assert_eq!(
        check(None, &sha256[..63], b"{}", &["key"]),
        Err(DigestError::NotHex)
    );
    assert_eq!(
        check(None, &sha256[..62], b"{}", &["key"]),
        Err(DigestError::Mismatch)
    );
    assert_eq!(check(None, "", b"{}", &["key"]), Err(DigestError::Mismatch));
    assert_eq!(
        check(None, &format!("{sha256}00"), b"{}", &["key"]),
        Err(DigestError::Mismatch)
    );
    assert_eq!(
        verify(None, None, b"{}", &["key".into()], true),
        Err(DigestError::Missing)
    );
}

#[test]
fn sha1_only_when_allowed() {
    let secrets = [Secret::from("key")];
    let digest = signature(Algorithm::HmacSha1, &secrets[0], b"{}");
    let check = |allowed| {
        verify(
            Some("HMAC_SHA1_HEX"),
            Some(&digest),
            b"{}",
            &secrets,
            allowed,
        )
    };
    assert_eq!(check(true), Ok(()));
    assert_eq!(check(false), Err(DigestError::Sha1NotAllowed));
}

#[test]
fn an_empty_secret_opens_nothing() {
    let digest = signature(Algorithm::HmacSha256, &"".into(), b"{}");
    assert_eq!(
        check(None, &digest, b"{}", &[""]),
        Err(DigestError::Mismatch)
    );
}

#[test]
fn hex_in_upper_case_is_the_same_digest() {
    let digest = signature(Algorithm::HmacSha256, &"key".into(), b"{}").to_uppercase();
    assert_eq!(check(None, &digest, b"{}", &["key"]), Ok(()));
}

#[test]
fn the_example_of_the_documentation_is_read_whole() {
    let callback = Callback::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(callback.type_.as_deref(), Some("applicantReviewed"));
    assert_eq!(
        callback.applicant_id.as_deref(),
        Some("5cb744200a975a67ed1798a4")
    );
    assert_eq!(callback.sandbox_mode, Some(false));
    let result = callback.review_result.as_ref().unwrap();
    assert_eq!(result.reject_labels, ["UNSATISFACTORY_PHOTOS", "FORGERY"]);
    assert_eq!(
        result.client_comment.as_deref(),
        Some("Suspected fraudulent account.")
    );
    assert_eq!(
        callback.time(),
        Utc.with_ymd_and_hms(2020, 2, 21, 13, 23, 19)
            .single()
            .map(|time| time + chrono::TimeDelta::milliseconds(1))
    );
    let shown = format!("{callback:?}");
    assert!(
        shown.contains("FORGERY")
            && !shown.contains("Suspected")
            && !shown.contains("clearer photo"),
        "{shown}"
    );
}

#[test]
fn what_is_written_is_read_back() {
    let callback = Callback::parse(EXAMPLE.as_bytes()).unwrap();
    let written = serde_json::to_vec(&callback).unwrap();
    assert_eq!(Callback::parse(&written).unwrap(), callback);
}

#[test]
fn odd_fields_count_as_absent_and_cost_nothing_else() {
    let body = r#"{"type":7,"applicantId":{"no":1},"inspectionId":null,"applicantType":" ","correlationId":"a\u0000b",
        "externalUserId":"\ud800","levelName":"x","sandboxMode":"false","reviewResult":["RED"],"createdAt":1,"createdAtMs":1.5e999,
        "applicantMemberOf":[{"applicantId":"company"},{"applicantId":4},{},"x"],"new":{"deep":[[[[1e999]]]]},"levelName":"y"}"#;
    assert_eq!(
        Callback::parse(body.as_bytes()).unwrap(),
        Callback {
            level_name: Some("y".to_owned()),
            sandbox_mode: Some(false),
            applicant_member_of: vec![MemberOf {
                applicant_id: "company".to_owned()
            }],
            ..Callback::default()
        }
    );
    let result = Callback::parse(br#"{"reviewResult":{"reviewAnswer":"RED","rejectLabels":["A",1,null,"B"],"clientComment":[]}}"#)
        .unwrap()
        .review_result
        .unwrap();
    assert_eq!(
        (result.reject_labels.join(" "), result.client_comment),
        ("A B".to_owned(), None)
    );
}

#[test]
fn only_a_json_object_is_a_callback() {
    for body in [
        "",
        "null",
        "[]",
        "\"x\"",
        "{",
        "{}x",
        "{\"a\":}",
        "\u{feff}",
        "\u{feff}\u{feff}{}",
    ] {
        assert!(Callback::parse(body.as_bytes()).is_err(), "{body:?}");
    }
    assert_eq!(Callback::parse(b" {} ").unwrap(), Callback::default());
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(
        Callback::parse(deep.as_bytes()).unwrap(),
        Callback::default()
    );
    let deep = format!(
        "{{\"reviewResult\":{}1{}}}",
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000)
    );
    assert_eq!(
        Callback::parse(deep.as_bytes()).unwrap().review_result,
        Some(ReviewResult::default())
    );
}

#[test]
fn a_body_is_read_as_far_as_it_goes() {
    let read = |body: &[u8]| Callback::parse(body).unwrap();
    assert_eq!(
        read(b"\xef\xbb\xbf{\"applicantId\":\" a \"}")
            .applicant_id
            .as_deref(),
        Some("a")
    );
    let latin = read(b"{\"type\":\"applicantReviewed\",\"reviewResult\":{\"moderationComment\":\"Gr\xfc\xdfe\"},\"\xff\":1}");
    assert_eq!(latin.type_.as_deref(), Some("applicantReviewed"));
    let comment = |body: &str| read(body.as_bytes()).review_result.unwrap().client_comment;
    assert_eq!(
        comment(r#"{"reviewResult":{"clientComment":"for\u0000ged\ud800!"}}"#).as_deref(),
        Some("for\u{fffd}ged\u{fffd}\u{fffd}\u{fffd}!")
    );
    let long = format!(
        r#"{{"applicantId":"{}","type":"applicantCreated"}}"#,
        "a".repeat(9000)
    );
    assert_eq!(read(long.as_bytes()).applicant_id, None);
    assert_eq!(Mentions::of(long.as_bytes()).unwrap().unreadable.len(), 1);
}

#[test]
fn a_test_is_told_from_what_is_real() {
    let test = |written: &str| {
        Callback::parse(format!(r#"{{"testMode":{written}}}"#).as_bytes())
            .unwrap()
            .test_mode
    };
    for written in [
        "true",
        r#""true""#,
        "1",
        r#""1""#,
        r#"" TRUE ""#,
        r#""x""#,
        "{}",
        "2",
    ] {
        assert!(test(written), "{written}");
    }
    for written in [
        "false",
        r#""false""#,
        "0",
        r#""0""#,
        "null",
        r#""""#,
        r#"" ""#,
    ] {
        assert!(!test(written), "{written}");
    }
    let sandbox = |written: &str| {
        Callback::parse(format!(r#"{{"sandboxMode":{written}}}"#).as_bytes())
            .unwrap()
            .sandbox_mode
    };
    assert_eq!(sandbox(r#""false""#), Some(false));
    assert_eq!(sandbox(r#""True""#), Some(true));
    assert_eq!(sandbox("1"), Some(true));
    assert_eq!(sandbox(r#""maybe""#), None);
}

#[test]
fn labels_are_read_as_a_list_and_as_text() {
    let labels = |written: &str| {
        Callback::parse(format!(r#"{{"reviewResult":{{"rejectLabels":{written}}}}}"#).as_bytes())
            .unwrap()
            .review_result
            .unwrap()
            .reject_labels
    };
    for written in [
        r#"["FORGERY","SPAM"]"#,
        r#""FORGERY, SPAM""#,
        r#""FORGERY;SPAM""#,
    ] {
        assert_eq!(labels(written), ["FORGERY", "SPAM"], "{written}");
    }
    assert_eq!(labels(r#""FORGERY""#), ["FORGERY"]);
}

#[test]
fn whom_a_body_names_anywhere_in_it() {
    let mentions = |body: &str| Mentions::of(body.as_bytes()).unwrap();
    let case = mentions(
        r#"{"type":"amlCase","payload":{"case":[{"applicantId":"a1","externalUserId":" P1 "},{"inspectionId":"i1","applicantId":"a1"}]},
            "applicantId":"a2","result":{"answer":"RED"}}"#,
    );
    assert_eq!(case.external_users, ["P1"]);
    assert_eq!(case.inspections, ["i1"]);
    let mut applicants = case.applicants;
    applicants.sort();
    assert_eq!(applicants, ["a1", "a2"]);
    assert!(case.answers_otherwise);
    for (body, otherwise) in [
        (r#"{"reviewResult":{"reviewAnswer":"GREEN"}}"#, false),
        (r#"{"reviewResult":{"reviewAnswer":null}}"#, false),
        (r#"{"reviewResult":{"reviewAnswer":"YELLOW"}}"#, true),
        (r#"{"reviewResult":{"reviewAnswer":"red"}}"#, true),
        (r#"{"review":{"reviewResult":{"reviewAnswer":7}}}"#, true),
        (r#"{"comment":"nothing is RED here"}"#, false),
    ] {
        assert_eq!(mentions(body).answers_otherwise, otherwise, "{body}");
    }
}

#[test]
fn an_error_says_where_and_not_what() {
    let error = Callback::parse(b"{\"email\":\"ann@example.com\",}").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body is not a JSON object (line 1, column 28)"
    );
}

#[test]
fn times_are_taken_in_each_spelling() {
    let at = |created_at_ms: Option<&str>, created_at: Option<&str>| {
        let callback = Callback {
            created_at_ms: created_at_ms.map(str::to_owned),
            created_at: created_at.map(str::to_owned),
            ..Callback::default()
        };
        callback.time().map(|time| time.to_rfc3339())
    };
    for text in [
        "2024-09-23 23:10:24.704",
        "2024-09-23T23:10:24.704Z",
        "2024-09-23T23:10:24.704",
        "2024-09-24T01:10:24.704+02:00",
        "2024-09-23 23:10:24.704+0000",
        " 2024-09-23 23:10:24.704 ",
    ] {
        assert_eq!(
            at(Some(text), None).as_deref(),
            Some("2024-09-23T23:10:24.704+00:00"),
            "{text}"
        );
    }
    for text in [
        "2024-09-23 23:10:24+0000",
        "2024-09-23 23:10:24",
        "2024-09-24 01:10:24+0200",
        "2024-09-23T23:10:24Z",
    ] {
        assert_eq!(
            at(None, Some(text)).as_deref(),
            Some("2024-09-23T23:10:24+00:00"),
            "{text}"
        );
    }
    assert_eq!(
        at(Some("2024-09-23 23:10:24.7041239"), None).as_deref(),
        Some("2024-09-23T23:10:24.704123+00:00")
    );
    let (early, late) = ("2024-01-01 00:00:00.000", "2024-02-02 00:00:00+0000");
    assert_eq!(
        at(Some(early), Some(late)).as_deref(),
        Some("2024-01-01T00:00:00+00:00"),
        "createdAtMs comes first"
    );
    assert_eq!(
        at(Some("soon"), Some(late)).as_deref(),
        Some("2024-02-02T00:00:00+00:00")
    );
    for text in [
        "",
        "soon",
        "1727133024704",
        "2024-13-01 00:00:00",
        "0001-01-01 00:00:00",
        "+99999-01-01 00:00:00",
    ] {
        assert_eq!(at(Some(text), None), None, "{text}");
    }
    assert_eq!(at(None, None), None);
}

/// JSON with the names that count and whatever values.
fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,12})?(Z|[+-][0-9]{4})?".prop_map(Value::from),
    ];
    let name = prop_oneof![
        Just("type"),
        Just("createdAt"),
        Just("createdAtMs"),
        Just("reviewResult"),
        Just("rejectLabels"),
        Just("reviewAnswer"),
        Just("applicantMemberOf"),
        Just("applicantId"),
        Just("sandboxMode"),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..8).prop_map(|fields| fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = Callback::parse(&body).map(|callback| callback.time());
    }

    #[test]
    fn every_json_object_is_taken_and_nothing_else(value in json()) {
        let parsed = Callback::parse(value.to_string().as_bytes());
        prop_assert_eq!(parsed.is_ok(), value.is_object());
        if let Ok(callback) = parsed {
            let _ = callback.time();
            prop_assert_eq!(callback.type_.is_some(), value["type"].as_str().is_some_and(|t| !t.trim().is_empty() && !t.contains('\0')));
        }
    }

    #[test]
    fn no_text_makes_a_time_panic(text in "\\PC*") {
        let _ = fields::time(&text);
    }

    #[test]
    fn no_digest_or_algorithm_makes_it_panic(algorithm in ".*", digest in ".*") {
        let checked = verify(Some(&algorithm), Some(&digest), b"{}", &["key".into()], true);
        prop_assert!(checked.is_err());
    }
}
