use axum::http::Method;
use sumsub::{ApplicantType, webhook::ReviewResult};

use crate::server::{Answer::Say, LINK, link_request, scripted, seen};

#[tokio::test]
async fn a_link_is_asked_for_signed_with_the_prefix_of_the_base_url() {
    let (client, script) = scripted([LINK]).await;
    let link = client.create_link(&link_request()).await.unwrap();
    assert_eq!(link.url.as_str(), "https://in.sumsub.com/websdk/p/abc");
    let seen = seen(&script);
    assert_eq!(seen.len(), 1);
    assert!(seen[0].signed, "the signature does not fit");
    assert_eq!(seen[0].method, Method::POST);
    assert_eq!(
        seen[0].path,
        "/sumsub/resources/sdkIntegrations/levels/-/websdkLink"
    );
    assert_eq!(
        seen[0].body,
        r#"{"levelName":"basic-kyc-level","userId":"0199-prospect","ttlInSecs":604800,"applicantIdentifiers":{"email":"ann@example.com"}}"#
    );
    assert!(client.is_sandbox());
}

#[tokio::test]
async fn every_call_goes_where_sumsub_wants_it() {
    let applicant = r#"{"id":"a1","externalUserId":"p1","type":"company","email":"x@y.test","info":{"firstName":"Ann","companyInfo":
        {"companyName":"Acme","registrationNumber":"77","country":"USA"},"addresses":[{"formattedAddress":"1 Road"}]},"fixedInfo":{"dob":"1990-01-02"},
        "review":{"levelName":"basic-kyb-level","reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"},
        "createDate":"2024-09-23 23:00:00+0000","reviewDate":"2024-09-23 23:10:24+0000","attemptId":"t1","attemptCnt":2}}"#;
    let review = r#"{"reviewStatus":"pending","reviewDate":"2024-09-23 23:10:24+0000"}"#;
    let (client, script) = scripted([
        Say(200, applicant),
        Say(200, review),
        Say(201, r#"{"id":"a2"}"#),
        Say(200, r#"{"ok":1}"#),
    ])
    .await;

    let found = client
        .applicant_by_external_id("p1/..;x?y")
        .await
        .unwrap()
        .unwrap();
    let info = found.info.clone().unwrap();
    assert_eq!(
        (found.id.as_str(), found.type_.as_deref()),
        ("a1", Some("company"))
    );
    assert_eq!(
        info.addresses[0].formatted_address.as_deref(),
        Some("1 Road")
    );
    assert_eq!(
        info.company_info.unwrap().registration_number.as_deref(),
        Some("77")
    );
    assert_eq!(
        found.fixed_info.as_ref().unwrap().dob.as_deref(),
        Some("1990-01-02")
    );
    let shown = format!("{found:?}");
    assert!(
        !shown.contains("Ann") && !shown.contains("x@y.test") && !shown.contains("1990"),
        "{shown}"
    );
    let done = found.review.unwrap();
    assert_eq!(
        done.completed_at().unwrap().to_rfc3339(),
        "2024-09-23T23:10:24+00:00"
    );
    assert_eq!(done.attempt_cnt, Some(2));

    let pending = client.review_status("a1").await.unwrap();
    assert_eq!(
        pending.completed_at(),
        None,
        "an unfinished review has no time of completion"
    );
    assert_eq!(
        client
            .create_applicant("basic kyc&level", "p2", ApplicantType::Individual)
            .await
            .unwrap(),
        "a2"
    );
    let result = ReviewResult {
        review_answer: Some("GREEN".to_owned()),
        ..ReviewResult::default()
    };
    client.test_completed("a2", &result).await.unwrap();

    let seen = seen(&script);
    assert!(seen.iter().all(|seen| seen.signed));
    let calls: Vec<_> = seen
        .iter()
        .map(|seen| {
            format!(
                "{} {} {}",
                seen.method,
                seen.path,
                String::from_utf8_lossy(&seen.body)
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            "GET /sumsub/resources/applicants/-;externalUserId=p1%2F..%3Bx%3Fy/one ",
            "GET /sumsub/resources/applicants/a1/status ",
            r#"POST /sumsub/resources/applicants?levelName=basic%20kyc%26level {"externalUserId":"p2","type":"individual"}"#,
            r#"POST /sumsub/resources/applicants/a2/status/testCompleted {"reviewAnswer":"GREEN"}"#,
        ]
    );
}

#[tokio::test]
async fn an_applicant_is_found_by_sumsubs_id_too() {
    let missing = r#"{"code":404,"correlationId":"req-3","description":"Applicant not found"}"#;
    let (client, script) = scripted([
        Say(200, r#"{"id":"a1","info":{"firstName":"Ann"}}"#),
        Say(404, missing),
    ])
    .await;
    let found = client.applicant("a1").await.unwrap().unwrap();
    assert_eq!(found.personal_data().first_name.as_deref(), Some("Ann"));
    assert_eq!(client.applicant("a;2").await.unwrap(), None);
    let paths: Vec<_> = seen(&script).into_iter().map(|seen| seen.path).collect();
    assert_eq!(
        paths,
        [
            "/sumsub/resources/applicants/a1/one",
            "/sumsub/resources/applicants/a%3B2/one"
        ]
    );
}
