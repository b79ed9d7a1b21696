//! The steps' table on a real database: batches, retries, take-over, pulling forward, cancelling.

#![expect(
    clippy::unwrap_used,
    reason = "a story stops at what it did not expect"
)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use access::{Access, Role, Subject};
use claim_loop::{Turn, Work as _};
use customer::{
    Onboarding, ProspectInput, Settings, callback_log::ingest::Ingest, event::Outbox, kyc::Rules,
    levels::Levels, primitives::ProspectId,
};
use provisioning::{
    Board, StepLoop, StepState, recovery,
    steps::{Done, Facts, Step, StepError},
};
use serde_json::json;
use sqlx::PgPool;
use sumsub::{Client, Secret, SumsubConfig, webhook::Callback};
use uuid::Uuid;

/// A step that does what the test says.
struct Scripted {
    name: &'static str,
    answers: Mutex<HashMap<Uuid, StepError>>,
    away: Mutex<bool>,
    ran: Mutex<Vec<Vec<Uuid>>>,
}

impl Scripted {
    fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self {
            name,
            answers: Mutex::default(),
            away: Mutex::default(),
            ran: Mutex::default(),
        })
    }

    fn answer(&self, customer: Uuid, error: StepError) {
        self.answers.lock().unwrap().insert(customer, error);
    }

    fn ran(&self) -> Vec<Vec<Uuid>> {
        self.ran.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Step for Scripted {
    fn name(&self) -> &'static str {
        self.name
    }

    fn label(&self) -> &'static str {
        self.name
    }

    fn dependency(&self) -> &'static str {
        "scripted"
    }

    fn batch_size(&self) -> i64 {
        50
    }

    async fn run(&self, customers: &[Facts]) -> Vec<Result<Done, StepError>> {
        let away = *self.away.lock().unwrap();
        let ids: Vec<Uuid> = customers
            .iter()
            .map(|facts| facts.customer.into())
            .collect();
        self.ran.lock().unwrap().push(ids.clone());
        let answers = self.answers.lock().unwrap();
        ids.iter()
            .map(|id| match answers.get(id) {
                Some(error) => Err(error.clone()),
                None if away => Err(StepError::Retry("it is away".to_owned())),
                None => Ok(None),
            })
            .collect()
    }

    async fn probe(&self) -> Result<(), StepError> {
        if *self.away.lock().unwrap() {
            Err(StepError::Retry("it is away".to_owned()))
        } else {
            Ok(())
        }
    }
}

struct House {
    pool: PgPool,
    onboarding: Onboarding,
    board: Board,
}

impl House {
    async fn open() -> House {
        let pool = testkit::database().await.pool;
        let outbox = Outbox::init(&pool, obix::MailboxConfig::builder().build())
            .await
            .unwrap();
        let nowhere = "http://127.0.0.1:9".parse().unwrap();
        let sumsub = Client::new(SumsubConfig::new(
            nowhere,
            Secret::new("prd:t"),
            Secret::new("k"),
        ))
        .unwrap();
        let settings = Settings {
            levels: Levels::default(),
            rules: Rules {
                allow_sandbox: false,
            },
            link_ttl: Duration::from_secs(3600),
        };
        let access = Access::new(pool.clone());
        let onboarding = Onboarding::new(pool.clone(), outbox, access.clone(), sumsub, settings);
        House {
            board: Board::new(pool.clone(), access),
            pool,
            onboarding,
        }
    }

    /// Verified customers whose steps are due.
    async fn customers(&self, count: usize, steps: &[&str]) -> Vec<Uuid> {
        let ingest = Ingest::start(self.pool.clone());
        let mut ids = Vec::new();
        for n in 0..count {
            let input = ProspectInput {
                email: format!("c{n}@example.com"),
                telegram_handle: String::new(),
                customer_type: "bank".to_owned(),
            };
            let id = ProspectId::new();
            self.onboarding
                .create_prospect(&officer(), id, &input)
                .await
                .unwrap_or_else(|error| panic!("{error}"));
            self.review(&ingest, id, "GREEN", 1).await;
            ids.push(id.into());
        }
        self.judge().await;
        for step in steps {
            sqlx::query(
                "INSERT INTO provisioning_steps (customer_id, step, label, position, dependency, state, next_try)
                 SELECT id, $1, $1, 1, 'scripted', 'waiting', clock_timestamp() FROM customers",
            )
            .bind(step)
            .execute(&self.pool)
            .await
            .unwrap();
        }
        ids
    }

    async fn review(&self, ingest: &Ingest, prospect: ProspectId, answer: &str, second: u32) {
        let body = json!({
            "type": "applicantReviewed", "applicantId": format!("applicant-{prospect}"), "externalUserId": prospect.to_string(),
            "correlationId": "req", "levelName": "basic-kyb-level", "sandboxMode": false, "reviewStatus": "completed",
            "reviewResult": {"reviewAnswer": answer}, "createdAtMs": format!("2026-03-01 10:00:{second:02}.000"),
        })
        .to_string();
        ingest
            .store(&Callback::parse(body.as_bytes()).unwrap(), body)
            .await
            .unwrap();
    }

    async fn judge(&self) {
        let drain = self.onboarding.drain();
        while drain.batch().await.unwrap() == Turn::Worked {}
    }

    fn step_loop(&self, step: &Arc<Scripted>) -> StepLoop {
        StepLoop::new(
            self.pool.clone(),
            self.onboarding.clone(),
            Arc::clone(step) as Arc<dyn Step>,
        )
    }

    async fn state(&self, customer: Uuid) -> StepState {
        self.board.steps_of(customer).await.unwrap()[0].state
    }

    async fn active(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM customers WHERE activity = 'active'")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

fn officer() -> Subject {
    Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: Role::OnboardingOfficer,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_item_fails_alone_and_a_person_can_retry_it() {
    let house = House::open().await;
    let ids = house.customers(3, &["one"]).await;
    let step = Scripted::new("one");
    step.answer(
        ids[0],
        StepError::NeedsPerson("the address is refused".to_owned()),
    );
    step.answer(ids[1], StepError::Retry("try later".to_owned()));
    let work = house.step_loop(&step);
    assert_eq!(work.batch().await.unwrap(), Turn::Worked);

    assert_eq!(house.state(ids[0]).await, StepState::NeedsPerson);
    let retrying = &house.board.steps_of(ids[1]).await.unwrap()[0];
    assert_eq!((retrying.state, retrying.attempt), (StepState::Retrying, 1));
    assert_eq!(retrying.last_error.as_deref(), Some("try later"));
    assert!(retrying.next_try.is_some());
    assert_eq!(house.state(ids[2]).await, StepState::Done);
    assert_eq!(house.active().await, 1);

    step.answers.lock().unwrap().clear();
    house.board.retry_now(&officer(), ids[0]).await.unwrap();
    work.batch().await.unwrap();
    assert_eq!(house.state(ids[0]).await, StepState::Done);
    assert_eq!(step.ran().len(), 2, "all of a batch in one call");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_was_running_is_taken_over_at_once_and_a_living_ones_is_not() {
    let house = House::open().await;
    let ids = house.customers(2, &["one"]).await;
    // The first customer's is run by somebody who lives, the second's by somebody who is gone.
    let mut living = house.pool.acquire().await.unwrap();
    sqlx::query("SELECT pg_advisory_lock(7600, 41)")
        .execute(&mut *living)
        .await
        .unwrap();
    for (id, worker) in ids.iter().zip([41, 42]) {
        sqlx::query("UPDATE provisioning_steps SET state = 'running', worker = $2, attempt = 1 WHERE customer_id = $1")
            .bind(id)
            .bind(worker)
            .execute(&house.pool)
            .await
            .unwrap();
    }
    let work = house.step_loop(&Scripted::new("one"));
    work.batch().await.unwrap();
    work.batch().await.unwrap();
    assert_eq!(house.state(ids[0]).await, StepState::Running);
    assert_eq!(house.state(ids[1]).await, StepState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_pulled_forward_when_its_dependency_is_back() {
    let house = House::open().await;
    let ids = house.customers(20, &["one"]).await;
    let step = Scripted::new("one");
    *step.away.lock().unwrap() = true;
    let work = house.step_loop(&step);
    work.batch().await.unwrap();
    sqlx::query("UPDATE provisioning_steps SET next_try = next_try + interval '5 minutes'")
        .execute(&house.pool)
        .await
        .unwrap();
    assert_eq!(house.state(ids[0]).await, StepState::Retrying);

    let stop = tokio_util::sync::CancellationToken::new();
    let watching = tokio::spawn(recovery::watch(
        house.pool.clone(),
        vec![step.clone() as Arc<dyn Step>],
        stop.clone(),
    ));
    *step.away.lock().unwrap() = false;
    let (looping, _) = claim_loop::spawn(house.pool.clone(), work, stop.clone());
    let all_active = async {
        while house.active().await < 20 {
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
    let house = House::open().await;
    let ids = house.customers(1, &["one"]).await;
    let ingest = Ingest::start(house.pool.clone());
    house.review(&ingest, ids[0].into(), "RED", 2).await;
    house.judge().await;
    let step = Scripted::new("one");
    house.step_loop(&step).batch().await.unwrap();
    assert_eq!(house.state(ids[0]).await, StepState::Cancelled);
    assert!(
        step.ran().is_empty(),
        "nothing was done for a rejected customer"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_that_end_at_the_same_time_still_make_the_customer_active() {
    let house = House::open().await;
    house.customers(40, &["one", "two", "three"]).await;
    let loops: Vec<StepLoop> = ["one", "two", "three"]
        .into_iter()
        .map(|name| house.step_loop(&Scripted::new(name)))
        .collect();
    futures::future::join_all(loops.iter().map(|work| work.batch()))
        .await
        .into_iter()
        .for_each(|turn| {
            turn.unwrap();
        });
    assert_eq!(house.active().await, 40);
}
