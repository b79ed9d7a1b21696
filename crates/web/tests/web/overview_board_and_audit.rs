//! The pages that are about many records: the overview, the board of provisioning, the audit log.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::App;

#[tokio::test]
async fn what_is_raised_is_on_the_first_page_until_it_is_resolved() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    let empty = browser.get("/").await;
    assert_eq!(empty.status, StatusCode::OK);
    assert!(
        empty.body.contains("Nothing at the moment.") && empty.body.contains("Review needed"),
        "{}",
        empty.body
    );
    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    app.reviewed(id, "RED", 10).await;
    for path in ["/", "/customers/100001"] {
        let page = browser.get(path).await;
        assert!(
            page.body.contains("Needs a person")
                && page.body.contains("href=\"/callbacks/2\"")
                && page.body.contains("id=\"resolve-1\""),
            "{path}: {}",
            page.body
        );
    }
    // What to do stands beside the cause; the cause leads to where one does it, unless that is the page.
    let late_red = "A <abbr title=\"Sumsub&#39;s answer: RED\">Declined</abbr> for a verified customer (late <abbr title=\"Sumsub&#39;s answer: RED\">Declined</abbr>)";
    let to_do = "<p>The access is taken away already: read why Sumsub declined";
    let overview = browser.get("/").await.body;
    for words in [
        "<a href=\"/customers/100001\">ada@bank.example (100001)</a>",
        &format!("<strong><a href=\"/customers/100001\">{late_red}</a></strong>"),
        to_do,
    ] {
        assert!(overview.contains(words), "{words}: {overview}");
    }
    let own = browser.get("/customers/100001").await.body;
    for words in [&format!("<strong>{late_red}</strong>"), to_do] {
        assert!(own.contains(words), "{words}: {own}");
    }

    let dialog = browser
        .get("/raised/1/resolve?from=/customers/100001")
        .await;
    assert!(
        dialog
            .body
            .contains("name=\"from\" value=\"/customers/100001\"")
            && dialog.body.contains("<dialog"),
        "{}",
        dialog.body
    );
    let none = browser
        .post("/raised/1/resolve", &[("from", "/"), ("value", " ")])
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.body.contains("Enter the reason"), "{}", none.body);
    let done = browser
        .post(
            "/raised/1/resolve",
            &[("from", "/customers/100001"), ("value", "a fraud")],
        )
        .await;
    assert_eq!(
        (done.status, done.header("location")),
        (StatusCode::SEE_OTHER, "/customers/100001")
    );
    // A second window, and one from elsewhere.
    let again = browser
        .post(
            "/raised/1/resolve",
            &[("from", "https://evil.example/"), ("value", "again")],
        )
        .await;
    assert_eq!(
        (again.status, again.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    let kept: Option<String> = sqlx::query_scalar!("SELECT resolution FROM raised")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(kept.as_deref(), Some("a fraud"), "the first reason stays");
    assert!(
        browser
            .get("/")
            .await
            .body
            .contains("Nothing at the moment.")
    );
    for missing in ["/raised/99/resolve", "/raised/x/resolve"] {
        let answer = browser.post(missing, &[("value", "x")]).await;
        assert!(answer.status.is_client_error(), "{missing}");
    }
}

#[tokio::test]
async fn what_was_resolved_can_be_read_again() {
    let app = App::open().await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let nothing = auditor.get("/needs-a-person?show=resolved").await;
    assert!(
        nothing.body.contains("Nothing was resolved yet."),
        "{}",
        nothing.body
    );
    let id = Uuid::now_v7();
    app.approved(id, "ada@bank.example").await;
    app.reviewed(id, "RED", 10).await;
    let open = auditor.get("/needs-a-person").await;
    assert!(open.body.contains("href=\"/callbacks/2\""), "{}", open.body);
    officer
        .post(
            "/raised/1/resolve",
            &[("from", "/"), ("value", "a <fraud>")],
        )
        .await;
    let open = auditor.get("/needs-a-person").await;
    assert!(
        open.body.contains("Nothing at the moment."),
        "{}",
        open.body
    );
    for path in [
        "/needs-a-person?show=resolved",
        "/customers/100001",
        "/prospects/100001",
    ] {
        let page = auditor.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for words in [
            "a &#60;fraud&#62;",
            "resolved by onboarding-officer@bank.example",
            "href=\"/callbacks/2\"",
        ] {
            assert!(page.body.contains(words), "{path}: {words}: {}", page.body);
        }
    }
    let overview = auditor.get("/").await;
    assert!(
        overview
            .body
            .contains("href=\"/needs-a-person?show=resolved\"")
    );
    sqlx::query(
        "INSERT INTO raised (cause, resolved_at, resolved_by, resolution)
         SELECT 'cause ' || n, now(), 'system:test', 'reason ' || n FROM generate_series(1, 60) n",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let newest = auditor.get("/needs-a-person?show=resolved").await;
    assert_eq!(newest.body.matches("data-key=\"resolved-").count(), 50);
    let older = newest.body.split("rel=\"next\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    let older = auditor.get(&older).await;
    assert_eq!(older.body.matches("data-key=\"resolved-").count(), 11);
    assert!(older.body.contains("a &#60;fraud&#62;"), "{}", older.body);
    for bad in ["show=x", "show=resolved&after=x"] {
        let page = auditor.get(&format!("/needs-a-person?{bad}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn every_number_leads_to_its_list() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::Auditor).await;
    let [retry, ended, held, snoozed] = [
        app.prospect("retry@bank.example").await,
        app.prospect("ended@bank.example").await,
        app.prospect("held@bank.example").await,
        app.prospect("snoozed@bank.example").await,
    ];
    sqlx::query(
        "UPDATE prospects SET stage = 'kyc_on_hold', snoozed_at = now(), snoozed_until = now() + interval '1 day' WHERE id = $1",
    )
    .bind(snoozed)
    .execute(&app.pool)
    .await
    .unwrap();
    app.reviewed(retry, "RED", 0).await;
    sqlx::query!(
        "UPDATE prospects SET reject_type = 'RETRY' WHERE id = $1",
        retry
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query!(
        "UPDATE prospects SET link_ends_at = now() - interval '1 hour' WHERE id = $1",
        ended
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query!(
        "UPDATE prospects SET stage = 'kyc_on_hold' WHERE id = $1",
        held
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query!(
        "INSERT INTO refreshes (prospect_id, next_at, failures) VALUES ($1, now(), 3)
         ON CONFLICT (prospect_id) DO UPDATE SET failures = 3",
        held
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let page = browser.get("/").await;
    for (key, filter, found) in [
        ("review", "stage=kyc_on_hold", "held@"),
        ("retry", "attention=declined_with_retry", "retry@"),
        ("links", "attention=link_ended", "ended@"),
        ("sumsub", "attention=unanswered", "held@"),
    ] {
        // Who is snoozed waits for nobody.
        let address = format!("/prospects?{filter}&snoozed=no");
        let item = page.body.split(&format!("wait-{key}\"")).nth(1).unwrap();
        let item = item.split("</li>").next().unwrap();
        assert!(
            item.contains(&address.replace('&', "&#38;"))
                && item.contains("<span class=\"count\">1</span>"),
            "{key}: {item}"
        );
        let list = browser.get(&address).await;
        assert_eq!(
            list.body.matches("<tr data-key").count(),
            1,
            "{key}: {}",
            list.body
        );
        assert!(list.body.contains(found), "{key}");
    }
    assert_eq!(
        browser.get("/prospects?attention=x").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn the_board_says_what_waits_for_what_and_why() {
    let app = App::open().await;
    let mut browser = app.signed_in(Role::OnboardingOfficer).await;
    assert!(browser.get("/provisioning").await.body.contains("All done"));
    let [one, two] = [Uuid::now_v7(), Uuid::now_v7()];
    app.approved(one, "one@bank.example").await;
    app.approved(two, "two@bank.example").await;
    for (customer, state, error) in [
        (one, "retrying", "the mail server <b>sleeps</b>"),
        (two, "needs_person", "the address was refused"),
    ] {
        sqlx::query!(
            "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state, attempt, last_error, next_try)
             VALUES ($1, 'welcome_email', 'Welcome e-mail', 2, 'mail', $2, 3, $3, now() + interval '5 minutes')",
            customer,
            state,
            error,
        )
        .execute(&app.pool)
        .await
        .unwrap();
    }
    let page = browser.get("/provisioning").await;
    for words in [
        "Waits for the mail server",
        "Waits for a person",
        "the mail server &#60;b&#62;sleeps&#60;/b&#62;",
        "Last error: the address was refused",
        "3 attempts",
        "href=\"/customers/100001\"",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    let overview = browser.get("/").await;
    assert!(
        overview
            .body
            .contains("href=\"/provisioning#waits-person\""),
        "{}",
        overview.body
    );

    let due = || async {
        sqlx::query_scalar!(
            r#"SELECT count(*) AS "n!" FROM provisioning_steps WHERE next_try <= now() AND state = 'retrying'"#
        )
        .fetch_one(&app.pool)
        .await
        .unwrap()
    };
    // Harmless: done at once, and said at the step.
    let path = format!("/provisioning/retry/{two}/welcome_email");
    assert!(
        page.body.contains(&format!(
            "<form method=\"post\" action=\"{path}\" data-enhance"
        )),
        "{}",
        page.body
    );
    let done = format!("/provisioning?done=retry&at={two}-welcome_email");
    assert_eq!(
        browser.post(&path, &[]).await.header("location"),
        format!("{done}#done")
    );
    assert_eq!(due().await, 1);
    let page = browser.get(&done).await;
    let (before, after) = page.body.split_once("id=\"done\"").unwrap();
    assert!(
        before.contains(&path) && after.contains("It is being tried again."),
        "{}",
        page.body
    );
    let all = browser.post("/provisioning/retry-all/mail", &[]).await;
    assert_eq!(all.header("location"), "/provisioning?done=retry#done");
    assert_eq!(due().await, 2);
    let mean = browser
        .get("/provisioning?done=retry&at=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E")
        .await;
    assert!(
        !mean.body.contains("<script>alert") && mean.body.contains("id=\"done\""),
        "{}",
        mean.body
    );
}

#[tokio::test]
async fn the_audit_log_names_people_and_leads_to_records() {
    let app = App::open().await;
    let id = app.prospect("ada@bank.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    officer.get("/prospects/100001").await;
    let refused = officer.get("/audit").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("AUDIT_READ"));
    assert!(!officer.get("/").await.body.contains("href=\"/audit\""));
    officer
        .post("/prospects/100001/convert", &[("value", "x")])
        .await;

    let mut auditor = app.signed_in(Role::Auditor).await;
    let page = auditor.get("/audit").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "onboarding-officer@bank.example",
        "Look at a prospect",
        "Convert a prospect by hand",
        "Look at the audit log",
        "Refused",
        "Allowed",
        "<a href=\"/prospects/100001\">Prospect 100001</a>",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    for (query, has, has_not) in [
        (
            "action=prospect.convert",
            "<td class=\"right\" title=\"prospect.convert\">Convert a prospect by hand</td>",
            "<td class=\"right\" title=\"prospect.read\">",
        ),
        (
            "decision=refused",
            "<td class=\"right\" title=\"audit.read\">",
            "<td class=\"right\" title=\"prospect.create\">",
        ),
        (
            "decision=allowed",
            "<td class=\"right\" title=\"prospect.create\">",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            "object=100001&about=prospect",
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            &format!("object={id}&about=prospect"),
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        // A kind alone, chosen or typed; an id whatever it is of; and what the page itself says.
        (
            "about=prospect",
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            "object=Prospect",
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        ("about=callback", "Nothing matches", "<tr data-key"),
        (
            "object=100001",
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            &format!("object={id}"),
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            &format!("object=prospect:{id}"),
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            "object=prospect+100001",
            "Prospect 100001</a>",
            "<td class=\"right\" title=\"audit.read\">",
        ),
        (
            "object=100001&about=callback",
            "Nothing matches",
            "<tr data-key",
        ),
        (
            "object=ada%40bank.example",
            "The log holds no e-mail addresses",
            "<tr data-key",
        ),
        ("object=DEP-100001", "Nothing matches", "<tr data-key"),
        ("object=999999", "Nothing matches", "<tr data-key"),
        ("who=operator:x", "Nothing matches", "<tr data-key"),
        ("older=1", "Nothing yet", "<tr data-key"),
    ] {
        let page = auditor.get(&format!("/audit?{query}")).await;
        assert!(
            page.body.contains(has) && !page.body.contains(has_not),
            "{query}: {}",
            page.body
        );
    }
    for bad in ["decision=x", "older=x"] {
        assert_eq!(
            auditor.get(&format!("/audit?{bad}")).await.status,
            StatusCode::BAD_REQUEST
        );
    }
    let mean = auditor
        .get("/audit?object=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&who=%22%3E%3Cb%3E")
        .await;
    assert!(
        !mean.body.contains("<script>alert") && !mean.body.contains("<b>"),
        "{}",
        mean.body
    );
}
