//! The portal: from the mailed password to one's own, and what it says to whom.

use crate::common::{Answer, App, Browser, PASSWORD};
use axum::http::StatusCode;
use identity::{DesiredLogin, IdentityProvider as _, LoginState, NewLogin, PasswordOutcome};
use uuid::Uuid;

const EMAIL: &str = "ada@bank.example";

#[tokio::test]
async fn a_temporary_password_opens_nothing_but_the_choice_of_a_new_one() {
    let app = App::open().await;
    let (customer, temporary) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    let mut browser = app.customer_browser();
    assert!(
        browser
            .get("/")
            .await
            .body
            .contains("<h1 id=\"sign-in\">Sign in</h1>")
    );
    // As it comes out of a mail program.
    let answer = sign_in(&mut browser, &format!(" {temporary} ")).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    assert_eq!(browser.get("/").await.header("location"), "/password");
    let form = browser.get("/password").await;
    assert!(
        form.body.contains("New password") && form.body.contains("Repeat new password"),
        "{}",
        form.body
    );

    for (password, repeated, words) in [
        (
            "long enough, but",
            "something else",
            "The two passwords differ.",
        ),
        ("short", "short", "at least 12 characters"),
        (
            temporary.as_str(),
            temporary.as_str(),
            "temporary password from the e-mail",
        ),
        (
            "ada@bank.example!",
            "ada@bank.example!",
            "contains your e-mail address",
        ),
    ] {
        let answer = browser
            .post(
                "/password",
                &[("password", password), ("repeated", repeated)],
            )
            .await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{password}"
        );
        assert!(
            answer.body.contains(words) && answer.body.contains("aria-invalid"),
            "{password}: {}",
            answer.body
        );
        assert!(
            !answer.body.contains(&format!("value=\"{password}")),
            "a password is never sent back"
        );
    }
    let before = browser.clone();
    let answer = browser
        .post(
            "/password",
            &[("password", PASSWORD), ("repeated", PASSWORD)],
        )
        .await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (StatusCode::SEE_OTHER, "/")
    );
    assert_ne!(browser.cookie, before.cookie);
    let home = browser.get("/").await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.body);
    assert!(
        home.body.contains("your account is being opened"),
        "{}",
        home.body
    );

    let mut old = app.customer_browser();
    assert_eq!(
        sign_in(&mut old, &temporary).await.status,
        StatusCode::UNAUTHORIZED,
        "it was for one time"
    );
    assert_eq!(
        sign_in(&mut old, PASSWORD).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(browser.post("/logout", &[]).await.header("location"), "/");
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

#[tokio::test]
async fn who_is_locked_out_reads_one_neutral_sentence() {
    let app = App::open().await;
    let (customer, _) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    app.identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = app.customer_browser();
    sign_in(&mut browser, PASSWORD).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    // By the domain, while the logins know nothing of it yet.
    app.reviewed(customer, "RED", 50).await;
    let mut other = browser.clone();
    neutral(&browser.get("/").await);
    assert!(
        other.get("/").await.body.contains("id=\"sign-in\""),
        "the session has ended"
    );
    neutral(&sign_in(&mut browser, PASSWORD).await);
    assert!(browser.cookie.is_none(), "no session begins");

    // By the logins too.
    bring(&app, customer, LoginState::Disabled).await;
    neutral(&sign_in(&mut browser, PASSWORD).await);
    let wrong = sign_in(&mut browser, "a wrong password").await;
    assert_eq!(
        wrong.status,
        StatusCode::UNAUTHORIZED,
        "who doesn't know the password learns nothing"
    );
    assert!(!wrong.body.contains("not available"));
}

#[tokio::test]
async fn a_login_that_is_disabled_ends_the_session() {
    let app = App::open().await;
    let (customer, _) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    app.identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = app.customer_browser();
    sign_in(&mut browser, PASSWORD).await;
    bring(&app, customer, LoginState::Disabled).await;
    bring(&app, customer, LoginState::Enabled).await;
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

#[tokio::test]
async fn an_old_temporary_password_is_told_from_a_wrong_one() {
    let app = App::open().await;
    let (customer, temporary) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    sqlx::query!(
        "UPDATE logins SET temporary_until = now() - interval '1 minute' WHERE customer_id = $1",
        customer
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let answer = sign_in(&mut app.customer_browser(), &temporary).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(
        answer.body.contains("has ended") && answer.body.contains("help@bank.example"),
        "{}",
        answer.body
    );
    app.reviewed(customer, "RED", 50).await;
    neutral(&sign_in(&mut app.customer_browser(), &temporary).await);
}

#[tokio::test]
async fn a_deactivated_customer_is_out_at_once_and_back_when_reactivated() {
    let app = App::open().await;
    let (customer, temporary) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    let usher = access::Subject::system("test");
    let mut browser = app.customer_browser();
    sign_in(&mut browser, &temporary).await;
    app.onboarding
        .deactivate_customer(&usher, customer.into(), "asked for it")
        .await
        .unwrap();
    let chosen = browser
        .post(
            "/password",
            &[("password", PASSWORD), ("repeated", PASSWORD)],
        )
        .await;
    neutral(&chosen);
    app.onboarding
        .reactivate_customer(&usher, customer.into(), "asked again")
        .await
        .unwrap();
    assert_eq!(
        sign_in(&mut browser, &temporary).await.status,
        StatusCode::SEE_OTHER,
        "no password was chosen while signing in was refused"
    );
}

#[tokio::test]
async fn who_was_converted_by_hand_reads_where_they_stand() {
    let app = App::open().await;
    let (customer, _) = invited(&app).await;
    app.create(customer, EMAIL).await;
    let usher = access::Subject::system("test");
    app.onboarding
        .convert_by_hand(&usher, customer.into(), "known in person")
        .await
        .unwrap();
    app.identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = app.customer_browser();
    sign_in(&mut browser, PASSWORD).await;
    let home = browser.get("/").await;
    assert!(
        home.body
            .contains("your identity has not been verified yet")
            && home.body.contains("Follow the verification link"),
        "{}",
        home.body
    );
}

/// Brings the login to a state, as provisioning does.
async fn bring(app: &App, customer_id: Uuid, state: LoginState) {
    let wanted = DesiredLogin {
        customer_id,
        email: EMAIL.to_owned(),
        state,
    };
    app.identity
        .sync_logins(&[wanted], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
}

fn neutral(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(
        answer.body.contains("not available at the moment")
            && answer.body.contains("help@bank.example")
    );
    for telling in ["eject", "KYC", "Sumsub", "DEP-", "disabled"] {
        assert!(!answer.body.contains(telling), "{telling}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_email_that_was_pasted_signs_in_at_both_sites() {
    let app = App::open().await;
    let (customer, temporary) = invited(&app).await;
    app.approved(customer, EMAIL).await;
    app.signed_in(access::Role::Admin).await;
    for pasted in ["\u{200b}{}\u{a0}", "mailto:{}", "<{}>", "\u{feff}{}."] {
        let fields = |email: &str, password: &str| {
            [
                ("email", pasted.replace("{}", email)),
                ("password", password.to_owned()),
            ]
        };
        let sites = [
            (app.customer_browser(), fields(EMAIL, &temporary)),
            (app.browser(), fields("admin@bank.example", PASSWORD)),
        ];
        for (mut browser, fields) in sites {
            let fields = fields
                .each_ref()
                .map(|(name, value)| (*name, value.as_str()));
            let answer = browser.post("/login", &fields).await;
            assert_eq!(
                answer.status,
                StatusCode::SEE_OTHER,
                "{fields:?}: {}",
                answer.body
            );
        }
    }
}

async fn sign_in(browser: &mut Browser, password: &str) -> Answer {
    browser
        .post("/login", &[("email", EMAIL), ("password", password)])
        .await
}

async fn invited(app: &App) -> (Uuid, String) {
    let customer_id = Uuid::now_v7();
    let new = NewLogin {
        customer_id,
        email: EMAIL.to_owned(),
    };
    app.identity
        .ensure_logins(&[new], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let set = app
        .identity
        .set_temporary_passwords(&[customer_id], &identity::SoleOwner)
        .await
        .remove(0);
    match set {
        Ok(PasswordOutcome::Set(temporary)) => (customer_id, temporary.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}
