//! `/me`: an operator's own password, sessions and second factor.

use access::Role;
use axum::http::StatusCode;
use totp_rs::{Builder, Secret};

use crate::{
    access::chooses,
    common::{ADMIN, Answer, App, Browser, PASSWORD, PORTAL, url},
};
use web::WebConfig;

const EMAIL: &str = "admin@bank.example";
const OWN: &str = "lantern over quiet water";

/// What stands beside a field.
fn problem<'a>(answer: &'a Answer, field: &str) -> &'a str {
    let after = answer
        .body
        .split(&format!("id=\"{field}-problem\">"))
        .nth(1);
    after.unwrap_or_default().split("</p>").next().unwrap()
}

async fn sign_in(browser: &mut Browser, password: &str) -> Answer {
    let form = [("email", EMAIL), ("password", password)];
    browser.post("/login", &form).await
}

async fn is_inside(browser: &mut Browser) -> bool {
    browser.get("/prospects").await.status == StatusCode::OK
}

/// The code of an app with the key that the page shows, so many steps from now.
fn code(page: &str, steps: i64) -> String {
    let key = page.split("id=\"key\"").nth(1).unwrap();
    let key = key.split("value=\"").nth(1).unwrap();
    let key = key.split('"').next().unwrap().replace(' ', "");
    let totp = Builder::new().with_secret(Secret::try_from_base32(key).unwrap());
    let at = chrono::Utc::now().timestamp() + 30 * steps;
    totp.build()
        .unwrap()
        .generate(u64::try_from(at).unwrap())
        .to_string()
}

/// Sets one up with the code of this step, which the next one takes, too; answers the page with the key and the recovery codes.
async fn enrols(browser: &mut Browser) -> (String, Vec<String>) {
    let page = browser.get("/me/second-factor").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let code = code(&page.body, 0);
    let form = [("password", PASSWORD), ("code", code.as_str())];
    let shown = browser.post("/me/second-factor", &form).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
    assert_eq!(shown.header("cache-control"), "no-store");
    let codes = shown.body.split("<li><code>").skip(1);
    let codes: Vec<String> = codes
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{}", shown.body);
    (page.body, codes)
}

#[tokio::test]
async fn an_own_password_is_changed_and_ends_the_other_sessions() {
    let app = App::open().await;
    let mut here = app.signed_in(Role::Admin).await;
    let mut there = app.browser();
    sign_in(&mut there, PASSWORD).await;
    let before = here.cookie.clone();
    let change = |current: &'static str, new: &'static str, repeated: &'static str| {
        [
            ("current", current),
            ("password", new),
            ("repeated", repeated),
        ]
    };
    for (form, field, words) in [
        (
            change("wrong", OWN, OWN),
            "current",
            "not your current password",
        ),
        (change(PASSWORD, OWN, "other"), "repeated", "differ"),
        (change(PASSWORD, PASSWORD, PASSWORD), "password", "have now"),
        (change(PASSWORD, "short", "short"), "password", "too short"),
        (change(PASSWORD, EMAIL, EMAIL), "password", "e-mail address"),
        (
            change(PASSWORD, "abcdefghijklmn", "abcdefghijklmn"),
            "password",
            "repeats itself",
        ),
    ] {
        let answer = here.post("/me/password", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            problem(&answer, field).contains(words),
            "{field}: {}",
            answer.body
        );
    }
    let changed = here.post("/me/password", &change(PASSWORD, OWN, OWN)).await;
    assert_eq!(
        changed.header("location"),
        "/me?done=password",
        "{}",
        changed.body
    );
    let page = here.get("/me?done=password").await;
    assert!(
        page.body.contains("Your password was changed."),
        "{}",
        page.body
    );
    assert_ne!(here.cookie, before, "under a new id");
    assert!(is_inside(&mut here).await && !is_inside(&mut there).await);
    assert_eq!(
        sign_in(&mut there, PASSWORD).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(sign_in(&mut there, OWN).await.status, StatusCode::SEE_OTHER);
    assert_eq!(
        app.decisions("operator.change_password").await,
        [false, true]
    );
}

#[tokio::test]
async fn the_current_password_is_guessed_as_slowly_as_at_the_sign_in() {
    let app = App::open().await;
    let mut thief = app.signed_in(Role::Admin).await;
    let form = [("current", "guess"), ("password", OWN), ("repeated", OWN)];
    let mut statuses = Vec::new();
    for _ in 0..9 {
        statuses.push(thief.post("/me/password", &form).await.status.as_u16());
    }
    assert_eq!(statuses[8], 429, "{statuses:?}");
}

#[tokio::test]
async fn own_sessions_are_seen_and_ended() {
    let app = App::open().await;
    let mut here = app.signed_in(Role::Admin).await;
    let mut others = [app.browser(), app.browser(), app.browser()];
    for (n, other) in (1..).zip(&mut others) {
        other.peer = [203, 0, 113, n];
        other.headers.push((
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".to_owned(),
        ));
        sign_in(other, PASSWORD).await;
    }
    let mut somebody_else = app.signed_in(Role::Auditor).await;
    let page = here.get("/me").await.body;
    assert_eq!(page.matches("<tr data-key=").count(), 4, "{page}");
    assert!(
        page.contains("Firefox on Linux") && page.contains("203.0.113.2"),
        "{page}"
    );
    assert_eq!(page.matches("(this one)").count(), 1, "{page}");
    // The one that is ended by its handle; a handle of somebody else's ends nothing.
    let row = page.split("203.0.113.2").nth(1).unwrap();
    let handle = row.split("name=\"session\" value=\"").nth(1).unwrap();
    let handle = handle.split('"').next().unwrap().to_owned();
    let end = [("session", handle.as_str())];
    somebody_else.post("/me/sessions/end", &end).await;
    assert!(is_inside(&mut others[1]).await);
    let answer = here.post("/me/sessions/end", &end).await;
    assert_eq!(answer.header("location"), "/me?done=session");
    assert!(!is_inside(&mut others[1]).await && is_inside(&mut others[2]).await);
    let answer = here.post("/me/sessions/end-others", &[]).await;
    assert_eq!(answer.header("location"), "/me?done=sessions");
    assert!(is_inside(&mut here).await && is_inside(&mut somebody_else).await);
    for other in &mut others {
        assert!(!is_inside(other).await);
    }
    assert_eq!(app.decisions("operator.end_session").await, [true, true]);
    assert_eq!(app.decisions("operator.end_other_sessions").await, [true]);
}

#[tokio::test]
async fn with_a_second_factor_a_password_alone_opens_nothing() {
    let app = App::open().await;
    let mut here = app.signed_in(Role::Admin).await;
    let mut there = app.browser();
    sign_in(&mut there, PASSWORD).await;
    let page = here.get("/me/second-factor").await;
    assert!(
        page.body.contains("<svg class=\"qr\" role=\"img\""),
        "{}",
        page.body
    );
    let wrong = [("password", PASSWORD), ("code", "000000")];
    let answer = here.post("/me/second-factor", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        problem(&answer, "code").contains("not right"),
        "{}",
        answer.body
    );
    let right = code(&page.body, 0);
    let thief = [("password", "guess"), ("code", right.as_str())];
    let answer = here.post("/me/second-factor", &thief).await;
    assert!(
        problem(&answer, "password").contains("not your current"),
        "{}",
        answer.body
    );
    let (key, recovery) = enrols(&mut here).await;
    assert!(is_inside(&mut here).await && !is_inside(&mut there).await);
    let me = here.get("/me").await.body;
    assert!(me.contains("10 recovery codes are left"), "{me}");
    assert!(!me.contains(&recovery[0]), "shown once");

    let asked = sign_in(&mut there, PASSWORD).await;
    assert_eq!(asked.header("location"), "/login/code");
    assert!(!is_inside(&mut there).await, "not yet");
    sign_in(&mut there, PASSWORD).await;
    let form = there.get("/login/code").await;
    assert!(form.body.contains("Enter your code"), "{}", form.body);
    let now = code(&key, 1);
    let refused = there.post("/login/code", &[("code", "123")]).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let entered = there.post("/login/code", &[("code", &now)]).await;
    assert_eq!(entered.header("location"), "/", "{}", entered.body);
    assert!(is_inside(&mut there).await);

    // A code that somebody has seen is worth nothing; a recovery code works once.
    let mut thief = app.browser();
    sign_in(&mut thief, PASSWORD).await;
    let seen = thief.post("/login/code", &[("code", &now)]).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{}", seen.body);
    let entered = thief.post("/login/code", &[("code", &recovery[0])]).await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    let mut again = app.browser();
    sign_in(&mut again, PASSWORD).await;
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let answer = again.post("/login/code", &[("code", &recovery[0])]).await;
        statuses.push(answer.status.as_u16());
    }
    assert_eq!(
        statuses,
        [401, 401, 401, 401, 401, 429, 429],
        "guessing is slowed down"
    );
}

#[tokio::test]
async fn a_second_factor_is_removed_by_its_owner_with_a_code_or_by_an_administrator() {
    let app = App::open().await;
    let mut ann = app.signed_in(Role::Admin).await;
    let (_, recovery) = enrols(&mut ann).await;
    let remove =
        |password: &'static str, code: String| [("password", password.to_owned()), ("code", code)];
    for (form, field) in [
        (remove("guess", recovery[0].clone()), "remove"),
        (remove(PASSWORD, "000000".to_owned()), "code"),
    ] {
        let form = [
            ("password", form[0].1.as_str()),
            ("code", form[1].1.as_str()),
        ];
        let answer = ann.post("/me/second-factor/remove", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!problem(&answer, field).is_empty(), "{}", answer.body);
    }
    let form = [("password", PASSWORD), ("code", recovery[0].as_str())];
    let removed = ann.post("/me/second-factor/remove", &form).await;
    assert_eq!(
        removed.header("location"),
        "/me?done=second-factor",
        "{}",
        removed.body
    );
    assert!(is_inside(&mut ann).await);

    enrols(&mut ann).await;
    let mut bob = app.another(Role::Admin).await;
    let page = bob.get("/access").await.body;
    assert!(page.contains("with a second factor"), "{page}");
    let id = sqlx::query_scalar!("SELECT id FROM operators WHERE email = 'admin@bank.example'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let act = format!("/access/operators/{id}/remove-second-factor");
    let own = ann.post(&act, &[]).await;
    assert_eq!(own.status, StatusCode::CONFLICT, "{}", own.body);
    let dialog = bob.get(&act).await.body;
    assert!(dialog.contains("they count as you"), "{dialog}");
    let removed = bob.post(&act, &[]).await;
    assert!(
        removed
            .header("location")
            .starts_with("/access?done=remove-second-factor&at=")
    );
    assert!(!is_inside(&mut ann).await, "signed out everywhere");
    let entered = sign_in(&mut ann, PASSWORD).await;
    assert_eq!(entered.header("location"), "/");
    assert_eq!(
        app.decisions("operator.remove_second_factor").await,
        [true, true]
    );
}

#[tokio::test]
async fn where_a_second_factor_is_required_nothing_else_can_be_done_without() {
    let mut config = WebConfig::new(url(ADMIN), url(PORTAL), "help@bank.example");
    config.require_second_factor = true;
    let app = App::with(config).await;
    let mut ann = app.signed_in(Role::Admin).await;
    for path in ["/", "/prospects", "/me", "/access", "/audit"] {
        let answer = ann.get(path).await;
        assert_eq!(answer.header("location"), "/me/second-factor", "{path}");
    }
    assert_eq!(ann.get("/changes").await.status, StatusCode::UNAUTHORIZED);
    let form = [("email", "p@bank.example"), ("customer_type", "individual")];
    let answer = ann.post("/prospects", &form).await;
    assert_eq!(answer.header("location"), "/me/second-factor");
    let mut api = ann.clone();
    api.headers
        .push(("content-type", "application/json".to_owned()));
    assert_eq!(
        api.post("/graphql", &[]).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(app.decisions("prospect.create").await, [] as [bool; 0]);
    let page = ann.get("/me/second-factor").await.body;
    assert!(
        page.contains("Everybody who works here") && page.contains("Sign out"),
        "{page}"
    );
    enrols(&mut ann).await;
    assert!(is_inside(&mut ann).await);
}

/// The whole way: who adds an operator sees no password, and the new one is nobody's second pair of eyes before they have
/// chosen their own.
#[tokio::test]
async fn an_admin_does_not_confirm_as_somebody_whom_he_added() {
    let app = App::open().await;
    app.active("ada@bank.example").await;
    let mut ann = app.signed_in(Role::Admin).await;
    let movement = |amount| [("value", ""), ("amount", amount), ("reference", "")];
    let customer = "/customers/100001";
    ann.post(&format!("{customer}/deposits/new"), &movement("100"))
        .await;
    ann.post(&format!("{customer}/withdrawals/new"), &movement("40"))
        .await;
    let number = sqlx::query_scalar!("SELECT public_id FROM withdrawals")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let confirm = format!("{customer}/withdrawals/{number}/confirm");
    let form = [("email", "bob@bank.example"), ("role", "admin")];
    ann.post("/access/operators", &form).await;
    let sent = app.letters.password("bob@bank.example");
    let mut bob = app.browser();
    let credentials = [("email", "bob@bank.example"), ("password", sent.as_str())];
    bob.post("/login", &credentials).await;
    let refused = bob.post(&confirm, &[]).await;
    assert_eq!(refused.header("location"), "/password");
    assert_eq!(ann.post(&confirm, &[]).await.status, StatusCode::CONFLICT);
    chooses(&mut bob, OWN).await;
    let confirmed = bob.post(&confirm, &[]).await;
    assert_eq!(
        confirmed.status,
        StatusCode::SEE_OTHER,
        "{}",
        confirmed.body
    );
}
