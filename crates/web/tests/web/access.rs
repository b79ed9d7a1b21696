//! `/access`: operators and API tokens.

use access::Role;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::common::{Answer, App, Browser};

const FORM: [(&str, &str); 3] = [
    ("name", "The bank's site"),
    ("role", "onboarding-officer"),
    ("days", "30"),
];

const OWN: &str = "lantern over quiet water";

/// Whoever came in with a password for one time chooses their own.
pub async fn chooses(browser: &mut Browser, password: &str) {
    let form = [("password", password), ("repeated", password)];
    let answer = browser.post("/password", &form).await;
    assert_eq!(answer.header("location"), "/", "{}", answer.body);
}

/// The value of an input or of what is shown once.
fn value<'a>(page: &'a str, field: &str) -> &'a str {
    let after = page.split(&format!("{field} ")).nth(1).unwrap();
    let value = after.split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap()
}

fn secret(page: &Answer) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("it is not shown again"), "{}", page.body);
    value(&page.body, "id=\"secret\"").to_owned()
}

fn program(app: &App, token: &str) -> Browser {
    let bearer = format!("Bearer {token}");
    app.browser().with(&[("authorization", &bearer)])
}

async fn token_id(app: &App, name: &str) -> Uuid {
    sqlx::query_scalar!("SELECT id FROM api_tokens WHERE name = $1", name)
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_token_is_created_used_and_revoked() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let empty = admin.get("/access").await;
    assert!(empty.body.contains("No tokens yet"), "{}", empty.body);
    let blank = admin.get("/access/tokens/new").await;
    let id = value(&blank.body, "name=\"id\"").to_owned();
    let mut form = FORM.to_vec();
    form.push(("id", &id));

    let review = admin.post("/access/tokens/new", &form).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.body);
    for words in [
        "Confirm token",
        "The bank&#39;s site",
        "Onboarding officer",
        "30 days, until",
    ] {
        assert!(review.body.contains(words), "{words}: {}", review.body);
    }
    assert_eq!(app.decisions("token.create").await, [] as [bool; 0]);
    let made = admin.post("/access/tokens", &form).await;
    let token = secret(&made);
    assert!(token.starts_with("usher_"), "{token}");

    let twice = admin.post("/access/tokens", &form).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.body.contains("created already"), "{}", twice.body);
    assert!(!twice.body.contains("usher_"));
    let count = sqlx::query_scalar!(r#"SELECT count(*) AS "n!" FROM api_tokens"#);
    assert_eq!(count.fetch_one(&app.pool).await.unwrap(), 1);

    let mut robot = program(&app, &token);
    assert_eq!(robot.get("/prospects").await.status, StatusCode::OK);
    assert_eq!(robot.get("/access").await.status, StatusCode::FORBIDDEN);
    let list = admin.get("/access").await;
    assert!(!list.body.contains(&token), "it is not shown again");
    assert!(list.body.contains("admin@bank.example"), "who made it");
    assert!(list.body.contains("Valid</span>"), "{}", list.body);

    let revoke = format!("/access/tokens/{id}/revoke");
    let dialog = admin.get(&revoke).await;
    assert!(dialog.body.contains("<dialog open"), "{}", dialog.body);
    assert_eq!(robot.get("/prospects").await.status, StatusCode::OK);
    let revoked = admin.post(&revoke, &[]).await;
    assert!(
        revoked
            .header("location")
            .starts_with("/access?done=revoke&at="),
        "{}",
        revoked.header("location")
    );
    let page = admin.get("/access?done=revoke").await;
    assert!(page.body.contains("The token is revoked."), "{}", page.body);
    assert!(page.body.contains("Revoked</span>"), "{}", page.body);
    assert_eq!(
        robot.get("/prospects").await.status,
        StatusCode::UNAUTHORIZED
    );
    // Nothing is left to ask.
    assert_eq!(admin.get(&revoke).await.header("location"), "/access");
    assert_eq!(app.decisions("token.create").await, [true, true]);
    assert_eq!(app.decisions("token.revoke").await, [true]);
}

#[tokio::test]
async fn an_ended_token_is_refused_and_shown_as_such() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let token = secret(&admin.post("/access/tokens", &FORM).await);
    let mut robot = program(&app, &token);
    assert_eq!(robot.get("/prospects").await.status, StatusCode::OK);
    sqlx::query!("UPDATE api_tokens SET expires_at = now()")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(
        robot.get("/prospects").await.status,
        StatusCode::UNAUTHORIZED
    );
    let list = admin.get("/access").await;
    assert!(list.body.contains("Ended</span>"), "{}", list.body);
    assert!(!list.body.contains(">Revoke<"), "{}", list.body);
}

#[tokio::test]
async fn what_was_typed_stays_and_errors_stand_beside_their_fields() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let long = "x".repeat(101);
    for path in ["/access/tokens/new", "/access/tokens"] {
        let form = [("name", long.as_str()), ("role", "king"), ("days", "366")];
        let answer = admin.post(path, &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        for (field, words) in [
            ("name", "Use 100 characters or fewer."),
            ("role", "Choose a role."),
            ("days", "from 1 to 365"),
        ] {
            let beside = answer
                .body
                .split(&format!("id=\"{field}-problem\">"))
                .nth(1)
                .unwrap_or_default();
            let problem = beside.split("</p>").next().unwrap();
            assert!(problem.contains(words), "{field}: {}", answer.body);
        }
        assert_eq!(value(&answer.body, "id=\"name\""), long);
        assert_eq!(value(&answer.body, "id=\"days\""), "366");
    }
    let back = [("name", "kept"), ("back", "1")];
    let answer = admin.post("/access/tokens/new", &back).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(value(&answer.body, "id=\"name\""), "kept");
    assert!(!answer.body.contains("<dialog"));
}

#[tokio::test]
async fn an_operator_is_added_signs_in_and_is_disabled_at_the_next_request() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let form = [("email", "eve@bank.example"), ("role", "auditor")];
    let review = admin.post("/access/operators/new", &form).await;
    assert!(review.body.contains("Confirm operator"), "{}", review.body);
    let added = admin.post("/access/operators", &form).await;
    assert_eq!(added.header("location"), "/access?done=add");
    let password = app.letters.password("eve@bank.example");
    let page = admin.get("/access?done=add").await;
    assert!(page.body.contains("on its way to them"), "{}", page.body);
    assert!(!added.body.contains(&password) && !page.body.contains(&password));
    let again = admin.post("/access/operators", &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.body.contains("exists already"), "{}", again.body);

    // The password that was sent is for one thing.
    let mut eve = app.browser();
    let sent = [("email", "eve@bank.example"), ("password", &password)];
    let entered = eve
        .post(
            "/login",
            &sent.map(|(name, value): (&str, &str)| (name, value)),
        )
        .await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER, "{}", entered.body);
    for path in ["/", "/prospects", "/me", "/me/second-factor", "/access"] {
        assert_eq!(
            eve.get(path).await.header("location"),
            "/password",
            "{path}"
        );
    }
    chooses(&mut eve, OWN).await;
    assert_eq!(eve.get("/prospects").await.status, StatusCode::OK);
    assert_eq!(eve.get("/password").await.header("location"), "/me");
    let credentials = [("email", "eve@bank.example"), ("password", OWN)];

    let id = sqlx::query_scalar!("SELECT id FROM operators WHERE email = 'eve@bank.example'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let disable = format!("/access/operators/{id}/disable");
    let dialog = admin.get(&disable).await;
    assert!(
        dialog.body.contains("stop working with them"),
        "{}",
        dialog.body
    );
    let disabled = admin.post(&disable, &[]).await;
    assert!(
        disabled
            .header("location")
            .starts_with("/access?done=disable&at=")
    );
    assert!(
        eve.get("/prospects")
            .await
            .header("location")
            .contains("/login")
    );
    let refused = app.browser().post("/login", &credentials).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);

    let enable = format!("/access/operators/{id}/enable");
    let enabled = admin.post(&enable, &[]).await;
    assert!(
        enabled
            .header("location")
            .starts_with("/access?done=enable&at=")
    );
    let reset = format!("/access/operators/{id}/reset-password");
    let mut eve = app.browser();
    eve.post("/login", &credentials).await;
    assert_eq!(eve.get("/prospects").await.status, StatusCode::OK);
    let answer = admin.post(&reset, &[]).await;
    assert!(
        answer
            .header("location")
            .starts_with("/access?done=reset-password&at=")
    );
    let out = eve.get("/prospects").await;
    assert!(out.header("location").contains("/login"), "signed out");
    let old = app.browser().post("/login", &credentials).await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
    let fresh = app.letters.password("eve@bank.example");
    let credentials = [("email", "eve@bank.example"), ("password", fresh.as_str())];
    let new = app.browser().post("/login", &credentials).await;
    assert_eq!(new.status, StatusCode::SEE_OTHER);
    sqlx::query!(
        "UPDATE operators SET temporary_until = now() WHERE id = $1",
        id
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let late = app.browser().post("/login", &credentials).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED);
    assert!(late.body.contains("has ended"), "{}", late.body);
    for action in [
        "operator.disable",
        "operator.enable",
        "operator.reset_password",
    ] {
        assert_eq!(app.decisions(action).await, [true], "{action}");
    }
}

#[tokio::test]
async fn nobody_disables_themselves_and_the_maker_of_a_token_is_named_when_disabled() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let id = sqlx::query_scalar!("SELECT id FROM operators")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let page = admin.get("/access").await;
    assert!(!page.body.contains(">Disable<"), "{}", page.body);
    let own = format!("/access/operators/{id}/disable");
    let answer = admin.post(&own, &[]).await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(answer.body.contains("Nobody disables themselves"));

    let token = secret(
        &admin
            .post(
                "/access/tokens",
                &[("role", "admin"), ("name", "x"), ("days", "1")],
            )
            .await,
    );
    let mut robot = program(&app, &token);
    let answer = robot.post(&own, &[]).await;
    assert!(
        answer.body.contains("last administrator"),
        "{}",
        answer.body
    );
    let mut other = app.another(Role::Admin).await;
    assert_eq!(robot.post(&own, &[]).await.status, StatusCode::SEE_OTHER);
    let ended = robot.get("/access").await;
    assert_eq!(ended.status, StatusCode::UNAUTHORIZED, "with its maker");
    let page = other.get("/access").await;
    for words in ["may not do so much any more", "Stopped</span>"] {
        assert!(page.body.contains(words), "{}", page.body);
    }
    // Undone, it works again; revoked, it never does.
    other.post(&own.replace("disable", "enable"), &[]).await;
    assert_eq!(robot.get("/access").await.status, StatusCode::OK);
    let revoke = format!("/access/tokens/{}/revoke", token_id(&app, "x").await);
    other.post(&revoke, &[]).await;
    assert_eq!(robot.get("/access").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn it_is_for_administrators() {
    for role in Role::PEOPLE {
        let app = App::open().await;
        let mut browser = app.signed_in(role).await;
        let admin = role == Role::Admin;
        let menu = browser.get("/prospects").await;
        assert_eq!(menu.body.contains("href=\"/access\""), admin, "{role}");
        for path in ["/access", "/access/tokens/new", "/access/operators/new"] {
            let answer = browser.get(path).await;
            let expected = if admin {
                StatusCode::OK
            } else {
                StatusCode::FORBIDDEN
            };
            assert_eq!(answer.status, expected, "{role} {path}");
            // What only programs can be is offered to them.
            let offered = answer.body.contains("value=\"event-reader\"");
            assert_eq!(offered, admin && path.contains("/tokens/"), "{role} {path}");
        }
        if admin {
            let operator = [("email", "eve@bank.example"), ("role", "event-reader")];
            let answer = browser.post("/access/operators/new", &operator).await;
            assert!(answer.body.contains("is for programs"), "{}", answer.body);
            continue;
        }
        // Also a role that is no more than one's own.
        for given in [role.as_str(), "admin"] {
            let token = [("name", "x"), ("role", given), ("days", "1")];
            for path in ["/access/tokens/new", "/access/tokens"] {
                let answer = browser.post(path, &token).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {path}");
                assert!(answer.body.contains("ACCESS_MANAGE"));
            }
            let operator = [("email", "n@bank.example"), ("role", given)];
            let answer = browser.post("/access/operators", &operator).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role}");
        }
        let id = Uuid::now_v7();
        for act in [
            "tokens/{}/revoke",
            "operators/{}/disable",
            "operators/{}/enable",
        ] {
            let path = format!("/access/{}", act.replace("{}", &id.to_string()));
            for answer in [browser.get(&path).await, browser.post(&path, &[]).await] {
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role} {path}");
            }
        }
        for action in [
            "token.create",
            "token.revoke",
            "operator.add",
            "operator.disable",
        ] {
            let decisions = app.decisions(action).await;
            assert!(
                !decisions.is_empty() && !decisions.contains(&true),
                "{action}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    let id = Uuid::now_v7();
    for path in [
        format!("/access/tokens/{id}/revoke"),
        format!("/access/tokens/{id}/eat"),
        format!("/access/operators/{id}/disable"),
        "/access/operators/nobody/disable".to_owned(),
    ] {
        for answer in [admin.get(&path).await, admin.post(&path, &[]).await] {
            assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        }
    }
    for path in ["/access/tokens", "/access/operators"] {
        assert_eq!(admin.get(path).await.header("location"), "/access");
    }
}

#[tokio::test]
async fn an_invitation_that_did_not_go_out_is_said_and_can_be_sent_again() {
    let app = App::open().await;
    let mut admin = app.signed_in(Role::Admin).await;
    *app.letters.away.lock().unwrap() = Some("the mail server is away".to_owned());
    let form = [("email", "eve@bank.example"), ("role", "admin")];
    let added = admin.post("/access/operators", &form).await;
    assert_eq!(added.status, StatusCode::BAD_GATEWAY);
    for words in [
        "The operator is added, but",
        "the mail server is away",
        "eve@bank.example",
    ] {
        assert!(added.body.contains(words), "{words}: {}", added.body);
    }
    let id = sqlx::query_scalar!("SELECT id FROM operators WHERE email = 'eve@bank.example'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let reset = format!("/access/operators/{id}/reset-password");
    assert_eq!(
        admin.post(&reset, &[]).await.status,
        StatusCode::BAD_GATEWAY
    );
    *app.letters.away.lock().unwrap() = None;
    assert_eq!(admin.post(&reset, &[]).await.status, StatusCode::SEE_OTHER);
    let sent = app.letters.password("eve@bank.example");
    let credentials = [("email", "eve@bank.example"), ("password", sent.as_str())];
    let mut eve = app.browser();
    eve.post("/login", &credentials).await;
    let weak = [
        ("password", "eve@bank.example"),
        ("repeated", "eve@bank.example"),
    ];
    for (form, field, words) in [
        (weak, "password", "contains your e-mail address"),
        (
            [("password", "Password2026!"), ("repeated", "Password2026!")],
            "password",
            "many people use",
        ),
        (
            [("password", sent.as_str()), ("repeated", sent.as_str())],
            "password",
            "temporary password",
        ),
        (
            [("password", OWN), ("repeated", "other")],
            "repeated",
            "differ",
        ),
    ] {
        let answer = eve.post("/password", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mark = format!("id=\"{field}-problem\">");
        let beside = answer.body.split(&mark).nth(1).unwrap();
        assert!(
            beside.split("</p>").next().unwrap().contains(words),
            "{beside}"
        );
    }
    // Nor have the pages of programs anything for them.
    let cookie = eve.cookie.clone().unwrap();
    let mut program = app.browser().with(&[
        ("content-type", "application/json"),
        ("origin", crate::common::ADMIN),
    ]);
    program.cookie = Some(cookie);
    let answer = program.post("/graphql", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
    chooses(&mut eve, OWN).await;
    assert_eq!(app.decisions("operator.choose_password").await, [true]);
}
