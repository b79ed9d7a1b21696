//! Whose fault it is that a welcome e-mail doesn't go out: the board says it, and only what is the customer's comes to a person.

use crate::common::{officer, until, whole::WholeApp};
use provisioning::{StepState, steps::WELCOME_EMAIL};
use uuid::Uuid;

impl WholeApp {
    /// As if the recipient had put it off for so long.
    async fn deferred_for(&self, id: Uuid, hours: i32) {
        sqlx::query(
            "UPDATE provisioning_steps SET put_off_since = now() - make_interval(hours => $2)
             WHERE customer_id = $1 AND step = $3 AND put_off_since IS NOT NULL",
        )
        .bind(id)
        .bind(hours)
        .bind(WELCOME_EMAIL)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    async fn words(&self, id: Uuid) -> String {
        let steps = self.board.steps_of(id).await.unwrap();
        let step = steps.iter().find(|step| step.step == WELCOME_EMAIL);
        step.unwrap().last_error.clone().unwrap_or_default()
    }

    async fn attempts(&self, id: Uuid) -> i32 {
        let steps = self.board.steps_of(id).await.unwrap();
        let step = steps.iter().find(|step| step.step == WELCOME_EMAIL);
        step.unwrap().attempt
    }

    /// Tries it once more, and waits until that has come to something.
    async fn tries_again(&self, id: Uuid) {
        let before = self.attempts(id).await;
        self.board
            .retry_step(&officer(), id, WELCOME_EMAIL)
            .await
            .unwrap();
        until("it was tried", async || {
            self.attempts(id).await > before
                && self.state(id, WELCOME_EMAIL).await != Some(StepState::Running)
        })
        .await;
    }

    /// What the welcome e-mail waits for, by the board.
    async fn waits_for(&self, id: Uuid) -> String {
        let groups = self.board.waiting(&officer()).await.unwrap();
        let group = groups.iter().find(|group| {
            let mut steps = group.steps.iter();
            steps.any(|step| step.customer_id == id && step.step == WELCOME_EMAIL)
        });
        group.map_or(String::new(), |group| group.waits_for.words().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_takes_no_mail_for_a_day_needs_a_person_and_a_full_mailbox_after_a_week() {
    let app = WholeApp::open().await;
    for (email, answer, enough, words) in [
        (
            "slow@example.com",
            "450 4.1.1 unverified address",
            24,
            "for a day: ask the customer",
        ),
        (
            "full@example.com",
            "552 5.2.2 over quota",
            7 * 24,
            "for 7 days: ask the customer",
        ),
    ] {
        app.smtp.answer(email, Some(answer));
        let id = app.approved(email).await;
        app.step_is(id, WELCOME_EMAIL, StepState::Retrying).await;
        assert!(app.words(id).await.contains(answer), "{email}");
        assert_eq!(
            app.waits_for(id).await,
            "the recipient",
            "not the mail server"
        );

        app.deferred_for(id, enough - 1).await;
        app.tries_again(id).await;
        assert_eq!(
            app.state(id, WELCOME_EMAIL).await,
            Some(StepState::Retrying)
        );
        // An outage of ours in between is no end of it, and is said as what it is.
        app.smtp.set_away(true);
        app.tries_again(id).await;
        assert_eq!(app.waits_for(id).await, "the mail server");
        app.smtp.set_away(false);
        app.deferred_for(id, enough).await;
        app.tries_again(id).await;
        assert_eq!(
            app.state(id, WELCOME_EMAIL).await,
            Some(StepState::NeedsPerson)
        );
        let attempts_log = app.words(id).await;
        assert!(
            attempts_log.contains(words) && attempts_log.contains("then retry"),
            "{attempts_log}"
        );

        // Whoever looked and tries again gives it as long again.
        app.tries_again(id).await;
        assert_eq!(
            app.state(id, WELCOME_EMAIL).await,
            Some(StepState::Retrying)
        );
        app.smtp.answer(email, None);
        app.tries_again(id).await;
        app.reaches(id, "active").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_our_fault_waits_and_names_the_setting_and_comes_to_no_person() {
    let app = WholeApp::open().await;
    for (number, (answer, setting)) in [
        (
            "504 5.5.2 <web1>: Helo command rejected: need fully-qualified hostname",
            "smtp.hello",
        ),
        (
            "553 5.7.1 Sender address rejected: not owned by user usher",
            "smtp.from",
        ),
        (
            "550 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
            "smtp.host",
        ),
        ("550 5.7.23 SPF fail", "smtp.from"),
        ("550 5.7.1 local policy", "smtp.host"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("ours{number}@example.com");
        app.smtp.answer(&email, Some(answer));
        let id = app.approved(&email).await;
        app.step_is(id, WELCOME_EMAIL, StepState::Retrying).await;
        let attempts_log = app.words(id).await;
        assert!(
            attempts_log.contains(setting) && attempts_log.contains(answer),
            "{attempts_log}"
        );
        assert_eq!(app.waits_for(id).await, "the mail server");
        app.deferred_for(id, 1000).await;
        app.tries_again(id).await;
        assert_eq!(
            app.state(id, WELCOME_EMAIL).await,
            Some(StepState::Retrying),
            "{attempts_log}"
        );
        app.smtp.answer(&email, None);
        app.tries_again(id).await;
        app.reaches(id, "active").await;
    }
}
