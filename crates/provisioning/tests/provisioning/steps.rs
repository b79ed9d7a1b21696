//! The steps' table on a real database: batches, retries, take-over, pulling forward, cancelling.

use std::{sync::Arc, time::Duration};

use crate::common::{
    officer, review,
    scripted::{Scripted, ScriptedApp},
};
use claim_loop::{Turn, Work as _};
use customer::callback_log::ingest::Ingest;
use provisioning::{
    StepLoop, StepState, recovery,
    steps::{Step, StepError},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_item_fails_alone_and_a_person_can_retry_it() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(3, &["one"]).await;
    let step = Scripted::new("one");
    step.answer(
        ids[0],
        StepError::NeedsPerson("the address is refused".to_owned()),
    );
    step.answer(ids[1], StepError::Retry("try later".to_owned()));
    let work = app.step_loop(&step);
    assert_eq!(work.batch().await.unwrap(), Turn::Worked);

    assert_eq!(app.state(ids[0]).await, StepState::NeedsPerson);
    let retrying = &app.board.steps_of(ids[1]).await.unwrap()[0];
    assert_eq!((retrying.state, retrying.attempt), (StepState::Retrying, 1));
    assert_eq!(retrying.last_error.as_deref(), Some("try later"));
    assert!(retrying.next_try.is_some());
    assert_eq!(app.state(ids[2]).await, StepState::Done);
    assert_eq!(app.active().await, 1);

    step.answers.lock().unwrap().clear();
    app.board.retry_now(&officer(), ids[0]).await.unwrap();
    work.batch().await.unwrap();
    assert_eq!(app.state(ids[0]).await, StepState::Done);
    assert_eq!(step.ran().len(), 2, "all of a batch in one call");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_was_running_is_taken_over_at_once_and_a_living_ones_is_not() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(2, &["one"]).await;
    // The first customer's is run by somebody who lives, the second's by somebody who is gone.
    let mut living = app.pool.acquire().await.unwrap();
    sqlx::query("SELECT pg_advisory_lock(7600, 41)")
        .execute(&mut *living)
        .await
        .unwrap();
    for (id, worker) in ids.iter().zip([41, 42]) {
        sqlx::query("UPDATE provisioning_steps SET state = 'running', worker = $2, attempt = 1 WHERE customer_id = $1")
            .bind(id)
            .bind(worker)
            .execute(&app.pool)
            .await
            .unwrap();
    }
    let work = app.step_loop(&Scripted::new("one"));
    work.batch().await.unwrap();
    work.batch().await.unwrap();
    assert_eq!(app.state(ids[0]).await, StepState::Running);
    assert_eq!(app.state(ids[1]).await, StepState::Done);
}

/// Its connections stay open, as far as PostgreSQL can see, but nobody is there any more.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_vanished_host_was_running_is_taken_over() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &["one"]).await;
    let (wire, url) = testkit::Wire::before(&app.url);
    let sessions = sqlx::postgres::PgPoolOptions::new()
        .connect_lazy(&url)
        .unwrap();
    let steps = [Scripted::new("one") as Arc<dyn Step>];
    // Somebody with nothing to do, who shows that he lives.
    let vanished = StepLoop::all(&app.pool, &sessions, &app.onboarding, &steps).remove(0);
    sqlx::query("UPDATE provisioning_steps SET next_try = next_try + interval '1 day'")
        .execute(&app.pool)
        .await
        .unwrap();
    vanished.batch().await.unwrap();
    sqlx::query(
        "UPDATE provisioning_steps SET state = 'running', attempt = 1, next_try = clock_timestamp(),
            worker = (SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND classid = 7600 AND objsubid = 2
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let other = app.step_loop(&Scripted::new("one"));
    other.batch().await.unwrap();
    assert_eq!(app.state(ids[0]).await, StepState::Running, "he lives");
    wire.fall_silent();
    let taken_over = async {
        while app.state(ids[0]).await != StepState::Done {
            other.batch().await.unwrap();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), taken_over)
        .await
        .expect("it is not taken over");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_pulled_forward_when_its_dependency_is_back() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(20, &["one"]).await;
    let step = Scripted::new("one");
    *step.away.lock().unwrap() = true;
    let work = app.step_loop(&step);
    work.batch().await.unwrap();
    sqlx::query("UPDATE provisioning_steps SET next_try = next_try + interval '5 minutes'")
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(app.state(ids[0]).await, StepState::Retrying);

    let stop = tokio_util::sync::CancellationToken::new();
    let watching = tokio::spawn(recovery::watch(
        app.pool.clone(),
        vec![step.clone() as Arc<dyn Step>],
        stop.clone(),
    ));
    *step.away.lock().unwrap() = false;
    let wakeups = claim_loop::Wakeups::start(&app.pool, stop.clone());
    let (looping, _) = claim_loop::spawn(&wakeups, work, stop.clone());
    let all_active = async {
        while app.active().await < 20 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_active)
        .await
        .expect("they are not pulled forward");
    stop.cancel();
    watching.await.unwrap();
    looping.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_rejected_gets_nothing_more() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &["one"]).await;
    let ingest = Ingest::start(app.pool.clone());
    review(&ingest, ids[0], "RED", 2).await;
    app.judge().await;
    let step = Scripted::new("one");
    app.step_loop(&step).batch().await.unwrap();
    assert_eq!(app.state(ids[0]).await, StepState::Cancelled);
    assert!(
        step.ran().is_empty(),
        "nothing was done for a rejected customer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_waits_for_the_one_before_it_and_for_no_other() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &["login", "account", "mail"]).await;
    sqlx::query(
        "UPDATE provisioning_steps SET after_step = 'login', next_try = NULL WHERE step = 'mail'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let (login, account, mail) = (
        Scripted::new("login"),
        Scripted::new("account"),
        Scripted::new("mail"),
    );
    app.step_loop(&account).batch().await.unwrap();
    app.step_loop(&mail).batch().await.unwrap();
    assert!(
        mail.ran().is_empty(),
        "the account says nothing of the login"
    );
    app.step_loop(&login).batch().await.unwrap();
    app.step_loop(&mail).batch().await.unwrap();
    assert_eq!(mail.ran(), [vec![ids[0]]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_end_at_the_same_time_still_make_the_customer_active() {
    let app = ScriptedApp::open().await;
    app.customers(40, &["one", "two", "three"]).await;
    let loops: Vec<StepLoop> = ["one", "two", "three"]
        .into_iter()
        .map(|name| app.step_loop(&Scripted::new(name)))
        .collect();
    futures::future::join_all(loops.iter().map(|work| work.batch()))
        .await
        .into_iter()
        .for_each(|turn| {
            turn.unwrap();
        });
    assert_eq!(app.active().await, 40);
}
