use serde_json::json;
use url::Url;

use crate::stage::{Stage, link_request, wait_for};

#[tokio::test]
async fn opening_a_link_twenty_times_at_once_makes_one_applicant() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    let requests: Vec<_> = (0..20)
        .map(|_| tokio::spawn(stage.http.get(link.clone()).send()))
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().unwrap().status(), 200);
    }
    let received = stage.exactly(1).await;
    assert_eq!(received[0].kind(), "applicantCreated");
}

#[tokio::test]
async fn looking_without_opening_makes_no_applicant() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    assert_eq!(stage.http.head(link).send().await.unwrap().status(), 200);
    assert_eq!(
        stage.client.applicant_by_external_id("p").await.unwrap(),
        None
    );
    let home = stage.page(stage.url("")).await;
    assert!(
        home.contains("ann@example.com") && home.contains("Link not opened yet"),
        "{home}"
    );
}

#[tokio::test]
async fn the_page_says_how_it_stands_and_offers_what_one_can_do() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    let page = stage.page(link.clone()).await;
    for part in [
        "Documents not submitted yet",
        "Submit documents",
        "Approve",
        "Reject",
        "Put on hold",
        "Change personal data",
        "First name",
        "Last name",
        "Date of birth",
        "Country",
        "Address",
        "Shown to the applicant",
        "For operators only",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("Registration number"));
    for (action, fields, word) in [
        ("submit", [].as_slice(), "In review"),
        ("hold", &[], "On hold: a person must look"),
        (
            "reject",
            &[("reject_type", "RETRY")],
            "Rejected, may try again",
        ),
        ("reject", &[("reject_type", "FINAL")], "Rejected for good"),
        ("approve", &[], "Approved"),
    ] {
        stage.press(&link, action, fields).await;
        assert!(stage.page(link.clone()).await.contains(word), "{word}");
    }
    let home = stage.page(stage.url("")).await;
    assert!(home.contains("Approved"));
    wait_for("the list to say what was answered", async || {
        stage
            .page(stage.url(""))
            .await
            .contains("Sent, answered 200")
    })
    .await;
}

#[tokio::test]
async fn a_company_tells_its_name_and_number() {
    let stage = Stage::new().await;
    let mut request = link_request("firm");
    request.level_name = "basic-kyb-level".to_owned();
    request.redirect = Some(sumsub::Redirect {
        success_url: Some(Url::parse("https://portal.test/done").unwrap()),
        reject_url: None,
    });
    let link = stage.client.create_link(&request).await.unwrap().url;
    let page = stage.page(link.clone()).await;
    assert!(
        page.contains("Company name")
            && page.contains("Registration number")
            && !page.contains("First name")
    );
    stage
        .press(
            &link,
            "personal-info",
            &[
                ("company_name", "Acme"),
                ("registration_number", "77"),
                ("country", "USA"),
            ],
        )
        .await;
    let company = stage
        .client
        .applicant_by_external_id("firm")
        .await
        .unwrap()
        .unwrap()
        .info
        .unwrap()
        .company_info
        .unwrap();
    assert_eq!(
        (
            company.company_name.as_deref(),
            company.registration_number.as_deref()
        ),
        (Some("Acme"), Some("77"))
    );
    assert!(
        !stage
            .page(link.clone())
            .await
            .contains("https://portal.test/done")
    );
    stage.press(&link, "approve", &[]).await;
    assert!(
        stage
            .page(link.clone())
            .await
            .contains("https://portal.test/done")
    );
}

#[tokio::test]
async fn a_link_for_another_level_moves_the_applicant_there() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    stage.press(&link, "approve", &[]).await;
    let mut request = link_request("p");
    request.level_name = "basic-kyb-level".to_owned();
    let other = stage.client.create_link(&request).await.unwrap().url;
    assert!(
        stage
            .page(other)
            .await
            .contains("Documents not submitted yet")
    );
    let received = stage.exactly(3).await;
    let moved = &received[2].callback;
    assert_eq!(moved.type_.as_deref(), Some("applicantLevelChanged"));
    assert_eq!(
        (moved.level_name.as_deref(), moved.applicant_type.as_deref()),
        (Some("basic-kyb-level"), Some("company"))
    );
}

#[tokio::test]
async fn what_is_typed_is_shown_and_never_run() {
    let stage = Stage::new().await;
    let mut request = link_request("<b>id</b>");
    request.email = Some("<script>alert(1)</script>@example.com".to_owned());
    let link = stage.client.create_link(&request).await.unwrap().url;
    stage
        .press(
            &link,
            "personal-info",
            &[("first_name", "\"><script>alert(2)</script>\0")],
        )
        .await;
    stage
        .press(
            &link,
            "reject",
            &[
                ("moderation_comment", "</p><script>alert(3)</script>"),
                ("other_labels", "<script>"),
            ],
        )
        .await;
    for url in [link.to_string(), stage.url("")] {
        let page = stage.page(url).await;
        assert!(
            !page.contains("<script") && !page.contains("<b>id"),
            "{page}"
        );
        assert!(page.contains("alert(1)"));
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let stage = Stage::new().await;
    let link = stage.link("p").await;
    let own = stage.base_url.origin().ascii_serialization();
    for (origin, status) in [
        ("https://evil.test", 403),
        ("null", 403),
        ("http://127.0.0.1:1", 403),
        (own.as_str(), 303),
    ] {
        let answer = stage
            .http
            .post(format!("{link}/approve"))
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
    let answer = stage
        .http
        .put(stage.url("/switches"))
        .header("origin", "https://evil.test")
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    stage.exactly(2).await;
}

#[tokio::test]
async fn what_there_is_not_is_a_page_that_says_so() {
    let stage = Stage::new().await;
    for path in ["/link/wsl_none", "/link/a%00b", "/nothing", "/link"] {
        let answer = stage.http.get(stage.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        let page = answer.text().await.unwrap();
        assert!(
            page.contains("<h1>Not found</h1>") && page.contains(r#"href="/sumsub""#),
            "{path}: {page}"
        );
    }
    for path in [
        "/link/wsl_none/approve",
        "/webhooks/77/send",
        "/webhooks/x/send",
    ] {
        assert_eq!(
            stage
                .http
                .post(stage.url(path))
                .send()
                .await
                .unwrap()
                .status(),
            404,
            "{path}"
        );
    }
    let link = stage.link("p").await;
    let answer = stage
        .http
        .post(format!("{link}/reject"))
        .form(&[("reject_type", "MAYBE")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 422);
}

#[tokio::test]
async fn an_empty_list_says_what_to_do_and_the_style_is_there() {
    let stage = Stage::new().await;
    assert!(
        stage
            .page(stage.url(""))
            .await
            .contains("Generate verification link")
    );
    let css = stage
        .http
        .get(stage.url("/simulator.css"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            css.status().as_u16(),
            css.headers()["content-type"].to_str().unwrap()
        ),
        (200, "text/css; charset=utf-8")
    );
}
