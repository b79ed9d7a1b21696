//! Access is brought to a state: who loses it is locked out, whatever was on its way, and who gets it back goes on.

use std::sync::Arc;

use crate::common::{
    create, officer,
    scripted::{Scripted, ScriptedApp},
    until,
    whole::WholeApp,
};
use claim_loop::Work as _;
use identity::{DesiredLogin, IdentityProvider as _, LoginState};
use ledger::AccountStatus;
use provisioning::{StepState, steps};

const REASON: &str = "asked for by phone";

#[tokio::test(flavor = "multi_thread")]
async fn a_late_red_in_the_middle_of_a_step_ends_with_the_login_locked() {
    let app = WholeApp::open().await;
    let making = app.gate.making_logins.lock().await;
    let id = app.approved("ann@example.com").await;
    app.step_is(id, steps::LOGIN, StepState::Running).await;
    app.review(id, "RED", 2).await;
    app.step_is(id, steps::LOGIN, StepState::Cancelled).await;
    // There is no login yet: nothing to lock. Then the running step makes one.
    app.step_is(id, steps::ACCESS, StepState::Done).await;
    drop(making);

    until("the login is there", async || app.login(id).await.is_some()).await;
    until("the login is locked", async || {
        app.login(id).await.is_some_and(|login| !login.enabled)
    })
    .await;
    app.settles(id).await;
    assert!(!app.login(id).await.unwrap().enabled, "and stays so");
    assert_eq!(
        app.state(id, steps::LOGIN).await,
        Some(StepState::Cancelled)
    );
    assert_eq!(
        app.state(id, steps::WELCOME_EMAIL).await,
        Some(StepState::Cancelled)
    );
    let all = app.board.steps_of(id).await.unwrap();
    assert_eq!(
        all[0].last_error.as_deref(),
        Some("The customer was rejected.")
    );
    assert!(app.smtp.mails().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_was_made_though_its_call_was_given_up_is_locked_all_the_same() {
    let app = WholeApp::open().await;
    let making = app.gate.making_logins.lock().await;
    let id = app.approved("ann@example.com").await;
    app.step_is(id, steps::LOGIN, StepState::Running).await;
    app.review(id, "RED", 2).await;
    app.step_is(id, steps::LOGIN, StepState::Cancelled).await;
    app.step_is(id, steps::ACCESS, StepState::Done).await;
    app.gate.give_up_on_logins();
    drop(making);
    until("the login is there, and locked", async || {
        app.login(id).await.is_some_and(|login| !login.enabled)
    })
    .await;
    app.settles(id).await;
    assert_eq!(
        app.state(id, steps::LOGIN).await,
        Some(StepState::Cancelled)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_learns_of_a_late_answer_has_the_access_looked_at_again() {
    let app = WholeApp::open().await;
    let [out, known] = [
        app.active("ann@example.com").await,
        app.active("bob@example.com").await,
    ];
    let domain = &app.onboarding;
    domain
        .deactivate_customer(&officer(), out.into(), REASON)
        .await
        .unwrap();
    until("the login is locked", async || {
        app.login(out).await.is_some_and(|login| !login.enabled)
    })
    .await;
    app.settles(out).await;
    // What had been given up is carried out after all.
    let late_effects = DesiredLogin {
        customer_id: out,
        email: "ann@example.com".to_owned(),
        state: LoginState::Enabled,
    };
    app.identity
        .sync_logins(&[late_effects], &identity::SoleOwner)
        .await
        .remove(0)
        .unwrap();
    let never_begun = create(domain, "eve@example.com").await;
    provisioning::requeue_access(&app.pool, &[known, never_begun, out])
        .await
        .unwrap();
    until("the login is locked again", async || {
        app.login(out).await.is_some_and(|login| !login.enabled)
    })
    .await;
    for id in [out, known] {
        app.settles(id).await;
        assert_eq!(app.state(id, steps::ACCESS).await, Some(StepState::Done));
    }
    assert!(app.login(known).await.unwrap().enabled);
    assert_eq!(app.state(never_begun, steps::ACCESS).await, None);
    let rows: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT (label, position, dependency, after_step, part_of_provisioning))
         FROM provisioning_steps WHERE step = $1",
    )
    .bind(steps::ACCESS)
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(rows, 1, "as the starter writes it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_while_the_logins_are_away_locks_as_soon_as_they_are_back() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    app.gate.set_away(true);
    app.review(id, "RED", 2).await;
    app.step_is(id, steps::ACCESS, StepState::Retrying).await;
    assert!(
        !app.onboarding.may_enter(id.into()).await.unwrap(),
        "by our own database the door is shut already"
    );
    until("somebody has looked for the logins in vain", async || {
        app.gate.probed_in_vain() > 0
    })
    .await;
    app.everything_sleeps().await;
    app.gate.set_away(false);
    until("the login is locked", async || {
        app.login(id).await.is_some_and(|login| !login.enabled)
    })
    .await;
    app.settles(id).await;
    assert_eq!(app.state(id, steps::LOGIN).await, Some(StepState::Done));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deactivation_cancelled_starts_anew_when_it_is_lifted() {
    let app = WholeApp::open().await;
    app.smtp.set_away(true);
    let id = app.approved("ann@example.com").await;
    app.step_is(id, steps::WELCOME_EMAIL, StepState::Retrying)
        .await;
    let domain = &app.onboarding;
    domain
        .deactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    app.step_is(id, steps::WELCOME_EMAIL, StepState::Cancelled)
        .await;
    app.smtp.set_away(false);
    app.settles(id).await;
    assert!(!app.login(id).await.unwrap().enabled);
    assert!(
        app.smtp.mails().is_empty(),
        "nothing goes to the locked out"
    );

    domain
        .reactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    app.reaches(id, "active").await;
    app.settles(id).await;
    assert!(app.login(id).await.unwrap().enabled);
    let mails = app.smtp.mails_to("ann@example.com");
    assert_eq!(mails.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn off_and_on_again_and_again_ends_as_the_last_word_says() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let domain = &app.onboarding;
    for _ in 0..5 {
        domain
            .deactivate_customer(&officer(), id.into(), REASON)
            .await
            .unwrap();
        domain
            .reactivate_customer(&officer(), id.into(), REASON)
            .await
            .unwrap();
    }
    domain
        .deactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    until("the login is locked", async || {
        app.login(id).await.is_some_and(|login| !login.enabled)
    })
    .await;
    app.settles(id).await;
    assert!(!app.login(id).await.unwrap().enabled);
    domain
        .reactivate_customer(&officer(), id.into(), REASON)
        .await
        .unwrap();
    until("the login is open", async || {
        app.login(id).await.is_some_and(|login| login.enabled)
    })
    .await;
    assert_eq!(app.smtp.mails().len(), 1, "the welcome was said long ago");
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_deletes_the_login_and_locks_the_account() {
    let app = WholeApp::open().await;
    let active = app.active("ann@example.com").await;
    app.smtp.set_away(true);
    let unfinished = app.approved("bob@example.com").await;
    app.step_is(unfinished, steps::DEPOSIT_ACCOUNT, StepState::Done)
        .await;
    app.step_is(unfinished, steps::WELCOME_EMAIL, StepState::Retrying)
        .await;
    for id in [active, unfinished] {
        app.onboarding
            .close_customer(&officer(), id.into(), REASON)
            .await
            .unwrap();
        app.step_is(id, steps::ACCOUNT_LOCK, StepState::Done).await;
        app.settles(id).await;
        assert_eq!(app.login(id).await, None);
        let account = app.ledger.account_of(id).await.unwrap().unwrap();
        assert_eq!(account.status, AccountStatus::Locked);
    }
    assert_eq!(
        app.state(unfinished, steps::WELCOME_EMAIL).await,
        Some(StepState::Cancelled)
    );
    // The address is free again, also for a login.
    app.smtp.set_away(false);
    app.active("ann@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_step_is_for_the_locked_out_too() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &[]).await;
    let ordinary = Scripted::new("ordinary");
    let standing = Scripted::standing("standing");
    sqlx::query(
        "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, part_of_provisioning, state, next_try)
         SELECT id, step, step, 1, 'scripted', step = 'ordinary', 'waiting', clock_timestamp()
         FROM customers, UNNEST('{ordinary,standing}'::text[]) AS step",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("UPDATE customers SET activity = 'closed'")
        .execute(&app.pool)
        .await
        .unwrap();
    app.step_loop(&ordinary).batch().await.unwrap();
    app.step_loop(&standing).batch().await.unwrap();
    assert!(ordinary.ran().is_empty());
    assert_eq!(standing.ran(), [ids], "a standing step is for everybody");
    let steps = app.board.steps_of(standing.ran()[0][0]).await.unwrap();
    let states: Vec<_> = steps
        .iter()
        .map(|step| (step.standing, step.state))
        .collect();
    assert!(states.contains(&(false, StepState::Cancelled)));
    assert!(states.contains(&(true, StepState::Done)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wanted_anew_while_it_runs_is_done_once_more_and_never_twice_at_once() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &["one"]).await;
    let step = Scripted::standing("one");
    let running = step.gate.lock().await;
    let work = Arc::new(app.step_loop(&step));
    let first = tokio::spawn({
        let work = Arc::clone(&work);
        async move { work.batch().await.map_err(|error| error.to_string()) }
    });
    until("it runs", async || !step.ran().is_empty()).await;
    sqlx::query("UPDATE provisioning_steps SET state = 'waiting', generation = generation + 1, next_try = clock_timestamp()")
        .execute(&app.pool)
        .await
        .unwrap();
    // Another process looks: the row is due, but somebody is at it.
    app.step_loop(&step).batch().await.unwrap();
    assert_eq!(step.ran().len(), 1);
    drop(running);
    first.await.unwrap().unwrap();
    assert_eq!(
        app.state(ids[0]).await,
        StepState::Waiting,
        "what the first run came to counts for nothing"
    );
    work.batch().await.unwrap();
    assert_eq!(
        (app.state(ids[0]).await, step.ran().len()),
        (StepState::Done, 2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_for_somebody_who_lost_access_is_undone_also_after_a_crash() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(2, &["made"]).await;
    let (made, undo) = (Scripted::new("made"), Scripted::standing("undo"));
    let loops = app.step_loops(&[&made, &undo]);
    // The first one's process died at work, and the starter has cancelled what it did.
    sqlx::query("UPDATE provisioning_steps SET state = 'cancelled', worker = 42, next_try = NULL WHERE customer_id = $1")
        .bind(ids[0])
        .execute(&app.pool)
        .await
        .unwrap();
    // The second one's is at work when the access goes, and the starter has not heard of it yet.
    let running = made.gate.lock().await;
    let lock_out = async {
        until("it runs", async || !made.ran().is_empty()).await;
        sqlx::query("UPDATE customers SET activity = 'inactive'")
            .execute(&app.pool)
            .await
            .unwrap();
        drop(running);
    };
    let (turn, ()) = tokio::join!(loops[0].batch(), lock_out);
    turn.unwrap();
    loops[0].batch().await.unwrap();
    loops[1].batch().await.unwrap();
    let mut undone = undo.ran().concat();
    undone.sort_unstable();
    assert_eq!(undone, ids);
    for id in ids {
        let steps = app.board.steps_of(id).await.unwrap();
        let state = |name| steps.iter().find(|step| step.step == name).unwrap().state;
        assert_eq!(
            (state("made"), state("undo")),
            (StepState::Cancelled, StepState::Done)
        );
    }
}
