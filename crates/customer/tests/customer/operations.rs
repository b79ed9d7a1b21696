//! What operators do, on a real database: the rules, idempotence, and what is left behind.

use crate::common::{Log, admin, applicant, callback, green, officer, red};
use customer::{
    callback_log::view::CallbackFilter,
    history,
    kyc::Outcome,
    primitives::{Activity, KycLevel, ProspectId, Stage, Verification},
    prospect::Prospect,
};
use kernel::Error;
use serde_json::json;

impl Log {
    async fn read(&self, id: ProspectId) -> Prospect {
        let public_id: String = sqlx::query_scalar("SELECT public_id FROM prospects WHERE id = $1")
            .bind(uuid::Uuid::from(id))
            .fetch_one(&self.pool)
            .await
            .unwrap();
        self.onboarding
            .prospect_by_public_id(&officer(), &public_id)
            .await
            .unwrap()
    }

    async fn stage(&self, id: ProspectId) -> Stage {
        self.read(id).await.kyc.stage
    }

    async fn activity(&self, id: ProspectId) -> Option<Activity> {
        let customer = self.onboarding.own_record(id.into()).await.unwrap();
        customer.map(|customer| customer.activity())
    }
}

fn refused<T: std::fmt::Debug>(done: Result<T, Error>) -> String {
    match done {
        Err(Error::Refused(words)) => words.into_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_frees_the_address_and_reopening_asks_for_it_back() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let one = log.prospect("ada@example.com").await;
    service
        .close_prospect(&who, one, "went away")
        .await
        .unwrap();
    service.close_prospect(&who, one, "again").await.unwrap();
    assert_eq!(log.stage(one).await, Stage::Closed);
    let closings = history::prospect_history(&log.read(one).await);
    assert_eq!(
        closings
            .iter()
            .filter(|e| e.what.starts_with("Closed"))
            .count(),
        1,
        "the same again records nothing"
    );
    let other = log.prospect("ADA@example.com").await;
    let words = refused(service.reopen_prospect(&who, one, "came back").await);
    assert!(words.contains("another prospect"), "{words}");
    assert_eq!(log.stage(one).await, Stage::Closed);
    service.close_prospect(&who, other, "twin").await.unwrap();
    service
        .reopen_prospect(&who, one, "came back")
        .await
        .unwrap();
    assert_eq!(log.stage(one).await, Stage::New);
    let stages = log.read(one).await.stages();
    assert!(stages.is_sorted_by_key(|(since, _)| *since), "{stages:?}");
    assert_eq!(
        stages.iter().map(|(_, stage)| *stage).collect::<Vec<_>>(),
        [Stage::New, Stage::Closed, Stage::New],
        "the way it went"
    );
    let missing = service.close_prospect(&who, one, "  ").await;
    assert!(matches!(missing, Err(Error::Invalid(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_while_closed_is_judged_at_reopening() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let id = log.prospect("ada@example.com").await;
    service.close_prospect(&who, id, "why").await.unwrap();
    log.receives(&callback(id, "applicantPending", 1)).await;
    log.receives(&green(id, 2)).await;
    assert_eq!(log.stage(id).await, Stage::Closed);
    let raised = service.raised(&who).await.unwrap();
    assert_eq!(raised.count, 1);
    assert_eq!(raised.items[0].cause, "a GREEN for a closed prospect");
    assert!(raised.items[0].callback.is_some());

    service
        .reopen_prospect(&who, id, "after all")
        .await
        .unwrap();
    assert_eq!(log.stage(id).await, Stage::Converted);
    assert_eq!(log.activity(id).await, Some(Activity::Pending));

    let item = raised.items[0].id;
    service.resolve(&who, item, "reopened").await.unwrap();
    service.resolve(&who, item, "twice").await.unwrap();
    assert_eq!(service.raised(&who).await.unwrap().count, 0);
    assert!(matches!(
        service.resolve(&who, 4711, "what?").await,
        Err(Error::NotFound(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn converted_by_hand_says_so_and_a_green_verifies_later() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, admin());
    let id = log.prospect("ada@example.com").await;
    assert!(matches!(
        service.convert_by_hand(&officer(), id, "friend").await,
        Err(Error::Forbidden(_))
    ));
    service
        .convert_by_hand(&who, id, "known for years")
        .await
        .unwrap();
    service
        .convert_by_hand(&who, id, "clicked twice")
        .await
        .unwrap();
    let customer = service.own_record(id.into()).await.unwrap().unwrap();
    assert_eq!(customer.level, KycLevel::NotKyced);
    assert_eq!(customer.verification, Verification::PendingVerification);
    assert_eq!(log.count("customers").await, 1);
    let prospect = log.read(id).await;
    let why = prospect.why_converted_by_hand();
    assert_eq!(why.as_deref(), Some("known for years"));
    let first = history::customer_history(&customer, Some(&prospect))
        .remove(0)
        .what;
    assert!(first.ends_with("Not KYCed: known for years"), "{first}");
    let words = refused(service.close_prospect(&who, id, "no").await);
    assert!(words.contains("customer"), "{words}");

    service.generate_link(&who, id).await.unwrap();
    log.receives(&green(id, 3)).await;
    let customer = service.own_record(id.into()).await.unwrap().unwrap();
    assert_eq!(customer.level, KycLevel::Basic);
    assert_eq!(customer.verification, Verification::Verified);
    let words = refused(service.generate_link(&who, id).await);
    assert!(words.contains("verified"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_prospect_is_not_converted_by_hand() {
    let log = Log::open().await;
    let id = log.prospect("ada@example.com").await;
    log.receives(&red(id, 1, "RETRY")).await;
    let words = refused(log.onboarding.convert_by_hand(&admin(), id, "why").await);
    assert!(words.contains("declined"), "{words}");
    log.receives(&callback(id, "applicantPending", 2)).await;
    log.onboarding
        .convert_by_hand(&admin(), id, "why")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_red_is_restored_only_after_a_newer_green() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, admin());
    let id = log.prospect("ada@example.com").await;
    log.receives(&green(id, 1)).await;
    assert!(service.may_enter(id.into()).await.unwrap());
    log.receives(&red(id, 5, "FINAL")).await;
    assert_eq!(log.activity(id).await, Some(Activity::Inactive));
    assert!(!service.may_enter(id.into()).await.unwrap());
    refused(service.restore_customer(&who, id.into(), "please").await);
    log.receives(&green(id, 4)).await;
    refused(service.restore_customer(&who, id.into(), "older").await);
    log.receives(&green(id, 6)).await;
    assert_eq!(
        log.activity(id).await,
        Some(Activity::Inactive),
        "raised, not lifted"
    );
    assert!(matches!(
        service.restore_customer(&officer(), id.into(), "no").await,
        Err(Error::Forbidden(_))
    ));
    service
        .restore_customer(&who, id.into(), "cleared up")
        .await
        .unwrap();
    service
        .restore_customer(&who, id.into(), "again")
        .await
        .unwrap();
    assert_eq!(log.activity(id).await, Some(Activity::Pending));
    let causes: Vec<String> = service
        .raised(&who)
        .await
        .unwrap()
        .items
        .into_iter()
        .map(|item| item.cause)
        .collect();
    assert_eq!(
        causes,
        [
            "a RED for a verified customer (late RED)",
            "a GREEN for a rejected customer: Restore is possible"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn deactivation_and_rejection_do_not_undo_each_other() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, admin());
    let id = log.prospect("ada@example.com").await;
    log.receives(&green(id, 1)).await;
    service
        .deactivate_customer(&who, id.into(), "asked")
        .await
        .unwrap();
    log.receives(&red(id, 2, "FINAL")).await;
    service
        .reactivate_customer(&who, id.into(), "asked")
        .await
        .unwrap();
    assert_eq!(log.activity(id).await, Some(Activity::Inactive));
    log.receives(&green(id, 3)).await;
    service
        .deactivate_customer(&who, id.into(), "again")
        .await
        .unwrap();
    service
        .restore_customer(&who, id.into(), "cleared")
        .await
        .unwrap();
    assert_eq!(log.activity(id).await, Some(Activity::Inactive));
    service
        .reactivate_customer(&who, id.into(), "done")
        .await
        .unwrap();
    assert_eq!(log.activity(id).await, Some(Activity::Pending));

    service
        .close_customer(&who, id.into(), "left the bank")
        .await
        .unwrap();
    service
        .close_customer(&who, id.into(), "twice")
        .await
        .unwrap();
    assert_eq!(log.activity(id).await, Some(Activity::Closed));
    refused(service.reactivate_customer(&who, id.into(), "no").await);
    log.prospect("ada@example.com").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_is_taken_everywhere_or_nowhere() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let one = log.prospect("ada@example.com").await;
    let other = log.prospect("bob@example.com").await;
    match service.change_email(&who, one, "BOB@example.com").await {
        Err(Error::Invalid(errors)) => {
            let words = &errors[0].message;
            assert!(words.contains("taken by"), "{words}");
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        service.change_email(&who, one, "no address").await,
        Err(Error::Invalid(_))
    ));
    log.receives(&green(one, 1)).await;
    service
        .change_email(&who, one, "countess@example.com")
        .await
        .unwrap();
    service
        .change_email(&who, one, "countess@example.com")
        .await
        .unwrap();
    let customer = service.own_record(one.into()).await.unwrap().unwrap();
    assert_eq!(customer.email().as_deref(), Some("countess@example.com"));
    assert_eq!(
        log.read(one).await.email().as_deref(),
        Some("countess@example.com")
    );
    assert_eq!(
        service.emails_before(one.into(), 5).await.unwrap(),
        ["ada@example.com"]
    );
    service
        .change_email(&who, other, "ada@example.com")
        .await
        .unwrap();
    service
        .change_telegram_handle(&who, other, "@bob_b")
        .await
        .unwrap();
    assert!(matches!(
        service.change_telegram_handle(&who, one, "BOB_B").await,
        Err(Error::Invalid(_))
    ));
    service
        .change_telegram_handle(&who, other, "")
        .await
        .unwrap();
    service
        .change_telegram_handle(&who, one, "bob_b")
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_type_voids_the_link_and_is_for_new_prospects() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let id = log.prospect("ada@example.com").await;
    service.generate_link(&who, id).await.unwrap();
    service
        .change_customer_type(&who, id, "bank")
        .await
        .unwrap();
    assert!(log.read(id).await.kyc.link.is_none());
    assert!(matches!(
        service.change_customer_type(&who, id, "cat").await,
        Err(Error::Invalid(_))
    ));
    log.receives(&green(id, 1)).await;
    assert_eq!(log.stage(id).await, Stage::New, "the level of the old link");
    let mut started = callback(id, "applicantCreated", 2);
    started["levelName"] = json!("basic-kyb-level");
    log.receives(&started).await;
    refused(service.change_customer_type(&who, id, "individual").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_from_before_the_prospect_is_reprocessed() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let unborn = ProspectId::new();
    log.receives(&green(unborn, 1)).await;
    let input = customer::ProspectInput {
        email: "ada@example.com".to_owned(),
        telegram_handle: String::new(),
        customer_type: "individual".to_owned(),
    };
    service.create_prospect(&who, unborn, &input).await.unwrap();
    let page = service
        .callbacks(
            &who,
            &CallbackFilter {
                ..CallbackFilter::default()
            },
            10,
            None,
        )
        .await
        .unwrap();
    let row = &page.rows[0];
    assert_eq!(row.outcome, Outcome::Ignored);
    assert!(
        row.reason
            .as_deref()
            .unwrap()
            .starts_with("unknown prospect")
    );
    service.reprocess(&who, row.id).await.unwrap();
    log.drained().await;
    assert_eq!(log.stage(unborn).await, Stage::Converted);
    let detail = service.callback(&who, row.id).await.unwrap();
    assert_eq!(detail.row.outcome, Outcome::Applied);
    assert!(detail.body.contains("GREEN"));
    refused(service.reprocess(&who, row.id).await);
    assert!(matches!(
        service.reprocess(&who, 4711).await,
        Err(Error::NotFound(_))
    ));
    let found = CallbackFilter {
        prospect: Some(format!("applicant-{unborn}")),
        ..CallbackFilter::default()
    };
    assert_eq!(
        service
            .callbacks(&who, &found, 10, None)
            .await
            .unwrap()
            .rows
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owners_red_is_raised_on_the_company() {
    let log = Log::open().await;
    let id = log.prospect("acme@example.com").await;
    log.onboarding
        .change_customer_type(&officer(), id, "private_company")
        .await
        .unwrap();
    let mut started = callback(id, "applicantCreated", 1);
    started["levelName"] = json!("basic-kyb-level");
    log.receives(&started).await;
    let mut owner = red(ProspectId::new(), 2, "FINAL");
    owner["applicantId"] = json!("owner-1");
    owner["applicantMemberOf"] = json!([{"applicantId": format!("applicant-{id}")}]);
    log.receives(&owner.clone()).await;
    owner["correlationId"] = json!("another");
    owner["reviewResult"] = json!({"reviewAnswer": "GREEN"});
    owner["externalUserId"] = json!(id.to_string());
    log.receives(&owner).await;
    assert_eq!(
        log.stage(id).await,
        Stage::KycStarted,
        "an owner's GREEN is not the company's"
    );
    let raised = log.onboarding.raised_about(id.into()).await.unwrap();
    assert_eq!(raised.len(), 1);
    assert_eq!(
        raised[0].cause,
        "a RED for a beneficial owner of this company"
    );
    let of_company = CallbackFilter {
        prospect: Some(id.to_string()),
        ..CallbackFilter::default()
    };
    let rows = log
        .onboarding
        .callbacks(&officer(), &of_company, 10, None)
        .await
        .unwrap()
        .rows;
    assert_eq!(
        rows.len(),
        3,
        "the owner's callbacks stand with the company"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_personal_data_is_recorded_and_twins_are_raised_on_each_other() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let (one, other) = (
        log.prospect("ada@example.com").await,
        log.prospect("ada2@example.com").await,
    );
    for (id, spelled) in [(one, "Lovelace"), (other, "LOVELACE")] {
        let mut told = applicant(id, "completed", Some("GREEN"), 1);
        told["info"]["lastName"] = json!(spelled);
        log.sumsub.tell(id, told);
        service.refresh_from_sumsub(&who, id).await.unwrap();
        log.drained().await;
        assert_eq!(log.stage(id).await, Stage::Converted);
    }
    let data = log.read(one).await.personal_data().unwrap();
    assert_eq!(data.last_name.as_deref(), Some("Lovelace"));
    assert_eq!(data.addresses, ["12 St James Square, London"]);
    let raised = service.raised(&who).await.unwrap();
    assert_eq!(raised.count, 1, "one row for the pair");
    assert!(raised.items.iter().all(|item| item.other.is_some()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_resolved_can_be_read_again_with_the_reason() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let id = log.prospect("ada@example.com").await;
    let other = log.prospect("bob@example.com").await;
    for prospect in [id, other] {
        log.receives(&green(prospect, 1)).await;
        log.receives(&red(prospect, 2, "FINAL")).await;
    }
    assert!(
        service
            .resolved(&who, None, 10, None)
            .await
            .unwrap()
            .rows
            .is_empty()
    );
    let items = service.raised(&who).await.unwrap().items;
    for (item, why) in items.iter().zip(["a fraud", "a mistake"]) {
        service.resolve(&who, item.id, why).await.unwrap();
    }
    let newest = service.resolved(&who, None, 1, None).await.unwrap();
    assert_eq!(newest.rows[0].reason.as_deref(), Some("a mistake"));
    assert_eq!(newest.rows[0].by, who.as_text());
    let older = service.resolved(&who, None, 1, newest.next).await.unwrap();
    assert_eq!(older.next, None);
    let older = older.rows;
    assert_eq!(older[0].reason.as_deref(), Some("a fraud"));
    assert_eq!(older[0].item.cause, items[0].cause);
    let about = service
        .resolved(&who, Some(id.into()), 10, None)
        .await
        .unwrap()
        .rows;
    assert_eq!(about.len(), 1);
    assert_eq!(
        about[0].item.about.as_ref().unwrap().id,
        uuid::Uuid::from(id)
    );
    assert!(service.raised(&who).await.unwrap().items.is_empty());
}
