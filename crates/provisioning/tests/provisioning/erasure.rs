//! Erasure waits until the login is gone.

use crate::common::{officer, scripted::ScriptedApp, whole::WholeApp};
use customer::{Onboarding, ports::PersonalDataHolder as _};
use provisioning::{StepState, StepsErasure, steps};
use uuid::Uuid;

/// What the steps answer when a person is to be erased.
async fn erased(onboarding: &Onboarding, id: Uuid) -> Result<(), String> {
    let mut op = onboarding.begin().await.unwrap();
    let erased = StepsErasure.erase_in_op(&mut op, id).await;
    op.commit().await.unwrap();
    erased.map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_before_the_closing_deleted_no_login() {
    let app = ScriptedApp::open().await;
    let id = app.customers(1, &[steps::LOGIN, steps::ACCESS]).await[0];
    let run = async |sql: &str| {
        sqlx::query(sql).execute(&app.pool).await.unwrap();
    };
    // Deactivated, which the login followed; then closed, which provisioning has not heard of yet.
    run("UPDATE provisioning_steps SET state = 'done', next_try = NULL").await;
    run("UPDATE customers SET activity = 'closed'").await;
    let words = erased(&app.onboarding, id).await.unwrap_err();
    assert!(words.contains("login is not deleted yet"), "{words}");

    // It has heard, and deletes the login.
    run("INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, part_of_provisioning, state)
         SELECT id, 'account_lock', 'Account closing', 6, 'ledger', false, 'waiting' FROM customers").await;
    for state in ["waiting", "running", "retrying", "needs_person"] {
        let armed =
            format!("UPDATE provisioning_steps SET state = '{state}' WHERE step = 'access'");
        run(&armed).await;
        assert!(erased(&app.onboarding, id).await.is_err(), "{state}");
    }
    run("UPDATE provisioning_steps SET state = 'done' WHERE step = 'access'").await;
    erased(&app.onboarding, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_customer_is_erased_only_when_the_login_is_gone() {
    let app = WholeApp::open().await;
    let id = app.active("ann@example.com").await;
    let (domain, reason) = (&app.onboarding, "asked for by phone");
    domain
        .deactivate_customer(&officer(), id.into(), reason)
        .await
        .unwrap();
    app.step_is(id, steps::ACCESS, StepState::Done).await;
    app.settles(id).await;
    app.gate.set_away(true);
    domain
        .close_customer(&officer(), id.into(), reason)
        .await
        .unwrap();
    assert!(erased(domain, id).await.is_err(), "right after the closing");
    app.step_is(id, steps::ACCESS, StepState::Retrying).await;
    assert!(erased(domain, id).await.is_err(), "while it is tried");
    assert!(app.login(id).await.is_some());
    app.gate.set_away(false);
    app.settles(id).await;
    erased(domain, id).await.unwrap();
    assert_eq!(app.login(id).await, None);
}
