//! One act on several prospects: each with its own outcome, once.

use customer::{
    primitives::ProspectId,
    selection::{NewSelection, SelectedOutcome, SelectionAct},
};
use kernel::Error;
use uuid::Uuid;

use crate::common::{Log, admin, officer, red};

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
        public_ids,
    };
    log.onboarding.act_on_selected(&who, &new).await.unwrap();
    let selection = log.onboarding.selection(&who, id).await.unwrap();
    let outcomes = selection.prospects.into_iter();
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

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_short_is_gone_on_with_by_who_began_it() {
    let log = Log::open().await;
    let who = officer();
    let (ada, bob) = (
        log.prospect("ada@example.com").await,
        log.prospect("bob@example.com").await,
    );
    let public_ids = [public_id(&log, ada).await, public_id(&log, bob).await];
    let new = NewSelection {
        id: Uuid::now_v7(),
        act: SelectionAct::Close,
        reason: "asked for it",
        public_ids: &public_ids,
    };
    log.onboarding.act_on_selected(&who, &new).await.unwrap();
    log.onboarding
        .reopen_prospect(&who, bob, "wrong")
        .await
        .unwrap();
    sqlx::query("UPDATE selected_prospects SET done = NULL WHERE prospect_id = $1")
        .bind(Uuid::from(bob))
        .execute(&log.pool)
        .await
        .unwrap();
    assert!(
        log.onboarding
            .selection(&who, new.id)
            .await
            .unwrap()
            .is_cut()
    );
    let refused = log.onboarding.go_on(&admin(), new.id).await;
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    log.onboarding.go_on(&who, new.id).await.unwrap();
    assert_eq!(
        log.onboarding.selection(&who, new.id).await.unwrap().done(),
        2
    );
    assert_eq!(log.count("prospects WHERE stage = 'closed'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_or_too_many_or_no_reason_is_said_before_anything_is_done() {
    let log = Log::open().await;
    let who = officer();
    let ada = log.prospect("ada@example.com").await;
    let public_ids = [public_id(&log, ada).await];
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for (reason, public_ids) in [("", &public_ids[..]), ("because", &[]), ("because", &many)] {
        let new = NewSelection {
            id: Uuid::now_v7(),
            act: SelectionAct::Close,
            reason,
            public_ids,
        };
        let refused = log.onboarding.act_on_selected(&who, &new).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert_eq!(log.count("selections").await, 0);
}
