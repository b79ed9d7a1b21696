//! What a RED leaves on the pages: whether it is final, what is to be done, and the REDs before it.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::App;

/// Sumsub declined, so many milliseconds from now.
async fn declined(app: &App, id: Uuid, reject_type: &str, label: &str, in_ms: i64) {
    let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(in_ms);
    let at = at.format("%Y-%m-%d %H:%M:%S%.3f");
    let body = format!(
        r#"{{"type": "applicantReviewed", "applicantId": "a-{id}", "correlationId": "c-{in_ms}",
            "levelName": "basic-kyc-level", "externalUserId": "{id}", "sandboxMode": false, "reviewStatus": "completed",
            "reviewResult": {{"reviewAnswer": "RED", "rejectLabels": ["{label}"], "reviewRejectType": "{reject_type}",
            "moderationComment": "Told: {label}.", "clientComment": "Kept: {label}."}}, "createdAtMs": "{at}"}}"#
    );
    app.received(&body).await;
}

/// Puts a link on record, as when Sumsub had made one; it ends so many seconds from now.
async fn link(app: &App, id: Uuid, ends_in: i64) {
    sqlx::query(
        "INSERT INTO prospect_events (id, sequence, event_type, event, recorded_at)
         SELECT $1, max(sequence) + 1, 'link_created', jsonb_build_object('type', 'link_created', 'url', null, 'level', 'basic-kyc-level',
            'created_at', now(), 'expires_at', now() + $2::bigint * interval '1 second', 'created_by', 'system:test'), now()
         FROM prospect_events WHERE id = $1",
    )
    .bind(id)
    .bind(ends_in)
    .execute(&app.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn final_and_retry_differ_wherever_a_rejection_is_told() {
    let app = App::open().await;
    let [again, never] = [
        app.prospect("again@bank.example").await,
        app.prospect("never@bank.example").await,
    ];
    declined(&app, again, "RETRY", "BAD_SELFIE", 0).await;
    declined(&app, never, "FINAL", "FORGERY", 0).await;
    let mut browser = app.signed_in(Role::Admin).await;
    let retry = browser.get("/prospects/100001").await;
    for words in [
        "so that the prospect can try again",
        "</svg>May try again</span>",
        "Declined, may try again (stage:",
    ] {
        assert!(retry.body.contains(words), "{words}: {}", retry.body);
    }
    let last = browser.get("/prospects/100002").await;
    for words in [
        "Sumsub declined for good (FINAL): read why, then close the prospect.",
        "</svg>Final</span>",
        "Declined, final (stage:",
    ] {
        assert!(last.body.contains(words), "{words}: {}", last.body);
    }
    assert!(!last.body.contains("try again"), "{}", last.body);
    // A link after a final rejection is no small matter: it is asked.
    let asked = browser.get("/prospects/100002/verification-link").await;
    assert!(
        asked
            .body
            .contains("without a reset in its dashboard a new link leads nowhere"),
        "{}",
        asked.body
    );
    assert!(
        last.body.contains(
            "<form method=\"get\" action=\"/prospects/100002/verification-link\" data-dialog>"
        ) && retry.body.contains(
            "<form method=\"post\" action=\"/prospects/100001/verification-link\" data-enhance"
        ),
        "the first link is made at once, one after a final rejection isn't"
    );
}

#[tokio::test]
async fn the_next_action_knows_whether_there_is_a_link() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body
            .contains("Generate the verification link and send it to the prospect."),
        "{}",
        page.body
    );
    link(&app, id, 3600).await;
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body
            .contains("Send the verification link to the prospect, then wait")
            && !page.body.contains("Generate the verification link and")
            && page
                .body
                .contains("action=\"/prospects/100001/verification-link\" data-dialog>"),
        "{}",
        page.body
    );
    link(&app, id, -1).await;
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body.contains("has ended unused: generate a new one"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn a_second_red_leaves_the_first_ones_reasons_to_be_read() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    declined(&app, id, "RETRY", "BAD_SELFIE", 0).await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let once = browser.get("/prospects/100001").await;
    assert!(!once.body.contains("attempts-heading"), "{}", once.body);
    for words in [
        "<h2 id=\"declined-heading\">Why it was declined</h2>",
        "<li>The selfie can&#39;t be accepted. <code>BAD_SELFIE</code></li>",
    ] {
        assert_eq!(
            once.body.matches(words).count(),
            1,
            "{words}: {}",
            once.body
        );
    }
    declined(&app, id, "RETRY", "EXPIRED_DOCUMENT", 10).await;
    declined(&app, id, "FINAL", "FORGERY", 20).await;
    let page = browser.get("/prospects/100001").await;
    assert_eq!(page.status, StatusCode::OK);
    let (newest, earlier) = page.body.split_once("id=\"attempts-heading\"").unwrap();
    for words in [
        "FORGERY",
        "Told: FORGERY.",
        "Kept: FORGERY.",
        "</svg>Final</span>",
    ] {
        assert!(newest.contains(words), "{words}: {newest}");
    }
    assert!(
        earlier.contains("<li><code>EXPIRED_DOCUMENT</code></li>"),
        "an unknown label is shown as it is: {earlier}"
    );
    let place = |words: &str| {
        earlier
            .find(words)
            .unwrap_or_else(|| panic!("no {words}: {earlier}"))
    };
    assert!(
        place("Told: EXPIRED_DOCUMENT.") < place("Kept: EXPIRED_DOCUMENT.")
            && place("Kept: EXPIRED_DOCUMENT.") < place("Told: BAD_SELFIE."),
        "the newest first"
    );
    assert!(earlier.contains("</svg>May try again</span>") && earlier.contains("/callbacks/1\""));

    // What is personal goes when it is erased; labels stay.
    let usher = access::Subject::system("test");
    app.onboarding
        .close_prospect(&usher, id.into(), "was a test")
        .await
        .unwrap();
    sqlx::query("UPDATE prospect_events SET recorded_at = recorded_at - interval '6 years'")
        .execute(&app.pool)
        .await
        .unwrap();
    app.onboarding
        .erase_personal_data(&usher, id.into())
        .await
        .unwrap();
    let page = browser.get("/prospects/100001").await;
    assert!(
        page.body.contains("EXPIRED_DOCUMENT") && !page.body.contains("Told:"),
        "{}",
        page.body
    );
}

/// The primary buttons and links of a page.
fn primary(page: &str) -> Vec<&str> {
    let buttons = page.split("class=\"").skip(1).filter(|part| {
        let class = part.split('"').next().unwrap();
        class.split(' ').any(|word| word == "primary")
    });
    buttons
        .map(|part| {
            let (_, words) = part.split_once('>').unwrap();
            words.split('<').next().unwrap()
        })
        .collect()
}

#[tokio::test]
async fn one_primary_button_is_what_is_next() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = browser.get("/prospects/100001").await;
    assert_eq!(primary(&page.body), ["Send link"]);
    let (_, menu) = page
        .body
        .split_once("<summary class=\"button\">More")
        .unwrap();
    let (menu, rest) = menu.split_once("</details>").unwrap();
    for button in ["Convert", "Change type", "Close"] {
        let button = format!(">{button}</button>");
        assert!(menu.contains(&button) && !rest.contains(&button), "{menu}");
    }
    let seen = auditor.get("/prospects/100001").await.body;
    assert!(primary(&seen).is_empty() && !seen.contains(">More<"));

    link(&app, id, 3600).await;
    let page = browser.get("/prospects/100001").await;
    assert_eq!(primary(&page.body), ["Send link"], "made is not sent");
    declined(&app, id, "RETRY", "BAD_SELFIE", 0).await;
    let page = browser.get("/prospects/100001").await;
    assert_eq!(primary(&page.body), ["Send retry link"]);
    declined(&app, id, "FINAL", "FORGERY", 10).await;
    let page = browser.get("/prospects/100001").await;
    assert_eq!(primary(&page.body), ["Close"]);
    assert_eq!(page.body.matches("id=\"act-close\"").count(), 1);
    app.active("grace@bank.example").await;
    let page = browser.get("/prospects/100002").await;
    assert_eq!(primary(&page.body), ["See the customer"]);
}

#[tokio::test]
async fn what_was_done_is_said_where_it_was_done() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    app.active("grace@bank.example").await;
    let mut browser = app.signed_in(Role::Admin).await;
    // The message stands behind the buttons of its region, and nowhere else.
    for (address, region) in [
        (
            "/prospects/100001?done=change-email",
            "data-key=\"identity\"",
        ),
        ("/prospects/100001?done=refresh", "id=\"kyc\""),
        ("/prospects/100001?done=erase", "<h1>"),
        ("/prospects/100001?done=close", "<h1>"),
        ("/customers/100002?done=record-deposit", "<h1>"),
        ("/customers/100002/money?done=record-deposit", "<h1>"),
        (
            "/customers/100002?done=propose-credit",
            "data-key=\"credit-facility\"",
        ),
        ("/customers/100002?done=retry", "id=\"provisioning\""),
    ] {
        let page = browser.get(address).await;
        let (before, _) = page
            .body
            .split_once("id=\"done\"")
            .unwrap_or_else(|| panic!("{address}: {}", page.body));
        let regions = [
            "<h1>",
            "data-key=\"identity\"",
            "id=\"kyc\"",
            "id=\"provisioning\"",
            "data-key=\"deposit-account\"",
            "data-key=\"credit-facility\"",
            "data-key=\"personal-data\"",
        ];
        let last = regions
            .into_iter()
            .max_by_key(|region| before.rfind(region))
            .unwrap();
        assert_eq!(last, region, "{address}");
        assert_eq!(page.body.matches("id=\"done\"").count(), 1, "{address}");
    }
    // What is about no line of the page any more stands at its top.
    let gone = browser
        .get("/customers/100002?done=confirm-withdrawal&at=withdrawal-9")
        .await;
    let (before, _) = gone.body.split_once("id=\"done\"").unwrap();
    assert!(!before.contains("<h1>"), "{}", gone.body);
}
