//! The panel's pages as they are sent: what they say, what they escape, what a second click does.

use crate::common::{Answer, App, Browser};
use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

const SCRIPT: &str = "\"><script>alert(1)</script>";

#[tokio::test]
async fn every_field_of_the_create_form_says_what_is_wrong() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    create(&mut browser, "Ada@bank.example", "@ada_lovelace").await;
    let long = format!("{}@bank.example", "x".repeat(255));
    for (field, value, problem) in [
        ("email", "", "Enter the e-mail address."),
        ("email", "ada", "This is not an e-mail address."),
        (
            "email",
            "a\0b@bank.example",
            "This is not an e-mail address.",
        ),
        ("email", &long, "too long"),
        ("email", "aDA@BANK.example", "See 100001"),
        ("email", SCRIPT, "This is not an e-mail address."),
        ("telegram", "a", "This is not a Telegram handle."),
        ("telegram", "ADA_lovelace", "See 100001"),
        ("telegram", SCRIPT, "This is not a Telegram handle."),
        ("customer_type", "", "Choose one of the customer types"),
        (
            "customer_type",
            "Bank<b>",
            "Choose one of the customer types",
        ),
    ] {
        let mut fields = [
            ("email", "new@bank.example"),
            ("telegram", "new_handle"),
            ("customer_type", "bank"),
        ];
        for known in &mut fields {
            if known.0 == field {
                known.1 = value;
            }
        }
        // The dialog can be skipped, the rules can't.
        for path in ["/prospects/new", "/prospects"] {
            let answer = browser.post(path, &fields).await;
            assert_eq!(
                answer.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{field} {value:?}"
            );
            assert!(
                answer.body.contains(problem),
                "{field} {value:?}: {}",
                answer.body
            );
            assert!(
                answer.body.contains("aria-invalid=\"true\""),
                "{field} {value:?}"
            );
            assert!(!answer.body.contains("<dialog"), "{field} {value:?}");
            assert!(!answer.body.contains("<script>alert"), "{field} {value:?}");
            for (name, typed) in fields.iter().filter(|(name, _)| *name != "customer_type") {
                let kept = typed
                    .replace('"', "&#34;")
                    .replace('<', "&#60;")
                    .replace('>', "&#62;");
                let kept = format!("value=\"{kept}\"");
                assert!(
                    answer.body.contains(&kept),
                    "{name} is lost: {}",
                    answer.body
                );
            }
        }
    }
    // A field that isn't sent at all is an empty one.
    assert_eq!(
        browser.post("/prospects", &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(count(&app).await, 1);
}

#[tokio::test]
async fn a_pasted_contact_is_shown_and_kept_in_one_form() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let pasted = [
        ("email", "mailto:ada@bank.ex\u{200b}ample\u{a0}"),
        ("telegram", "https://t.me/Ada_Lovelace"),
        ("customer_type", "individual"),
    ];
    let review = browser.post("/prospects/new", &pasted).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.body);
    for words in ["<dd>ada@bank.example</dd>", "<dd>@ada_lovelace</dd>"] {
        assert!(review.body.contains(words), "{words}: {}", review.body);
    }
    let made = create(&mut browser, pasted[0].1, pasted[1].1).await;
    let page = browser.get(&made).await;
    assert!(
        page.body.contains("<dd>@ada_lovelace</dd>"),
        "{}",
        page.body
    );
    let number = create(&mut browser, "bob@bank.example", "tg://user?id=123456789").await;
    let page = browser.get(&number).await;
    assert!(page.body.contains("<dd>123456789</dd>"), "{}", page.body);
    for (typed, found) in [
        ("%40ADA_lovelace", "ada@bank.example"),
        ("t.me%2Fada_lovelace%2F", "ada@bank.example"),
        ("%E2%80%8Bada%40bank.example%C2%A0", "ada@bank.example"),
        ("123456789", "bob@bank.example"),
    ] {
        let list = browser.get(&format!("/prospects?q={typed}")).await;
        assert_eq!(
            list.body.matches("<tr data-key").count(),
            1,
            "{typed}: {}",
            list.body
        );
        assert!(list.body.contains(found), "{typed}");
    }
    let wrong = [("telegram", "t.me/joinchat/AAAA"), pasted[0], pasted[2]];
    let answer = browser.post("/prospects/new", &wrong).await;
    assert!(
        answer
            .body
            .contains("Enter @name, t.me/name or a numeric ID"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_customers_page_says_why_it_was_converted_by_hand() {
    let app = App::open().await;
    app.prospect("ada@bank.example").await;
    let mut admin = app.signed_in(Role::Admin).await;
    let answer = admin
        .post(
            "/prospects/100001/convert",
            &[("value", "known <in person>")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = admin.get("/customers/100001").await;
    for words in [
        "<dt>Converted by hand</dt><dd>by admin@bank.example, past KYC: known &#60;in person&#62;</dd>",
        "converted by hand, level Not KYCed: known &#60;in person&#62;",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
}

#[tokio::test]
async fn an_applicant_leads_to_its_page_in_the_dashboard() {
    let mut config = web::WebConfig::new(
        crate::common::url(crate::common::ADMIN),
        crate::common::url(crate::common::PORTAL),
        "help@bank.example",
    );
    let template = "https://cockpit.sumsub.com/checkus#/applicant/{id}/client/basicInfo";
    config.applicant_page = Some(template.parse().unwrap());
    let app = App::with(config).await;
    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let page = browser.get("/customers/100001/verification").await;
    let link =
        format!("href=\"https://cockpit.sumsub.com/checkus#/applicant/a-{id}/client/basicInfo\"");
    assert!(page.body.contains(&link), "{link}: {}", page.body);
}

#[tokio::test]
async fn review_shows_what_will_be_saved_and_back_keeps_it() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("email", " Grace@bank.example "),
        ("telegram", "@grace_hopper"),
        ("customer_type", "private_company"),
    ];
    let review = browser.post("/prospects/new", &fields).await;
    assert_eq!(review.status, StatusCode::OK);
    insta::assert_snapshot!(main(&review, &[(&id, "ID")]));
    assert_eq!(count(&app).await, 0, "nothing is made before Confirm");

    let back = browser
        .post("/prospects/new", &[&fields[..], &[("back", "1")]].concat())
        .await;
    assert_eq!(back.status, StatusCode::OK);
    assert!(
        !back.body.contains("<dialog") && back.body.contains("value=\"@grace_hopper\""),
        "{}",
        back.body
    );
    assert!(back.body.contains(&id), "it stays the same form");
}

#[tokio::test]
async fn confirming_twice_makes_one_prospect() {
    let app = App::open().await;
    let browser = app.signed_in(Role::Admin).await;
    let id = Uuid::now_v7().to_string();
    let clicks = (0..4).map(|_| {
        let (mut browser, id) = (browser.clone(), id.clone());
        async move {
            let fields = [
                ("id", id.as_str()),
                ("email", "twice@bank.example"),
                ("customer_type", "individual"),
            ];
            let answer = browser.post("/prospects", &fields).await;
            (answer.status, answer.header("location").to_owned())
        }
    });
    let answers = futures::future::join_all(clicks).await;
    assert_eq!(count(&app).await, 1);
    for (status, location) in answers {
        assert_eq!(
            (status, location.as_str()),
            (StatusCode::SEE_OTHER, answers_path(&app).await.as_str())
        );
    }
}

#[tokio::test]
async fn a_prospects_page() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let path = create(&mut browser, "ada@bank.example", "ada_lovelace").await;
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    let id: Uuid = sqlx::query_scalar!("SELECT id FROM prospects")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    insta::assert_snapshot!(main(
        &page,
        &[(&id.to_string(), "UUID"), (&next_note(&page.body), "NOTE")]
    ));

    let mut auditor = app.signed_in(Role::Auditor).await;
    let seen = auditor.get(&path).await;
    assert!(
        seen.body.contains("ada@bank.example") && !seen.body.contains("Generate verification link")
    );
    let refused = auditor
        .post(&format!("{path}/verification-link"), &[])
        .await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("CUSTOMER_UPDATE"), "{}", refused.body);
}

#[tokio::test]
async fn sumsubs_silence_is_said_on_the_page() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Admin).await;
    let path = create(&mut browser, "ada@bank.example", "").await;
    let link = format!("{path}/verification-link");
    let asked = browser.get(&link).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(
        asked.body.contains("<dialog") && asked.body.contains("Sumsub makes a new link"),
        "{}",
        asked.body
    );
    assert!(
        app.decisions("prospect.generate_link").await.is_empty(),
        "nothing is done before Confirm"
    );
    // The first link is made at once: what went wrong is said where the button is.
    let answer = browser.post(&link, &[]).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let kyc = answer.body.split("id=\"kyc\"").nth(1).unwrap();
    let kyc = kyc.split("</section>").next().unwrap();
    assert!(
        kyc.contains("role=\"alert\"")
            && kyc.contains("Sumsub is not available")
            && !answer.body.contains("<dialog"),
        "{kyc}"
    );
    assert!(answer.body.contains("ada@bank.example"));
    assert!(
        !browser.get(&path).await.body.contains("id=\"link\""),
        "nothing half done"
    );
}

#[tokio::test]
async fn a_customers_page() {
    let app = App::open().await;
    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let before = browser.get("/customers/100001").await;
    assert!(
        before.body.contains("Provisioning is about to begin.")
            && !before.body.contains("Retry now")
    );
    assert_eq!(
        (
            app.decisions("customer.read").await.len(),
            app.decisions("prospect.read").await.len()
        ),
        (1, 0),
        "one look, one entry"
    );

    sqlx::query!(
        "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state, attempt, last_error, next_try)
         VALUES ($1, 'login', 'Portal login', 1, 'identity', 'done', 1, NULL, NULL),
                ($1, 'welcome_email', 'Welcome e-mail', 2, 'mail', 'retrying', 3, 'the mail server <b>sleeps</b>', now() + interval '5 minutes')",
        id,
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let page = browser.get("/customers/100001").await;
    assert_eq!(page.status, StatusCode::OK);
    insta::assert_snapshot!(main(
        &page,
        &[(&id.to_string(), "UUID"), (&next_note(&page.body), "NOTE")]
    ));
    let region = browser
        .get(&format!("/customers/100001/provisioning/{id}"))
        .await;
    assert!(
        region.body.starts_with("<section") && region.body.contains("Welcome e-mail"),
        "{}",
        region.body
    );

    let mut auditor = app.signed_in(Role::Auditor).await;
    assert!(
        !auditor
            .get("/customers/100001")
            .await
            .body
            .contains("Retry now")
    );
    let refused = auditor.post("/customers/100001/retry", &[]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let due = || async {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM provisioning_steps WHERE next_try <= now()"#
        )
        .fetch_one(&app.pool)
        .await
        .unwrap()
    };
    let asked = browser.get("/customers/100001/retry").await;
    assert!(
        asked
            .body
            .contains("What failed is tried again at once: Welcome e-mail."),
        "{}",
        asked.body
    );
    assert_eq!(due().await, 0, "nothing is done before Confirm");
    let retried = browser.post("/customers/100001/retry", &[]).await;
    assert_eq!(
        retried.header("location"),
        "/customers/100001?done=retry#done"
    );
    assert_eq!(due().await, 1);
    sqlx::query!("UPDATE provisioning_steps SET state = 'done'")
        .execute(&app.pool)
        .await
        .unwrap();
    let nothing_left = browser.get("/customers/100001/retry").await;
    assert_eq!(nothing_left.header("location"), "/customers/100001");
    let prospect = browser.get("/prospects/100001").await;
    assert!(
        prospect.body.contains("href=\"/customers/100001\"")
            && !prospect.body.contains("Generate verification")
    );
}

#[tokio::test]
async fn what_changes_is_told_to_open_pages() {
    use axum::{body::Body, http::Request};
    use futures::StreamExt as _;
    use tower::ServiceExt as _;

    let app = App::open().await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let request = Request::get("/changes").header("cookie", browser.cookie.clone().unwrap());
    let response = browser
        .router
        .clone()
        .oneshot(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();

    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    let mut heard = String::new();
    while !heard.contains("data:") {
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), stream.next());
        heard.push_str(&String::from_utf8_lossy(
            &next.await.expect("nothing is told").unwrap().unwrap(),
        ));
    }
    assert!(
        heard.contains("event: changed") && heard.contains(&id.to_string()),
        "{heard}"
    );
    assert!(!heard.contains("ada@"), "ids only: {heard}");
    assert_eq!(
        browser.get("/prospects?q=ada@").await.status,
        StatusCode::OK
    );
}

/// Makes an individual; answers the page's path.
pub async fn create(browser: &mut Browser, email: &str, telegram: &str) -> String {
    let id = Uuid::now_v7().to_string();
    let fields = [
        ("id", id.as_str()),
        ("email", email),
        ("telegram", telegram),
        ("customer_type", "individual"),
    ];
    let answer = browser.post("/prospects", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.header("location").to_owned()
}

async fn count(app: &App) -> i64 {
    sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM prospects"#)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

async fn answers_path(app: &App) -> String {
    let id = sqlx::query_scalar!("SELECT public_id FROM prospects")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    format!("/prospects/{id}")
}

/// What is inside `main`, without what differs from run to run.
pub fn main(page: &Answer, named: &[(&str, &str)]) -> String {
    let mut text = page
        .body
        .split("<main")
        .nth(1)
        .unwrap()
        .split("</main>")
        .next()
        .unwrap()
        .to_owned();
    for (value, name) in named {
        text = text.replace(value, name);
    }
    let times: Vec<String> = text
        .split("<time ")
        .skip(1)
        .filter_map(|rest| rest.split("</time>").next().map(str::to_owned))
        .collect();
    for time in times {
        text = text.replace(&time, "TIME>");
    }
    text
}

#[tokio::test]
async fn what_sumsub_refuses_is_said_on_the_record_and_on_the_customers_page() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let id = app.prospect("ada@bank.example").await;
    let before = browser.get("/prospects/100001").await;
    assert!(
        !before.body.contains("could not be asked"),
        "{}",
        before.body
    );
    app.approved(Uuid::now_v7(), "bob@bank.example").await;
    sqlx::query(
        "INSERT INTO refreshes (prospect_id, next_at, failures, last_error, last_at)
         SELECT id, now() + interval '5 minutes', 2, 'Sumsub refused to look up the applicant: <b>no</b> (HTTP 403); give the app token the permission', now()
         FROM prospects
         ON CONFLICT (prospect_id) DO UPDATE SET failures = 2, last_error = EXCLUDED.last_error, last_at = now()",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    for address in ["/prospects/100001", "/customers/100002/verification"] {
        let page = browser.get(address).await;
        for part in [
            "Sumsub could not be asked",
            "&#60;b&#62;no&#60;/b&#62; (HTTP 403); give the app token the permission",
            "Asked 2 times in vain",
        ] {
            assert!(page.body.contains(part), "{address}, {part}: {}", page.body);
        }
    }
    // The words go with the trouble.
    sqlx::query("UPDATE refreshes SET failures = 0, last_error = NULL WHERE prospect_id = $1")
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    let after = browser.get("/prospects/100001").await;
    assert!(!after.body.contains("could not be asked"), "{}", after.body);
}

/// The id that the next note gets, which its form has.
fn next_note(body: &str) -> String {
    let (_, rest) = body.split_once("name=\"id\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}
