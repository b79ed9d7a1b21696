//! A changed e-mail, and the welcome e-mail sent again.

use crate::common::{officer, somebody, until, whole::WholeApp};
use access::Role;
use identity::SignIn;
use kernel::Error;
use provisioning::{StepState, steps};
use uuid::Uuid;

const CHOSEN: &str = "four words in a row";

impl WholeApp {
    async fn move_to(&self, id: Uuid, email: &str) {
        self.onboarding
            .change_email(&officer(), id.into(), email)
            .await
            .unwrap();
    }

    async fn enter(&self, email: &str, password: &str) -> SignIn {
        self.identity.sign_in(email, password).await.unwrap()
    }

    async fn gets_mails(&self, email: &str, count: usize) {
        until(&format!("{email} has {count} mails"), async || {
            self.smtp.mails_to(email).len() >= count
        })
        .await;
    }

    async fn resend(&self, id: Uuid) -> Result<(), String> {
        let sent = self.board.resend_welcome(&officer(), id).await;
        sent.map_err(|error| error.to_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_login_new_credentials_go_to_the_new_address_only() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let first = app.smtp.mails()[0].password().unwrap();
    app.move_to(id, "ann@new.example").await;
    app.gets_mails("ann@new.example", 1).await;
    app.settles(id).await;

    let mails = app.smtp.mails_to("ann@new.example");
    assert!(mails.len() == 1 && mails[0].says_that_only_the_newest_counts());
    assert_eq!(
        app.smtp.mails_to("ann@example.com").len(),
        1,
        "the old address hears nothing more"
    );
    let second = mails[0].password().unwrap();
    assert_eq!(app.enter("ann@example.com", &first).await, SignIn::Refused);
    assert_eq!(app.enter("ann@new.example", &first).await, SignIn::Refused);
    assert!(
        matches!(app.enter("ann@new.example", &second).await, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id)
    );
    app.reaches(id, "active").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_first_login_every_address_is_told_and_the_sessions_end() {
    let app = WholeApp::open().await;
    let id = app.active("a@example.com").await;
    app.identity.choose_password(id, CHOSEN).await.unwrap();
    let session_began = app.login(id).await.unwrap().sessions_valid_from;
    // While mail is away, the address changes twice; the first one is no more.
    app.smtp.set_away(true);
    app.smtp.refuse("a@example.com", true);
    app.move_to(id, "b@example.com").await;
    app.step_is(id, steps::EMAIL_NOTICE, StepState::Retrying)
        .await;
    app.move_to(id, "c@example.com").await;
    until("the login has moved", async || {
        matches!(app.enter("c@example.com", CHOSEN).await, SignIn::Ok { customer_id, .. } if customer_id == id)
    })
    .await;
    app.smtp.set_away(false);
    app.gets_mails("c@example.com", 1).await;
    app.settles(id).await;

    assert!(app.login(id).await.unwrap().sessions_valid_from > session_began);
    assert_eq!(app.enter("b@example.com", CHOSEN).await, SignIn::Refused);
    let told = app.smtp.mails_to("b@example.com");
    assert!(told.len() == 1 && told[0].data.contains("was changed"));
    assert!(
        !told[0].data.contains("c@example.com"),
        "the old address does not learn the new one"
    );
    assert_eq!(app.smtp.mails_to("c@example.com").len(), 1);
    assert!(
        app.smtp
            .mails()
            .iter()
            .skip(1)
            .all(|mail| mail.password().is_none()),
        "no new password for somebody who has one"
    );
    // The next change tells of itself only.
    app.move_to(id, "d@example.com").await;
    app.gets_mails("d@example.com", 1).await;
    app.settles(id).await;
    assert_eq!(app.smtp.mails_to("b@example.com").len(), 1);
    assert_eq!(app.smtp.mails_to("c@example.com").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_changes_while_the_login_is_made_for_the_old_one_wins() {
    let app = WholeApp::open().await;
    let making = app.gate.making_logins.lock().await;
    let id = app.approved("ann@example.com").await;
    app.step_is(id, steps::LOGIN, StepState::Running).await;
    app.move_to(id, "ann@new.example").await;
    app.step_is(id, steps::ACCESS, StepState::Waiting).await;
    drop(making);
    app.reaches(id, "active").await;
    app.settles(id).await;
    let mails = app.smtp.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].to, "ann@new.example");
    let password = mails[0].password().unwrap();
    assert!(
        matches!(app.enter("ann@new.example", &password).await, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_locked_out_gets_credentials_at_the_new_address_when_that_is_lifted() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let domain = &app.onboarding;
    let reason = "asked for by phone";
    domain
        .deactivate_customer(&officer(), id.into(), reason)
        .await
        .unwrap();
    app.move_to(id, "ann@new.example").await;
    app.step_is(id, steps::WELCOME_EMAIL, StepState::Cancelled)
        .await;
    app.settles(id).await;
    assert!(app.smtp.mails_to("ann@new.example").is_empty());
    domain
        .reactivate_customer(&officer(), id.into(), reason)
        .await
        .unwrap();
    app.gets_mails("ann@new.example", 1).await;
    app.settles(id).await;
    let password = app.smtp.mails_to("ann@new.example")[0].password().unwrap();
    assert!(
        matches!(app.enter("ann@new.example", &password).await, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_address_needs_a_person_who_retries_or_corrects_it() {
    let app = WholeApp::open().await;
    app.smtp.refuse("ann@example.com", true);
    app.smtp.refuse("bob@exmaple.com", true);
    let ann = app.approved("ann@example.com").await;
    let bob = app.approved("bob@exmaple.com").await;
    for id in [ann, bob] {
        app.step_is(id, steps::WELCOME_EMAIL, StepState::NeedsPerson)
            .await;
        let steps = app.board.steps_of(id).await.unwrap();
        let words = steps[1].last_error.clone().unwrap();
        assert!(
            words.contains("refuses the customer's address") && !words.contains("@ex"),
            "{words}"
        );
        assert_eq!(steps[1].next_try, None);
    }
    app.smtp.refuse("ann@example.com", false);
    app.board
        .retry_step(&officer(), ann, steps::WELCOME_EMAIL)
        .await
        .unwrap();
    app.move_to(bob, "bob@example.com").await;
    app.reaches(ann, "active").await;
    app.reaches(bob, "active").await;
    assert!(app.smtp.mails_to("ann@example.com")[0].says_that_only_the_newest_counts());
    assert_eq!(app.smtp.mails_to("bob@example.com").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_welcome_can_be_sent_again_until_the_person_has_a_password() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let first = app.smtp.mails()[0].clone();
    assert!(!first.says_that_only_the_newest_counts());
    app.resend(id).await.unwrap();
    app.gets_mails("ann@example.com", 2).await;
    app.settles(id).await;
    let second = app.smtp.mails()[1].clone();
    assert!(second.says_that_only_the_newest_counts());
    let (first, second) = (first.password().unwrap(), second.password().unwrap());
    assert_eq!(app.enter("ann@example.com", &first).await, SignIn::Refused);
    assert!(
        matches!(app.enter("ann@example.com", &second).await, SignIn::MustChoosePassword { customer_id, .. } if customer_id == id)
    );

    let auditor = somebody(Role::Auditor);
    assert!(matches!(
        app.board.resend_welcome(&auditor, id).await,
        Err(Error::Forbidden(_))
    ));
    app.identity.choose_password(id, CHOSEN).await.unwrap();
    let words = app.resend(id).await.unwrap_err();
    assert!(
        words.contains("chosen a password") && !words.contains("failed sign-ins"),
        "{words}"
    );
    app.gate.lock_everybody();
    let words = app.resend(id).await.unwrap_err();
    assert!(
        words.contains("chosen a password") && words.contains("too many failed sign-ins"),
        "{words}"
    );
    app.gate.set_away(true);
    let words = app.resend(id).await.unwrap_err();
    assert!(words.contains("Try again"), "{words}");
    app.settles(id).await;
    assert_eq!(app.smtp.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_again_without_a_login_or_access() {
    let app = WholeApp::open().await;
    let making = app.gate.making_logins.lock().await;
    let id = app.approved("ann@example.com").await;
    app.step_is(id, steps::LOGIN, StepState::Running).await;
    let words = app.resend(id).await.unwrap_err();
    assert!(words.contains("no login yet"), "{words}");
    drop(making);
    app.reaches(id, "active").await;
    app.review(id, "RED", 2).await;
    app.reaches(id, "inactive").await;
    let words = app.resend(id).await.unwrap_err();
    assert!(words.contains("no access"), "{words}");
    assert!(
        app.resend(Uuid::now_v7()).await.is_err(),
        "and to nobody at all"
    );
    assert_eq!(app.smtp.mails().len(), 1);
}
