//! The portal: from the mailed password to one's own, and what it says to whom.

use crate::common::{Answer, Browser, House, PASSWORD};
use axum::http::StatusCode;
use identity::{DesiredLogin, IdentityProvider as _, LoginState, NewLogin, PasswordOutcome};
use uuid::Uuid;

const EMAIL: &str = "ada@bank.example";

#[tokio::test]
async fn a_temporary_password_opens_nothing_but_the_choice_of_a_new_one() {
    let house = House::open().await;
    let (customer, temporary) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    let mut browser = house.customer_browser();
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

    let mut old = house.customer_browser();
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
    let house = House::open().await;
    let (customer, _) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    house
        .identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = house.customer_browser();
    sign_in(&mut browser, PASSWORD).await;
    assert_eq!(browser.get("/").await.status, StatusCode::OK);

    // By the domain, while the logins know nothing of it yet.
    house.reviewed(customer, "RED", 50).await;
    let mut other = browser.clone();
    neutral(&browser.get("/").await);
    assert!(
        other.get("/").await.body.contains("id=\"sign-in\""),
        "the session has ended"
    );
    neutral(&sign_in(&mut browser, PASSWORD).await);
    assert!(browser.cookie.is_none(), "no session begins");

    // By the logins too.
    bring(&house, customer, LoginState::Disabled).await;
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
    let house = House::open().await;
    let (customer, _) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    house
        .identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = house.customer_browser();
    sign_in(&mut browser, PASSWORD).await;
    bring(&house, customer, LoginState::Disabled).await;
    bring(&house, customer, LoginState::Enabled).await;
    assert!(browser.get("/").await.body.contains("id=\"sign-in\""));
}

#[tokio::test]
async fn an_old_temporary_password_is_told_from_a_wrong_one() {
    let house = House::open().await;
    let (customer, temporary) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    sqlx::query!(
        "UPDATE logins SET temporary_until = now() - interval '1 minute' WHERE customer_id = $1",
        customer
    )
    .execute(&house.pool)
    .await
    .unwrap();
    let answer = sign_in(&mut house.customer_browser(), &temporary).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(
        answer.body.contains("has ended") && answer.body.contains("help@bank.example"),
        "{}",
        answer.body
    );
    house.reviewed(customer, "RED", 50).await;
    neutral(&sign_in(&mut house.customer_browser(), &temporary).await);
}

#[tokio::test]
async fn a_deactivated_customer_is_out_at_once_and_back_when_reactivated() {
    let house = House::open().await;
    let (customer, temporary) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    let usher = access::Subject::system("test");
    let mut browser = house.customer_browser();
    sign_in(&mut browser, &temporary).await;
    house
        .onboarding
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
    house
        .onboarding
        .reactivate_customer(&usher, customer.into(), "asked again")
        .await
        .unwrap();
    assert_eq!(
        sign_in(&mut browser, &temporary).await.status,
        StatusCode::SEE_OTHER,
        "no password was chosen while the door was shut"
    );
}

#[tokio::test]
async fn who_was_converted_by_hand_reads_where_they_stand() {
    let house = House::open().await;
    let (customer, _) = invited(&house).await;
    house.create(customer, EMAIL).await;
    let usher = access::Subject::system("test");
    house
        .onboarding
        .convert_by_hand(&usher, customer.into(), "known in person")
        .await
        .unwrap();
    house
        .identity
        .choose_password(customer, PASSWORD)
        .await
        .unwrap();
    let mut browser = house.customer_browser();
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
async fn bring(house: &House, customer_id: Uuid, state: LoginState) {
    let wanted = DesiredLogin {
        customer_id,
        email: EMAIL.to_owned(),
        state,
    };
    house
        .identity
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
async fn an_email_that_was_pasted_signs_in_at_both_doors() {
    let house = House::open().await;
    let (customer, temporary) = invited(&house).await;
    house.approved(customer, EMAIL).await;
    house.signed_in(access::Role::Admin).await;
    for pasted in ["\u{200b}{}\u{a0}", "mailto:{}", "<{}>", "\u{feff}{}."] {
        let fields = |email: &str, password: &str| {
            [
                ("email", pasted.replace("{}", email)),
                ("password", password.to_owned()),
            ]
        };
        let doors = [
            (house.customer_browser(), fields(EMAIL, &temporary)),
            (house.browser(), fields("admin@bank.example", PASSWORD)),
        ];
        for (mut browser, fields) in doors {
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

async fn invited(house: &House) -> (Uuid, String) {
    let customer_id = Uuid::now_v7();
    let new = NewLogin {
        customer_id,
        email: EMAIL.to_owned(),
    };
    house
        .identity
        .ensure_logins(&[new], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let set = house
        .identity
        .set_temporary_passwords(&[customer_id], &identity::SoleOwner)
        .await
        .remove(0);
    match set {
        Ok(PasswordOutcome::Set(temporary)) => (customer_id, temporary.expose().to_owned()),
        other => panic!("{other:?}"),
    }
}
