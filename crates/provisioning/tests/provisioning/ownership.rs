//! Whose step it is, is looked at just before each effect outside; what comes too late all the same is mended; and what drifts is
//! brought back.

use std::sync::Arc;

use crate::common::{
    officer,
    whole::{Process, WholeApp, work_off},
};
use claim_loop::Work as _;
use identity::{DesiredLogin, IdentityProvider as _, LoginState, SignIn, SoleOwner};
use provisioning::{
    StepState,
    steps::{ACCESS, DEPOSIT_ACCOUNT, LOGIN, WELCOME_EMAIL},
};
use uuid::Uuid;

const ANN: &str = "ann@example.com";
const REASON: &str = "asked for by phone";

/// One batch of a step, on its way.
fn begin(process: &Process, step: &str) -> tokio::task::JoinHandle<()> {
    let work = Arc::clone(&process[step]);
    tokio::spawn(async move {
        work.batch().await.unwrap_or_else(|error| panic!("{error}"));
    })
}

/// A customer whose welcome e-mail is due.
async fn with_a_login(app: &WholeApp, process: &Process) -> Uuid {
    let id = app.approved(ANN).await;
    app.step_is(id, LOGIN, StepState::Waiting).await;
    work_off(process, LOGIN).await;
    id
}

/// A customer with everything done.
async fn active(app: &WholeApp, process: &Process) -> Uuid {
    let id = with_a_login(app, process).await;
    work_off(process, WELCOME_EMAIL).await;
    work_off(process, DEPOSIT_ACCOUNT).await;
    app.reaches(id, "active").await;
    id
}

/// What the newest mail says lets the person in, and nothing else does.
async fn the_newest_mail_opens_the_door(app: &WholeApp) {
    let passwords: Vec<String> = app
        .smtp
        .mails_to(ANN)
        .iter()
        .map(|mail| mail.password().unwrap())
        .collect();
    let newest = passwords.last().unwrap();
    let enters = async |password: &str| {
        let came = app.identity.sign_in(ANN, password).await.unwrap();
        matches!(came, SignIn::MustChoosePassword { .. })
    };
    assert!(enters(newest).await, "the newest of {}", passwords.len());
}

/// A process comes to this point of the mail, and goes on only when it was given up and the other one has sent it. Answers the other
/// one, and whose mail it is.
async fn replaced_at(app: &WholeApp, command: &'static str) -> (Process, Uuid) {
    let (one, other) = (app.process(), app.process());
    let id = with_a_login(app, &one).await;
    let hold = app.smtp.hold(ANN, command);
    let sending = begin(&one, WELCOME_EMAIL);
    hold.has_begun().await;
    app.everybody_is_given_up().await;
    work_off(&other, WELCOME_EMAIL).await;
    work_off(&other, WELCOME_EMAIL).await;
    assert_eq!(app.smtp.mails().len(), 1, "the other one has sent it");
    hold.release();
    sending.await.unwrap();
    (other, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_step_sends_no_password_that_is_dead() {
    let app = WholeApp::without_processes().await;
    let (other, id) = replaced_at(&app, "RCPT").await;
    work_off(&other, WELCOME_EMAIL).await;
    assert_eq!(app.smtp.mails().len(), 1, "and nobody else has");
    the_newest_mail_opens_the_door(&app).await;
    assert_eq!(app.state(id, WELCOME_EMAIL).await, Some(StepState::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_came_too_late_is_followed_by_one_that_opens_the_door() {
    let app = WholeApp::without_processes().await;
    let (other, id) = replaced_at(&app, "DATA").await;
    assert_eq!(app.smtp.mails().len(), 2, "the late one is out, too");
    work_off(&other, WELCOME_EMAIL).await;
    let mails = app.smtp.mails();
    assert_eq!(mails.len(), 3);
    assert!(mails[2].says_that_only_the_newest_counts());
    the_newest_mail_opens_the_door(&app).await;
    assert_eq!(app.state(id, WELCOME_EMAIL).await, Some(StepState::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_in_time_is_not_sent_again_when_the_step_is_wanted_anew_meanwhile() {
    let app = WholeApp::without_processes().await;
    let one = app.process();
    let id = with_a_login(&app, &one).await;
    let hold = app.smtp.hold(ANN, "RCPT");
    let sending = begin(&one, WELCOME_EMAIL);
    hold.has_begun().await;
    app.board.resend_welcome(&officer(), id).await.unwrap();
    hold.release();
    sending.await.unwrap();
    assert_eq!(app.smtp.mails().len(), 0, "its password was to be replaced");
    work_off(&one, WELCOME_EMAIL).await;
    assert_eq!(app.smtp.mails().len(), 1);
    the_newest_mail_opens_the_door(&app).await;
}

async fn enabled(app: &WholeApp, id: Uuid) -> bool {
    app.login(id).await.unwrap().enabled
}

/// One process is in the middle of letting somebody in when it loses the step, and another locks them out.
async fn a_late_enable(deferral: &str) -> (WholeApp, Uuid) {
    let app = WholeApp::without_processes().await;
    let (one, other) = (app.process(), app.process());
    let id = active(&app, &one).await;
    let domain = &app.onboarding;
    domain
        .deactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    app.step_is(id, ACCESS, StepState::Waiting).await;
    work_off(&one, ACCESS).await;
    assert!(!enabled(&app, id).await);
    domain
        .reactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    app.step_is(id, ACCESS, StepState::Waiting).await;

    let hold = app.gate.holds.next(deferral.to_owned());
    let letting_in = begin(&one, ACCESS);
    hold.has_begun().await;
    app.everybody_is_given_up().await;
    work_off(&other, ACCESS).await;
    work_off(&other, ACCESS).await;
    assert!(enabled(&app, id).await, "the other one has let them in");
    domain
        .deactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    app.step_is(id, ACCESS, StepState::Waiting).await;
    work_off(&other, ACCESS).await;
    assert!(!enabled(&app, id).await);
    hold.release();
    letting_in.await.unwrap();
    (app, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_enable_never_overtakes_a_disable() {
    let (app, id) = a_late_enable("before").await;
    assert!(!enabled(&app, id).await);
    app.settles(id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enable_that_came_too_late_is_taken_back() {
    let (app, id) = a_late_enable("after").await;
    assert!(enabled(&app, id).await, "it came too late");
    assert_eq!(
        app.state(id, ACCESS).await,
        Some(StepState::Waiting),
        "and whoever did it knows"
    );
    work_off(&app.process(), ACCESS).await;
    assert!(!enabled(&app, id).await);
    app.settles(id).await;
    assert_eq!(app.smtp.mails().len(), 1);
}

/// The day has passed.
async fn looks_are_due(app: &WholeApp) {
    sqlx::query("UPDATE provisioning_steps SET next_try = clock_timestamp() WHERE state = 'done' AND next_try IS NOT NULL")
        .execute(&app.pool)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_did_to_a_login_by_hand_is_brought_back_at_the_next_look() {
    let app = WholeApp::without_processes().await;
    let one = app.process();
    let id = active(&app, &one).await;
    let by_hand = async |state| {
        let wanted = DesiredLogin {
            customer_id: id,
            email: ANN.to_owned(),
            state,
        };
        app.identity
            .sync_logins(&[wanted], &SoleOwner)
            .await
            .remove(0)
            .unwrap();
    };
    let names = async || -> Vec<String> {
        let steps = app.board.steps_of(id).await.unwrap();
        steps.into_iter().map(|step| step.step).collect()
    };
    by_hand(LoginState::Disabled).await;
    work_off(&one, ACCESS).await;
    assert!(
        !enabled(&app, id).await,
        "nobody looks before the day is over"
    );
    assert_eq!(names().await, [LOGIN, WELCOME_EMAIL, DEPOSIT_ACCOUNT]);
    for locked_out in [false, true] {
        if locked_out {
            app.onboarding
                .deactivate_customer(&officer(), id.into(), REASON)
                .await
                .unwrap();
            app.step_is(id, ACCESS, StepState::Waiting).await;
            work_off(&one, ACCESS).await;
            by_hand(LoginState::Enabled).await;
        }
        looks_are_due(&app).await;
        work_off(&one, ACCESS).await;
        assert_eq!(enabled(&app, id).await, !locked_out);
        assert_eq!(app.state(id, ACCESS).await, Some(StepState::Done));
        work_off(&one, WELCOME_EMAIL).await;
        assert_eq!(app.smtp.mails().len(), 1, "no look sends a mail");
    }
    let due: f64 = sqlx::query_scalar(
        "SELECT EXTRACT(epoch FROM next_try - clock_timestamp())::float8 FROM provisioning_steps WHERE step = $1",
    )
    .bind(ACCESS)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert!((60_000.0..120_000.0).contains(&due), "once a day: {due}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_is_seen_and_one_that_is_left_running_is_taken_over() {
    let app = WholeApp::without_processes().await;
    let (one, other) = (app.process(), app.process());
    let id = active(&app, &one).await;
    looks_are_due(&app).await;
    let hold = app.gate.holds.next("before".to_owned());
    let looking = begin(&one, ACCESS);
    hold.has_begun().await;
    assert_eq!(
        app.state(id, ACCESS).await,
        Some(StepState::Done),
        "nobody waits for a look"
    );
    app.everybody_is_given_up().await;
    app.gate.set_away(true);
    work_off(&other, ACCESS).await;
    work_off(&other, ACCESS).await;
    assert_eq!(app.state(id, ACCESS).await, Some(StepState::Retrying));
    hold.release();
    looking.await.unwrap();
    assert_eq!(app.state(id, ACCESS).await, Some(StepState::Retrying));
}
