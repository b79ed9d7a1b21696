//! Several prospects that were ticked in the list, without JavaScript.

use access::Role;
use axum::http::StatusCode;

use crate::common::App;

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
    let there = asked.split("action=\"/prospects/selected/").nth(1).unwrap();
    let there = format!("/prospects/selected/{}", there.split('"').next().unwrap());

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
    let there = sent.split("action=\"/prospects/selected/").nth(1).unwrap();
    let there = format!("/prospects/selected/{}", there.split('"').next().unwrap());
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
