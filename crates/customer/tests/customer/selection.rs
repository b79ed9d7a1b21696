//! One act on several prospects: each with its own outcome, once.

use access::{OperatorId, Operators, Role};
use claim_loop::{Turn, Work as _};
use customer::{
    primitives::ProspectId,
    selection::{NewSelection, SelectedOutcome, SelectionAct},
};
use kernel::Error;
use uuid::Uuid;

use crate::common::{Log, officer, red, somebody_waits};

async fn public_id(log: &Log, id: ProspectId) -> String {
    sqlx::query_scalar("SELECT public_id FROM prospects WHERE id = $1")
        .bind(Uuid::from(id))
        .fetch_one(&log.pool)
        .await
        .unwrap()
}

/// Does it once; answers what came of each: nothing for what was done, or why not.
async fn acts(
    log: &Log,
    id: Uuid,
    act: SelectionAct,
    public_ids: &[String],
) -> Vec<Option<String>> {
    let who = officer();
    let new = NewSelection {
        id,
        act,
        reason: "asked for it",
        assignee: None,
        public_ids,
    };
    log.onboarding.act_on_selected(&who, &new).await.unwrap();
    let selection = log.onboarding.selection(&who, id).await.unwrap();
    let outcomes = selection.shown.into_iter();
    outcomes
        .map(|selected| match selected.outcome.unwrap() {
            SelectedOutcome::Done => None,
            SelectedOutcome::NotDone(why) => Some(why),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_own_outcome_and_the_same_form_again_does_nothing() {
    let log = Log::open().await;
    let mut ids = Vec::new();
    for who in ["ada", "bob", "eve"] {
        ids.push(log.prospect(&format!("{who}@example.com")).await);
    }
    log.store(&red(ids[1], 1, "FINAL")).await;
    log.drained().await;
    let mut public_ids = Vec::new();
    for id in &ids {
        public_ids.push(public_id(&log, *id).await);
    }
    // The same twice is one.
    public_ids.push(public_ids[0].clone());
    let id = Uuid::now_v7();
    let sent = acts(&log, id, SelectionAct::SendLink, &public_ids).await;
    assert!(
        sent[0].is_none() && sent[2].is_none() && sent.len() == 3,
        "{sent:?}"
    );
    assert!(sent[1].as_ref().unwrap().contains("FINAL"), "{sent:?}");
    assert_eq!(log.count("link_mails").await, 2);
    acts(&log, id, SelectionAct::SendLink, &public_ids).await;
    assert_eq!(
        log.count("audit_entries WHERE action = 'prospect.send_link'")
            .await,
        3
    );

    let reminded = acts(&log, Uuid::now_v7(), SelectionAct::Remind, &public_ids).await;
    for why in [&reminded[0], &reminded[2]] {
        assert!(
            why.as_ref().unwrap().contains("not sent the link yet"),
            "{reminded:?}"
        );
    }

    let closed = acts(&log, Uuid::now_v7(), SelectionAct::Close, &public_ids).await;
    assert_eq!(closed, [None, None, None]);
    assert_eq!(log.count("prospects WHERE stage = 'closed'").await, 3);
    assert_eq!(
        log.count("selections WHERE reason = 'asked for it'").await,
        1
    );
}

/// Works off what waits in the background.
async fn works_off(log: &Log) {
    let worker = log.onboarding.selection_worker();
    while worker.batch().await.unwrap() == Turn::Worked {}
}

async fn colleague(log: &Log, role: Role) -> OperatorId {
    let operators = Operators::new(log.pool.clone());
    let email = format!("{}@bank.example", Uuid::now_v7());
    operators
        .ensure(&email, "correct horse battery", role)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_left_undone_is_gone_on_with_by_another() {
    let log = Log::open().await;
    let who = officer();
    let (ada, bob) = (
        log.prospect("ada@example.com").await,
        log.prospect("bob@example.com").await,
    );
    let public_ids = [public_id(&log, ada).await, public_id(&log, bob).await];
    let to = colleague(&log, Role::OnboardingOfficer).await;
    let new = NewSelection {
        id: Uuid::now_v7(),
        act: SelectionAct::Assign,
        reason: "",
        assignee: Some(to),
        public_ids: &public_ids,
    };
    log.onboarding.act_on_selected(&who, &new).await.unwrap();
    works_off(&log).await;
    log.onboarding.assign(&who, bob, None).await.unwrap();
    // Who had it in his hands is dead for so long.
    for cut in [
        "UPDATE selected_prospects SET done = NULL WHERE place = 2",
        "UPDATE selections SET next_at = clock_timestamp()",
    ] {
        sqlx::query(cut).execute(&log.pool).await.unwrap();
    }
    let selection = log.onboarding.selection(&who, new.id).await.unwrap();
    assert_eq!((selection.done, selection.is_under_way), (1, true));
    works_off(&log).await;
    let selection = log.onboarding.selection(&who, new.id).await.unwrap();
    assert_eq!((selection.done, selection.is_under_way), (2, false));
    for id in [ada, bob] {
        let prospect = log.onboarding.prospect(&who, id).await.unwrap();
        assert_eq!(prospect.assignee, Some(to));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_are_assigned_in_the_background_by_the_rules_of_one() {
    let log = Log::open().await;
    let who = officer();
    let mut public_ids = Vec::new();
    let mut first = None;
    for number in 0..103 {
        let id = log.prospect(&format!("p{number}@example.com")).await;
        first.get_or_insert(id);
        public_ids.push(public_id(&log, id).await);
    }
    let to = colleague(&log, Role::OnboardingOfficer).await;
    log.onboarding
        .assign(&who, first.unwrap(), Some(to))
        .await
        .unwrap();
    let assigned = "outbox_events WHERE payload->>'type' = 'ProspectAssigned'";
    let before = log.count(assigned).await;

    for gone in [
        OperatorId::from(Uuid::now_v7()),
        colleague(&log, Role::Auditor).await,
    ] {
        let new = NewSelection {
            id: Uuid::now_v7(),
            act: SelectionAct::Assign,
            reason: "",
            assignee: Some(gone),
            public_ids: &public_ids,
        };
        let refused = log.onboarding.act_on_selected(&who, &new).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert_eq!(log.count("selections").await, 0);

    let new = NewSelection {
        id: Uuid::now_v7(),
        act: SelectionAct::Assign,
        reason: "",
        assignee: Some(to),
        public_ids: &public_ids,
    };
    for _ in 0..2 {
        log.onboarding.act_on_selected(&who, &new).await.unwrap();
    }
    let selection = log.onboarding.selection(&who, new.id).await.unwrap();
    assert_eq!((selection.total, selection.done), (103, 0));
    works_off(&log).await;
    let selection = log.onboarding.selection(&who, new.id).await.unwrap();
    assert_eq!((selection.done, selection.is_under_way), (103, false));
    assert_eq!(selection.shown.len(), 50);
    let all_his = format!("prospects WHERE assignee = '{to}'");
    assert_eq!(log.count(&all_his).await, 103);
    assert_eq!(
        log.count(assigned).await - before,
        102,
        "whose it was already, nothing is recorded of"
    );
    assert_eq!(
        log.count("audit_entries WHERE action = 'prospect.assign' AND authorized")
            .await,
        104
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_or_too_many_or_no_reason_is_said_before_anything_is_done() {
    let log = Log::open().await;
    let who = officer();
    let ada = log.prospect("ada@example.com").await;
    let public_ids = [public_id(&log, ada).await];
    let many: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
    for (reason, public_ids) in [("", &public_ids[..]), ("because", &[]), ("because", &many)] {
        let new = NewSelection {
            id: Uuid::now_v7(),
            act: SelectionAct::Close,
            reason,
            assignee: None,
            public_ids,
        };
        let refused = log.onboarding.act_on_selected(&who, &new).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert_eq!(log.count("selections").await, 0);
}

/// The page subtracts one from the other.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_and_what_is_shown_are_of_one_moment() {
    let log = Log::open().await;
    let mut public_ids = Vec::new();
    for who in ["ada", "bob"] {
        let id = log.prospect(&format!("{who}@example.com")).await;
        public_ids.push(public_id(&log, id).await);
    }
    let id = Uuid::now_v7();
    acts(&log, id, SelectionAct::SendLink, &public_ids).await;
    let is_done = async |done: Option<bool>| {
        sqlx::query("UPDATE selected_prospects SET done = $1 WHERE selection_id = $2")
            .bind(done)
            .bind(id)
            .execute(&log.pool)
            .await
            .unwrap();
    };
    is_done(None).await;
    // Whoever reads has counted, and waits for the prospects.
    let mut lock = log.pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE prospects IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *lock)
        .await
        .unwrap();
    let onboarding = log.onboarding.clone();
    let reading = tokio::spawn(async move { onboarding.selection(&officer(), id).await });
    somebody_waits(&log.pool).await;
    is_done(Some(true)).await;
    lock.rollback().await.unwrap();
    let found = reading.await.unwrap().unwrap();
    let shown = found.shown.iter();
    let shown_done = shown.filter(|one| one.outcome == Some(SelectedOutcome::Done));
    assert_eq!(found.done, shown_done.count());
}
