//! Several prospects that were ticked in the list, or all that match, without JavaScript.

use access::Role;
use axum::http::StatusCode;
use claim_loop::{Turn, Work as _};

use crate::common::App;

/// Where the page that asks leads.
fn where_it_leads(asked: &str) -> String {
    let there = asked.split("action=\"/prospects/selected/").nth(1);
    let id = there.and_then(|there| there.split('"').next());
    format!("/prospects/selected/{}", id.unwrap())
}

/// Whom the page that asks will send.
fn whom(asked: &str) -> Vec<(&str, &str)> {
    let inputs = asked.split("name=\"prospect\" value=\"").skip(1);
    let ids = inputs.filter_map(|rest| rest.split('"').next());
    ids.map(|id| ("prospect", id)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_ticked_is_asked_about_and_done_once() {
    let app = App::open().await;
    for who in ["ada", "bob"] {
        app.prospect(&format!("{who}@example.com")).await;
    }
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let list = officer.get("/prospects?stage=new").await.body;
    for part in [
        "Select ada@example.com</span>",
        "action=\"/prospects/selected\"",
        "value=\"/prospects?stage=new\"",
        ">Send link</button>",
        ">Remind</button>",
        ">Assign</button>",
        ">Close</button>",
    ] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let ticked = [
        ("prospect", "100001"),
        ("prospect", "100002"),
        ("back", "/prospects?stage=new"),
    ];
    let with = |more: &[(&'static str, &'static str)]| [&ticked[..], more].concat();
    let asked = officer
        .post("/prospects/selected", &with(&[("act", "close")]))
        .await
        .body;
    assert!(
        asked.contains("Close 2 prospects") && asked.contains("bob@example.com"),
        "{asked}"
    );
    assert!(
        asked.contains("href=\"/prospects?stage=new\">Back"),
        "{asked}"
    );
    assert!(
        app.decisions("prospect.close").await.is_empty(),
        "nothing is done yet"
    );
    let there = where_it_leads(&asked);

    let refused = officer
        .post(&there, &with(&[("act", "close"), ("reason", " ")]))
        .await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert!(
        refused.body.contains("id=\"reason-problem\""),
        "{}",
        refused.body
    );
    for _ in 0..2 {
        let form = with(&[("act", "close"), ("reason", "asked for it")]);
        let done = officer.post(&there, &form).await;
        assert_eq!(done.header("location"), there, "{}", done.body);
    }
    assert_eq!(
        app.decisions("prospect.close").await,
        [true, true],
        "each once"
    );
    let result = officer.get(&there).await.body;
    assert!(
        result.contains("Close: 2 of 2 done") && result.contains("asked for it"),
        "{result}"
    );

    let sent = officer
        .post("/prospects/selected", &with(&[("act", "send_link")]))
        .await
        .body;
    let there = where_it_leads(&sent);
    officer.post(&there, &with(&[("act", "send_link")])).await;
    let result = officer.get(&there).await.body;
    assert!(
        result.contains("Send link: 0 of 2 done") && result.contains("This prospect is closed."),
        "{result}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_change_nothing_ticks_nobody_and_elsewhere_leads_nowhere() {
    let app = App::open().await;
    app.prospect("ada@example.com").await;
    let mut auditor = app.signed_in(Role::Auditor).await;
    let list = auditor.get("/prospects").await.body;
    assert!(
        !list.contains("form=\"ticked\"") && !list.contains("/prospects/selected"),
        "{list}"
    );
    let form = [("prospect", "100001"), ("act", "send_link")];
    let refused = auditor.post("/prospects/selected", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let there = "/prospects/selected/0198c0de-0000-7000-8000-000000000000";
    assert_eq!(
        auditor.post(there, &form).await.status,
        StatusCode::FORBIDDEN
    );

    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let nobody = officer
        .post("/prospects/selected", &[("act", "remind")])
        .await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nobody.body.contains("Tick at least one prospect first."),
        "{}",
        nobody.body
    );
    let form = [
        ("prospect", "100001"),
        ("act", "remind"),
        ("back", "//elsewhere.example"),
    ];
    let asked = officer.post("/prospects/selected", &form).await.body;
    assert!(!asked.contains("elsewhere"), "{asked}");
    let form = [("prospect", "100001"), ("act", "erase")];
    assert_eq!(
        officer.post("/prospects/selected", &form).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(officer.get(there).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_are_given_to_a_colleague_to_oneself_and_to_nobody() {
    let app = App::open().await;
    for who in ["ada", "bob"] {
        app.prospect(&format!("{who}@example.com")).await;
    }
    let mut anna = app.signed_in(Role::OnboardingOfficer).await;
    app.signed_in(Role::Admin).await;
    app.signed_in(Role::Auditor).await;
    let ticked = [("prospect", "100001"), ("prospect", "100002")];
    let with = |more: &[(&'static str, &'static str)]| [&ticked[..], more].concat();
    let asked = anna
        .post("/prospects/selected", &with(&[("act", "assign")]))
        .await
        .body;
    let choices = asked.split("<select id=\"assignee\"").nth(1).unwrap();
    let choices = choices.split("</select>").next().unwrap();
    let place = |words: &str| choices.find(words).unwrap();
    assert!(
        place("selected>Me<") < place(">admin@bank.example<")
            && place(">admin@bank.example<") < place(">Nobody<"),
        "{choices}"
    );
    assert!(
        !choices.contains("auditor@") && !choices.contains(">onboarding-officer@"),
        "who may change nothing can be given nothing, and one is called Me: {choices}"
    );
    let admin = choices.split(">admin@bank.example<").next().unwrap();
    let admin = admin
        .rsplit("value=\"")
        .next()
        .unwrap()
        .trim_end_matches('"');
    let me = choices.split("\" selected>Me<").next().unwrap();
    let me = me.rsplit("value=\"").next().unwrap();

    // Who is gone meanwhile is said beside the field, and nobody else is taken for her.
    app.operators.disable("admin@bank.example").await.unwrap();
    let there = where_it_leads(&asked);
    let form = [&with(&[("act", "assign")])[..], &[("assignee", admin)]].concat();
    let refused = anna.post(&there, &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "id=\"assignee-problem\"",
        "choose somebody else",
        "selected>Choose somebody<",
        "bob@example.com",
    ] {
        assert!(refused.body.contains(part), "{part}: {}", refused.body);
    }
    let nobody_chosen = with(&[("act", "assign"), ("assignee", "?")]);
    let refused = anna.post(&there, &nobody_chosen).await;
    assert!(
        refused.body.contains("Choose somebody of the list."),
        "{}",
        refused.body
    );
    assert!(app.decisions("prospect.assign").await.is_empty());

    let form = [&with(&[("act", "assign")])[..], &[("assignee", me)]].concat();
    let done = anna.post(&there, &form).await;
    assert_eq!(done.header("location"), there, "{}", done.body);
    let result = anna.get(&there).await.body;
    for part in [
        "Assign: 2 of 2 done",
        "<dt>Assigned to</dt><dd>onboarding-officer@bank.example",
    ] {
        assert!(result.contains(part), "{part}: {result}");
    }
    let page = anna.get("/prospects/100002").await.body;
    assert!(page.contains("Assigned to <strong>you</strong>"), "{page}");

    let asked = anna
        .post("/prospects/selected", &with(&[("act", "assign")]))
        .await
        .body;
    let there = where_it_leads(&asked);
    anna.post(&there, &with(&[("act", "assign"), ("assignee", "")]))
        .await;
    let result = anna.get(&there).await.body;
    assert!(
        result.contains("<dt>Assigned to</dt><dd>nobody"),
        "{result}"
    );
    let page = anna.get("/prospects/100002").await.body;
    assert!(
        page.contains("by onboarding-officer@bank.example"),
        "{page}"
    );
    assert!(
        page.contains("Assigned to <span class=\"faint\">nobody</span>"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_match_are_those_whom_the_page_that_asks_has_fixed() {
    let app = App::open().await;
    for number in 0..103 {
        app.prospect(&format!("p{number}@example.com")).await;
    }
    app.prospect("somebody@else.example").await;
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let list = officer.get("/prospects?q=example.com").await.body;
    assert!(list.contains("All 103 that match"), "{list}");
    let one_page = officer.get("/prospects?q=else").await.body;
    assert!(!one_page.contains("that match"), "{one_page}");

    let form = [
        ("act", "close"),
        ("all", "yes"),
        ("back", "/prospects?q=example.com&sort=asc"),
    ];
    let asked = officer.post("/prospects/selected", &form).await.body;
    for part in ["Close 103 prospects", "p0@example.com", "and 53 more"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    assert!(
        !asked.contains("p50@example.com") && !asked.contains("else.example"),
        "{asked}"
    );
    let there = where_it_leads(&asked);
    let whom = whom(&asked);
    assert_eq!(whom.len(), 103);
    app.prospect("late@example.com").await;
    let form = [&whom[..], &[("act", "close"), ("reason", "asked for it")]].concat();
    for _ in 0..2 {
        let done = officer.post(&there, &form).await;
        assert_eq!(done.header("location"), there, "{}", done.body);
    }
    let waiting = officer.get(&there).await.body;
    for part in [
        "Close: 0 of 103 done",
        "<progress",
        "It goes on by itself",
        "and 53 more: 0 done, 53 not tried yet",
    ] {
        assert!(waiting.contains(part), "{part}: {waiting}");
    }
    let worker = app.onboarding.selection_worker();
    while worker.batch().await.unwrap() == Turn::Worked {}
    let result = officer.get(&there).await.body;
    for part in ["Close: 103 of 103 done", "and 53 more: all done"] {
        assert!(result.contains(part), "{part}: {result}");
    }
    assert!(!result.contains("<progress"), "{result}");
    assert_eq!(app.decisions("prospect.close").await.len(), 103);
    let late = officer.get("/prospects?q=late&stage=new").await.body;
    assert!(late.contains("late@example.com"), "{late}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_be_selected_are_not_cut_silently() {
    let app = App::open().await;
    app.prospect("ada@example.com").await;
    // Only the list looks at them.
    sqlx::query(
        "INSERT INTO prospects (id, public_id, email, customer_type, stage, kyc_status, created_at)
         SELECT gen_random_uuid(), (200000 + n)::text, 'p' || n || '@example.com', customer_type, stage, kyc_status, created_at
         FROM prospects, generate_series(1, 1000) AS n WHERE email = 'ada@example.com'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let mut officer = app.signed_in(Role::OnboardingOfficer).await;
    let list = officer.get("/prospects?q=example.com").await.body;
    assert!(
        list.contains("More than 1,000 match: narrow the list down")
            && !list.contains("name=\"all\""),
        "{list}"
    );
    let all_at = |back| [("act", "remind"), ("all", "yes"), ("back", back)];
    let form = all_at("/prospects?q=example.com");
    let refused = officer.post("/prospects/selected", &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.body.contains("narrow the list down by its filters"),
        "{}",
        refused.body
    );
    let form = all_at("/prospects?stage=Nowhere");
    let refused = officer.post("/prospects/selected", &form).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    // A thousand of them fit into the form.
    let form = all_at("/prospects?q=%40example.com&created_to=2000-01-01");
    let nobody = officer.post("/prospects/selected", &form).await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    let many: Vec<String> = (200_001..=201_000).map(|id| id.to_string()).collect();
    let mut form: Vec<(&str, &str)> = many.iter().map(|id| ("prospect", &**id)).collect();
    form.push(("act", "send_link"));
    let asked = officer.post("/prospects/selected", &form).await.body;
    assert!(asked.contains("Send link to 1,000 prospects"), "{asked}");
    let begun = officer.post(&where_it_leads(&asked), &form).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
}
