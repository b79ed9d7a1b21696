//! The board: what waits for what, and pulling it forward.

use crate::common::{
    officer,
    scripted::{Scripted, ScriptedApp},
    somebody, until,
    whole::WholeApp,
};
use access::{AccessError, Role};
use claim_loop::Work as _;
use provisioning::{StepState, WaitsFor, steps, steps::StepError};

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_who_wait_for_mail_get_it_when_the_server_is_back() {
    let app = WholeApp::open().await;
    app.smtp.set_away(true);
    for n in 0..300 {
        app.approved(&format!("c{n}@example.com")).await;
    }
    let waiting = async |state: &str| -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM provisioning_steps WHERE step = 'welcome_email' AND state = $1",
        )
        .bind(state)
        .fetch_one(&app.pool)
        .await
        .unwrap()
    };
    let mail = async || {
        let groups = app.board.waiting(&officer()).await.unwrap();
        groups
            .into_iter()
            .find(|group| group.waits_for.name() == "mail")
    };
    until("all of them wait for mail", async || {
        waiting("retrying").await > 200 && mail().await.is_some_and(|mail| mail.count == 300)
    })
    .await;
    let mail = mail().await.unwrap();
    assert_eq!(mail.steps.len(), 100);
    assert!(
        mail.last_error.as_deref().unwrap().contains("mail server"),
        "{mail:?}"
    );
    app.everything_sleeps().await;
    app.smtp.set_away(false);
    until("everybody is welcomed", async || {
        waiting("done").await == 300
    })
    .await;
    assert_eq!(app.smtp.mails().len(), 300, "once each");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_done_is_grouped_by_what_it_waits_for() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(4, &["one", "two"]).await;
    sqlx::query(
        "UPDATE provisioning_steps SET after_step = 'one', next_try = NULL WHERE step = 'two'",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let one = Scripted::new("one");
    one.answer(
        ids[0],
        StepError::NeedsPerson("the address is refused".to_owned()),
    );
    one.answer(
        ids[1],
        StepError::Retry("the mail server does not answer".to_owned()),
    );
    one.answer(
        ids[2],
        StepError::Retry("the mail server does not answer".to_owned()),
    );
    app.step_loop(&one).batch().await.unwrap();
    // Whoever claims a row writes down what it depends on.
    sqlx::query("UPDATE provisioning_steps SET dependency = 'mail', armed_at = armed_at + interval '1 minute' WHERE step = 'one'")
        .execute(&app.pool)
        .await
        .unwrap();

    let groups = app.board.waiting(&officer()).await.unwrap();
    // "two" of the last customer fell due when "one" was done.
    let told: Vec<_> = groups
        .iter()
        .map(|group| (group.waits_for.words(), group.count))
        .collect();
    assert_eq!(told.len(), 4);
    for one in [
        ("another step", 3),
        ("the mail server", 2),
        ("a person", 1),
        ("scripted", 1),
    ] {
        assert!(told.contains(&one), "{one:?} in {told:?}");
    }
    assert!(
        groups.is_sorted_by_key(|group| group.since),
        "the oldest first"
    );
    let of = |name: &str| {
        groups
            .iter()
            .find(|group| group.waits_for.name() == name)
            .unwrap()
    };
    let person = &of("person").steps[0];
    assert_eq!(
        (person.customer_id, person.state),
        (ids[0], StepState::NeedsPerson)
    );
    assert_eq!(of("step").steps[0].after.as_deref(), Some("one"));
    assert!(!of("step").waits_for.can_be_retried());
    let mail = of("mail");
    assert_eq!(
        mail.last_error.as_deref(),
        Some("the mail server does not answer")
    );
    assert!(mail.next_try.is_some() && mail.steps[0].attempt == 1);

    one.answers.lock().unwrap().clear();
    let auditor = somebody(Role::Auditor);
    let mail = WaitsFor::from_name("mail");
    assert!(matches!(
        app.board.retry_all(&auditor, &mail).await,
        Err(AccessError::Forbidden { .. })
    ));
    assert!(app.board.waiting(&auditor).await.is_ok());
    app.board.retry_all(&officer(), &mail).await.unwrap();
    app.step_loop(&one).batch().await.unwrap();
    assert_eq!(one.ran()[1].len(), 2);
    app.board
        .retry_all(&officer(), &WaitsFor::Person)
        .await
        .unwrap();
    app.step_loop(&one).batch().await.unwrap();
    assert_eq!(one.ran()[2], [ids[0]]);
    let audited: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries WHERE action = 'provisioning.retry' AND object IN ('provisioning:mail', 'provisioning:person')",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(audited, 3, "the refusal too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_done_steps_cost_the_board_nothing() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(1, &["one"]).await;
    sqlx::raw_sql(
        "ALTER TABLE provisioning_steps DROP CONSTRAINT provisioning_steps_customer_id_fkey;
         INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state)
         SELECT gen_random_uuid(), 'one', 'one', 1, 'scripted', 'done' FROM generate_series(1, 100000);
         ANALYZE provisioning_steps",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    app.board.waiting(&officer()).await.unwrap();
    let groups = app.board.waiting(&officer()).await.unwrap();
    assert_eq!((groups.len(), groups[0].steps[0].customer_id), (1, ids[0]));
}

#[tokio::test(flavor = "multi_thread")]
async fn erasure_leaves_no_words_about_a_person() {
    let app = ScriptedApp::open().await;
    let ids = app.customers(2, &["one"]).await;
    let one = Scripted::new("one");
    for id in &ids {
        one.answer(*id, StepError::NeedsPerson("somebody".to_owned()));
    }
    app.step_loop(&one).batch().await.unwrap();
    let mut op = app.onboarding.begin().await.unwrap();
    provisioning::erase_in_op(&mut op, ids[0]).await.unwrap();
    op.commit().await.unwrap();
    let words = async |id| app.board.steps_of(id).await.unwrap()[0].last_error.clone();
    assert_eq!(words(ids[0]).await, None);
    assert_eq!(words(ids[1]).await.as_deref(), Some("somebody"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_was_never_locked_out_has_no_row_more_than_the_steps() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let steps = app.board.steps_of(id).await.unwrap();
    let names: Vec<_> = steps.iter().map(|step| step.step.as_str()).collect();
    assert_eq!(
        names,
        [steps::LOGIN, steps::WELCOME_EMAIL, steps::DEPOSIT_ACCOUNT]
    );
}
