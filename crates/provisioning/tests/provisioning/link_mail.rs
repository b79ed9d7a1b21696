//! The verification link by e-mail: made, sent, tried again, redone, reminded of.

use access::Role;
use claim_loop::{Turn, Work as _};
use customer::{
    history,
    link_mail::LinkDoor,
    ports::PersonalDataHolder as _,
    primitives::{ProspectId, Stage},
};
use kernel::Error;
use provisioning::{StepState, StepView, StepsErasure, steps::VERIFICATION_LINK};
use testkit::Mail;
use uuid::Uuid;

use crate::common::{create, officer, somebody, until, whole::WholeApp};

const ADDRESS: &str = "https://portal.bank.example/verify/";

impl WholeApp {
    async fn send_link(&self, id: Uuid) {
        let sent = self.onboarding.send_link(&officer(), id.into()).await;
        sent.unwrap_or_else(|error| panic!("{error}"));
    }

    async fn link_step(&self, id: Uuid) -> StepView {
        self.board.link_step(id).await.unwrap().unwrap()
    }

    async fn link_is(&self, id: Uuid, state: StepState) {
        let so = async || self.link_step(id).await.state == state;
        until(&format!("the link's mail is {state}"), so).await;
    }

    async fn mailed(&self, address: &str, count: usize) -> Vec<Mail> {
        let so = async || self.smtp.mails_to(address).len() >= count;
        until(&format!("{count} mails to {address}"), so).await;
        self.smtp.mails_to(address)
    }

    async fn history(&self, id: Uuid) -> Vec<String> {
        let prospect = self.onboarding.prospect(&officer(), id.into()).await;
        let history = history::prospect_history(&prospect.unwrap());
        history.into_iter().map(|entry| entry.what).collect()
    }

    async fn door(&self, mail: &Mail) -> Option<LinkDoor> {
        self.onboarding.link_door(&token(mail)).await.unwrap()
    }
}

/// What the address in a mail is known by.
fn token(mail: &Mail) -> String {
    let (_, rest) = mail.data.split_once(ADDRESS).unwrap();
    rest.chars().take_while(char::is_ascii_hexdigit).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_is_made_mailed_in_the_banks_name_and_recorded_once() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "ann@example.com").await;
    // Two clicks are one mail.
    app.send_link(id).await;
    app.send_link(id).await;
    app.link_is(id, StepState::Done).await;
    app.send_link(id).await;
    app.link_is(id, StepState::Done).await;
    let mails = app.mailed("ann@example.com", 1).await;
    let first = &mails[0];
    assert!(first.data.contains("Example Bank"), "{}", first.data);
    assert_eq!(token(first).len(), 32, "128 bits");
    assert_eq!(app.sumsub.links(), 1);
    let history = app.history(id).await;
    assert!(
        history.iter().any(|what| what == "Verification link sent"),
        "{history:?}"
    );
    // Looking does nothing; beginning is written down, the first time.
    let open = LinkDoor::Open {
        url: "https://in.sumsub.test/link-1".to_owned(),
        ends_at: match app.door(first).await {
            Some(LinkDoor::Open { ends_at, .. }) => ends_at,
            other => panic!("{other:?}"),
        },
    };
    assert_eq!(
        app.onboarding
            .newest_link_mail(id)
            .await
            .unwrap()
            .unwrap()
            .opened_at,
        None
    );
    for _ in 0..2 {
        let began = app.onboarding.begin_verification(&token(first)).await;
        assert_eq!(began.unwrap(), Some(open.clone()));
    }
    let begun = app.history(id).await;
    let begun = begun
        .iter()
        .filter(|what| *what == "Verification begun from the e-mail");
    assert_eq!(begun.count(), 1);
    assert_eq!(
        app.onboarding.link_door("00").await.unwrap(),
        None,
        "made up"
    );
    let stored = sqlx::query_scalar::<_, i64>(
        "SELECT count(*) FROM link_tokens WHERE encode(digest, 'escape') LIKE '%' || $1 || '%'",
    )
    .bind(token(first))
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(stored, 0, "a digest only");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_reminded_of_by_itself_until_something_happens() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "bob@example.com").await;
    app.send_link(id).await;
    let mails = app.mailed("bob@example.com", 2).await;
    assert!(
        mails[1].data.contains("a reminder to verify"),
        "{}",
        mails[1].data
    );
    until("the history says so", async || {
        let history = app.history(id).await;
        history
            .iter()
            .any(|what| what == "Reminder of the verification link sent")
    })
    .await;
    // Both lead to the same link, and the next is the one before it ends.
    for mail in &mails {
        assert!(matches!(app.door(mail).await, Some(LinkDoor::Open { .. })));
    }
    let days = async || {
        sqlx::query_scalar::<_, f64>(
            "SELECT (EXTRACT(epoch FROM due - now()) / 86400)::float8 FROM link_chases WHERE prospect_id = $1",
        )
        .bind(id)
        .fetch_optional(&app.pool)
        .await
        .unwrap()
    };
    until("the next look is planned", async || {
        days().await.is_some_and(|days| (5.9..6.1).contains(&days))
    })
    .await;
    app.review(id, "GREEN", 1).await;
    app.reaches(id, "active").await;
    assert_eq!(
        app.smtp.mails_to("bob@example.com").len(),
        3,
        "and the welcome e-mail"
    );
    // A customer's steps are their own.
    assert_eq!(app.state(id, VERIFICATION_LINK).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_away_is_said_and_it_goes_out_when_that_is_back() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "cleo@example.com").await;
    app.sumsub.set_away(true);
    app.send_link(id).await;
    app.link_is(id, StepState::Retrying).await;
    let waits_for = async || {
        let groups = app.board.waiting(&officer()).await.unwrap();
        let group = groups
            .iter()
            .find(|group| group.steps.iter().any(|step| step.customer_id == id));
        group.map(|group| {
            assert!(group.steps.iter().all(|step| step.of_prospect));
            group.waits_for.words().to_owned()
        })
    };
    until("it waits for Sumsub", async || {
        waits_for().await.as_deref() == Some("Sumsub")
    })
    .await;
    app.smtp.set_away(true);
    app.everything_sleeps().await;
    app.sumsub.set_away(false);
    until("it waits for the mail server", async || {
        waits_for().await.as_deref() == Some("the mail server")
    })
    .await;
    let step = app.link_step(id).await;
    assert!(step.attempt > 1 && step.last_error.is_some(), "{step:?}");
    app.everything_sleeps().await;
    app.smtp.set_away(false);
    app.link_is(id, StepState::Done).await;
    assert_eq!(app.sumsub.links(), 1, "the link that was made is used");
    assert!(matches!(
        app.door(&app.mailed("cleo@example.com", 1).await[0]).await,
        Some(LinkDoor::Open { .. })
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_goes_to_who_was_closed_meanwhile() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "dora@example.com").await;
    app.smtp.set_away(true);
    app.send_link(id).await;
    app.link_is(id, StepState::Retrying).await;
    let closed = app
        .onboarding
        .close_prospect(&officer(), id.into(), "gone")
        .await;
    closed.unwrap();
    app.link_is(id, StepState::Cancelled).await;
    assert_eq!(
        app.link_step(id).await.last_error.as_deref(),
        Some("The prospect was closed.")
    );
    app.smtp.set_away(false);
    let refused = app.onboarding.send_link(&officer(), id.into()).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    // Whoever is opened again gets what is asked for then.
    let reopened = app
        .onboarding
        .reopen_prospect(&officer(), id.into(), "back")
        .await;
    reopened.unwrap();
    app.send_link(id).await;
    app.link_is(id, StepState::Done).await;
    let first = app.mailed("dora@example.com", 1).await.remove(0);
    app.settles(id).await;
    app.onboarding
        .close_prospect(&officer(), id.into(), "gone")
        .await
        .unwrap();
    assert_eq!(app.door(&first).await, Some(LinkDoor::NothingToVerify));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_address_gets_it_and_the_old_one_leads_nowhere() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "old@example.com").await;
    app.send_link(id).await;
    let old = app.mailed("old@example.com", 2).await;
    app.settles(id).await;
    let change = async |email: &str| {
        let changed = app
            .onboarding
            .change_email(&officer(), id.into(), email)
            .await;
        changed.unwrap_or_else(|error| panic!("{error}"));
    };
    app.smtp
        .answer("bad@example.com", Some("550 5.1.1 no such user"));
    change("bad@example.com").await;
    app.link_is(id, StepState::NeedsPerson).await;
    for mail in &old {
        assert_eq!(app.door(mail).await, Some(LinkDoor::Replaced));
    }
    change("new@example.com").await;
    let new = app.mailed("new@example.com", 1).await;
    assert!(matches!(
        app.door(&new[0]).await,
        Some(LinkDoor::Open { .. })
    ));
    app.link_is(id, StepState::Done).await;
    assert_eq!(app.smtp.mails_to("old@example.com").len(), old.len());
    assert_eq!(app.sumsub.links(), 1, "the link is the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_send_it_once() {
    let app = WholeApp::without_processes().await;
    let (one, other) = (app.process(), app.process());
    for number in 0..5 {
        let email = format!("two-{number}@example.com");
        let id = create(&app.onboarding, &email).await;
        app.send_link(id).await;
        let (one, other) = tokio::join!(
            one[VERIFICATION_LINK].batch(),
            other[VERIFICATION_LINK].batch()
        );
        let worked = [one.unwrap(), other.unwrap()]
            .into_iter()
            .filter(|turn| *turn == Turn::Worked);
        assert_eq!(worked.count(), 1);
        assert_eq!(app.smtp.mails_to(&email).len(), 1);
    }
    assert_eq!(app.sumsub.links(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn created_and_sent_is_one_thing_also_while_sumsub_is_away() {
    let app = WholeApp::open().await;
    app.sumsub.set_away(true);
    let input = customer::ProspectInput {
        email: "eve@example.com".to_owned(),
        telegram_handle: String::new(),
        customer_type: "individual".to_owned(),
    };
    let id = ProspectId::new();
    for _ in 0..2 {
        let made = app
            .onboarding
            .create_and_send_link(&officer(), id, &input)
            .await;
        assert_eq!(made.unwrap().kyc.stage, Stage::New);
    }
    app.link_is(id.into(), StepState::Retrying).await;
    app.sumsub.set_away(false);
    let mails = app.mailed("eve@example.com", 1).await;
    assert!(mails[0].data.contains("passport"), "{}", mails[0].data);
    assert_eq!(app.sumsub.links(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn erased_with_the_prospect_nothing_says_where_it_went_and_no_mail_leads_anywhere() {
    let app = WholeApp::open().await;
    let id = create(&app.onboarding, "gone@example.com").await;
    app.send_link(id).await;
    let mails = app.mailed("gone@example.com", 2).await;
    app.settles(id).await;
    let closed = app
        .onboarding
        .close_prospect(&officer(), id.into(), "gone")
        .await;
    closed.unwrap();
    sqlx::query("UPDATE prospect_events SET recorded_at = recorded_at - interval '5 years 1 day' WHERE id = $1 AND event_type = 'closed'")
        .bind(id)
        .execute(&app.pool)
        .await
        .unwrap();
    // Who never was a customer has no login that would have to go first.
    let mut op = app.onboarding.begin().await.unwrap();
    StepsErasure.erase_in_op(&mut op, id).await.unwrap();
    op.commit().await.unwrap();
    let erased = app
        .onboarding
        .erase_personal_data(&somebody(Role::Admin), id.into())
        .await;
    erased.unwrap();
    let left: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM link_tokens) + (SELECT count(*) FROM link_chases)
            + (SELECT count(*) FROM link_mails WHERE address IS NOT NULL)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(left, 0);
    for mail in &mails {
        assert_eq!(app.door(mail).await, None);
    }
}
