//! Steps that do what a test says, on the real table.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex},
};

use claim_loop::{Turn, Work as _};
use customer::{callback_log::ingest::Ingest, primitives::Activity};
use provisioning::{
    Proof, StepLoop, StepState,
    steps::{Facts, Step, StepDetail, StepError, StepInfo, StepOf},
};
use testkit_app::App;
use uuid::Uuid;

use super::{create, review};

/// A step that does what the test says.
pub struct Scripted {
    info: StepInfo,
    pub answers: Mutex<HashMap<Uuid, StepError>>,
    pub away: Mutex<bool>,
    /// Held by a test that wants a run to last.
    pub gate: tokio::sync::Mutex<()>,
    ran: Mutex<Vec<Vec<Uuid>>>,
}

impl Scripted {
    pub fn new(name: &'static str) -> Arc<Self> {
        Arc::new(Self::make(name, false))
    }

    pub fn standing(name: &'static str) -> Arc<Self> {
        Arc::new(Self::make(name, true))
    }

    fn make(name: &'static str, standing: bool) -> Self {
        Self {
            info: StepInfo {
                name,
                of: StepOf::Customers,
                label: name,
                dependency: "scripted",
                after: None,
                standing,
                batch_size: 50,
                repaired_by: None,
            },
            gate: tokio::sync::Mutex::default(),
            answers: Mutex::default(),
            away: Mutex::default(),
            ran: Mutex::default(),
        }
    }

    pub fn answer(&self, customer: Uuid, error: StepError) {
        self.answers.lock().unwrap().insert(customer, error);
    }

    pub fn ran(&self) -> Vec<Vec<Uuid>> {
        self.ran.lock().unwrap().clone()
    }
}

#[async_trait::async_trait]
impl Step for Scripted {
    fn info(&self) -> &StepInfo {
        &self.info
    }

    fn undone_by(&self, _activity: Activity) -> &'static [&'static str] {
        if self.info.standing { &[] } else { &["undo"] }
    }

    async fn run(&self, customers: &[Facts], _: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let away = *self.away.lock().unwrap();
        let ids: Vec<Uuid> = customers
            .iter()
            .map(|facts| facts.customer.into())
            .collect();
        self.ran.lock().unwrap().push(ids.clone());
        drop(self.gate.lock().await);
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

/// The services, for steps that do what a test says.
pub struct ScriptedApp {
    pub url: String,
    app: App,
}

impl Deref for ScriptedApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl ScriptedApp {
    pub async fn open() -> Self {
        let testkit::TestDatabase { url, pool } = testkit::database().await;
        let app = App::over(pool, customer::Settings::default()).await;
        Self { url, app }
    }

    /// Verified customers whose steps are due.
    pub async fn customers(&self, count: usize, steps: &[&str]) -> Vec<Uuid> {
        let ingest = Ingest::start(self.pool.clone());
        let mut ids = Vec::new();
        for n in 0..count {
            let id = create(&self.onboarding, &format!("c{n}@example.com")).await;
            review(&ingest, id, "GREEN", 1).await;
            ids.push(id);
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

    pub async fn judge(&self) {
        let drain = self.onboarding.drain();
        while drain.batch().await.unwrap() == Turn::Worked {}
    }

    pub fn step_loop(&self, step: &Arc<Scripted>) -> StepLoop {
        self.step_loops(&[step]).remove(0)
    }

    pub fn step_loops(&self, steps: &[&Arc<Scripted>]) -> Vec<StepLoop> {
        let steps: Vec<_> = steps
            .iter()
            .map(|step| Arc::clone(step) as Arc<dyn Step>)
            .collect();
        StepLoop::all(&self.pool, &self.pool, &self.onboarding, &steps)
    }

    pub async fn state(&self, customer: Uuid) -> StepState {
        self.board.steps_of(customer).await.unwrap()[0].state
    }

    pub async fn active(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM customers WHERE activity = 'active'")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}
