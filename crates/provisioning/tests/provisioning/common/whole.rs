//! All of it: the real steps, the starter on the outbox, the ledger, the loops, as `usher` wires them.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use claim_loop::{Turn, Work as _};
use customer::{Onboarding, callback_log::ingest::Ingest};
use identity::{
    BuiltInIdentity, DesiredLogin, IdentityError, IdentityProvider, LinkError, Login, LoginId,
    NewLogin, Ownership, PasswordOutcome,
};
use mail::{Mailer, SmtpConfig};
use outbox::Deliveries;
use provisioning::{
    Board, DepositLedger, LinkSteps, Ports, Starter, StepLoop, StepState, recovery,
    steps::{self, Step},
};
use sqlx::postgres::PgPoolOptions;
use testkit::{Holds, SmtpServer};
use testkit_app::App;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{create, review, sumsub::Sumsub, until};

/// The built-in identity behind a switch.
pub struct Gate {
    inner: BuiltInIdentity,
    away: AtomicBool,
    gives_up: AtomicBool,
    locks: AtomicBool,
    probed_in_vain: AtomicUsize,
    /// Held by a test that wants logins to take their time, though it was still asked for as they began.
    pub making_logins: Mutex<()>,
    /// Where who brings logins to what is wanted can be held up: `before` and `after` they ask whether it is still theirs.
    pub holds: Holds,
}

/// Whoever asks is told late; also who makes logins.
struct Slow<'a>(&'a dyn Ownership, &'a Gate, bool);

#[async_trait::async_trait]
impl Ownership for Slow<'_> {
    async fn held(&self, customers: &[Uuid]) -> Vec<Result<(), IdentityError>> {
        self.1.holds.here("before").await;
        let held = self.0.held(customers).await;
        self.1.holds.here("after").await;
        if self.2 {
            drop(self.1.making_logins.lock().await);
        }
        held
    }

    fn effect_ended(&self, customer: Uuid) {
        self.0.effect_ended(customer);
    }
}

impl Gate {
    fn before(inner: BuiltInIdentity) -> Self {
        Self {
            inner,
            away: AtomicBool::default(),
            gives_up: AtomicBool::default(),
            locks: AtomicBool::default(),
            probed_in_vain: AtomicUsize::default(),
            making_logins: Mutex::default(),
            holds: Holds::default(),
        }
    }

    pub fn set_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// From now on everybody is kept out after failed sign-ins.
    pub fn lock_everybody(&self) {
        self.locks.store(true, Ordering::SeqCst);
    }

    /// From now on nobody waits for the making of a login to end, though it does end.
    pub fn give_up_on_logins(&self) {
        self.gives_up.store(true, Ordering::SeqCst);
    }

    /// How often somebody looked whether the logins are back, and they were not.
    pub fn probed_in_vain(&self) -> usize {
        self.probed_in_vain.load(Ordering::SeqCst)
    }

    fn check(&self) -> Result<(), IdentityError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(IdentityError::Unavailable("the logins are away".to_owned()));
        }
        Ok(())
    }
}

#[async_trait::async_trait]
impl IdentityProvider for Gate {
    async fn ensure_logins(
        &self,
        customers: &[NewLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<LoginId, IdentityError>> {
        let ownership = &Slow(ownership, self, true);
        match self.check() {
            Ok(()) if self.gives_up.load(Ordering::SeqCst) => {
                self.inner.ensure_logins(customers, ownership).await;
                let error = IdentityError::Unavailable("no answer came in time".to_owned());
                vec![Err(error); customers.len()]
            }
            Ok(()) => self.inner.ensure_logins(customers, ownership).await,
            Err(error) => vec![Err(error); customers.len()],
        }
    }

    async fn set_temporary_passwords(
        &self,
        customers: &[Uuid],
        ownership: &dyn Ownership,
    ) -> Vec<Result<PasswordOutcome, IdentityError>> {
        match self.check() {
            Ok(()) => {
                self.inner
                    .set_temporary_passwords(customers, ownership)
                    .await
            }
            Err(error) => vec![Err(error); customers.len()],
        }
    }

    async fn sync_logins(
        &self,
        wanted: &[DesiredLogin],
        ownership: &dyn Ownership,
    ) -> Vec<Result<(), IdentityError>> {
        match self.check() {
            Ok(()) => {
                self.inner
                    .sync_logins(wanted, &Slow(ownership, self, false))
                    .await
            }
            Err(error) => vec![Err(error); wanted.len()],
        }
    }

    async fn passwords_chosen(&self, customers: &[Uuid]) -> Vec<Result<bool, IdentityError>> {
        match self.check() {
            Ok(()) => self.inner.passwords_chosen(customers).await,
            Err(error) => vec![Err(error); customers.len()],
        }
    }

    async fn is_locked(&self, _: Uuid) -> Result<bool, IdentityError> {
        self.check().map(|()| self.locks.load(Ordering::SeqCst))
    }

    async fn end_sessions(&self, customer: Uuid) -> Result<(), IdentityError> {
        self.check()?;
        self.inner.end_sessions(customer).await
    }

    async fn link_existing(&self, customer: &NewLogin) -> Result<LoginId, LinkError> {
        self.check().map_err(LinkError::Unavailable)?;
        self.inner.link_existing(customer).await
    }

    async fn probe(&self) -> Result<(), IdentityError> {
        self.check().inspect_err(|_| {
            self.probed_in_vain.fetch_add(1, Ordering::SeqCst);
        })
    }
}

/// The loops of one process, by their steps.
pub type Process = std::collections::HashMap<&'static str, Arc<StepLoop>>;

/// Does what is due of this step, until nothing is.
pub async fn work_off(process: &Process, step: &str) {
    while process[step].batch().await.unwrap() == Turn::Worked {}
}

/// The services with the real steps, and the loops.
pub struct WholeApp {
    app: App,
    pub gate: Arc<Gate>,
    pub smtp: SmtpServer,
    pub sumsub: Sumsub,
    steps: Vec<Arc<dyn Step>>,
    ingest: Ingest,
    stop: CancellationToken,
}

impl Deref for WholeApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Drop for WholeApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl WholeApp {
    pub async fn open() -> Self {
        Self::with_steps(true).await
    }

    /// With no process that does the steps: the test has [`WholeApp::process`]es of its own.
    pub async fn without_processes() -> Self {
        Self::with_steps(false).await
    }

    async fn with_steps(done: bool) -> Self {
        let database = testkit::database().await;
        let pool = PgPoolOptions::new()
            .max_connections(30)
            .connect(&database.url)
            .await
            .unwrap();
        let mut app = App::over(pool.clone(), customer::Settings::default()).await;
        let gate = Arc::new(Gate::before(app.identity.clone()));
        app.board = Board::new(pool.clone(), app.access.clone(), gate.clone());
        let sumsub = Sumsub::start().await;
        let ledger = Arc::new(DepositLedger(app.ledger.clone()));
        // Who was mailed a link is reminded at once.
        let settings = customer::Settings {
            reminders: vec![Duration::from_millis(1)],
            ..customer::Settings::default()
        };
        app.onboarding = Onboarding::new(
            pool.clone(),
            app.outbox.clone(),
            app.access.clone(),
            sumsub.client(),
            settings,
        )
        .with_ledger(ledger)
        .with_link_sender(Arc::new(LinkSteps));
        let smtp = SmtpServer::start();
        let mail = SmtpConfig::plain("127.0.0.1", smtp.port, "Usher <no-reply@bank.example>");
        let steps = steps::all(&Ports {
            identity: gate.clone(),
            mailer: Mailer::new(mail).unwrap(),
            deposits: app.ledger.clone(),
            onboarding: app.onboarding.clone(),
            portal_url: "https://portal.bank.example/".parse().unwrap(),
            bank_name: "Example Bank".to_owned(),
            temporary_for: Duration::from_secs(7 * 24 * 60 * 60),
            recheck_every: Duration::from_secs(24 * 60 * 60),
        });
        let stop = CancellationToken::new();
        let wakeups = claim_loop::Wakeups::start(&pool, stop.clone());
        let starter = Starter::new(&steps);
        app.outbox.in_transaction(Arc::new(starter.clone()));
        let deliveries = Deliveries::new(app.outbox.clone(), starter);
        claim_loop::spawn(&wakeups, deliveries, stop.clone());
        claim_loop::spawn(&wakeups, app.onboarding.drain(), stop.clone());
        if done {
            for work in StepLoop::all(&pool, &pool, &app.onboarding, &steps) {
                claim_loop::spawn(&wakeups, work, stop.clone());
            }
            claim_loop::spawn(&wakeups, app.onboarding.link_chaser(), stop.clone());
            tokio::spawn(recovery::watch(pool.clone(), steps.clone(), stop.clone()));
        }
        Self {
            ingest: Ingest::start(pool),
            app,
            gate,
            smtp,
            sumsub,
            steps,
            stop,
        }
    }

    /// A process of its own that does the steps when the test says so.
    pub fn process(&self) -> Process {
        StepLoop::all(&self.pool, &self.pool, &self.onboarding, &self.steps)
            .into_iter()
            .map(|work| (work.name(), Arc::new(work)))
            .collect()
    }

    /// All processes lose their way to the database, as far as others can tell.
    pub async fn everybody_is_given_up(&self) {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = 7600::oid
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        )
        .execute(&self.pool)
        .await
        .unwrap();
        until("the locks are gone", async || {
            sqlx::query_scalar::<_, bool>(
                "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 7600::oid AND objsubid = 2
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            )
            .fetch_one(&self.pool)
            .await
            .unwrap()
        })
        .await;
    }

    /// A prospect whom Sumsub approves.
    pub async fn approved(&self, email: &str) -> Uuid {
        let id = create(&self.onboarding, email).await;
        self.review(id, "GREEN", 1).await;
        id
    }

    /// A customer with everything done.
    pub async fn active(&self, email: &str) -> Uuid {
        let id = self.approved(email).await;
        self.reaches(id, "active").await;
        id
    }

    pub async fn review(&self, id: Uuid, answer: &str, second: u32) {
        review(&self.ingest, id, answer, second).await;
    }

    /// Waits until the customer is that.
    pub async fn reaches(&self, id: Uuid, activity: &str) {
        let found = async || {
            sqlx::query_scalar::<_, String>("SELECT activity FROM customers WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.pool)
                .await
                .unwrap()
                .is_some_and(|found| found == activity)
        };
        until(&format!("the customer is {activity}"), found).await;
    }

    pub async fn state(&self, id: Uuid, step: &str) -> Option<StepState> {
        let steps = self.board.steps_of(id).await.unwrap();
        steps
            .iter()
            .find(|known| known.step == step)
            .map(|step| step.state)
    }

    /// Waits until the step stands like this.
    pub async fn step_is(&self, id: Uuid, step: &str, state: StepState) {
        let so = async || self.state(id, step).await == Some(state);
        until(&format!("{step} is {state}"), so).await;
    }

    /// Waits until nothing is on its way any more: every event was heard, no step is to be done, none is being done.
    pub async fn settles(&self, id: Uuid) {
        let settled = async || {
            sqlx::query_scalar::<_, bool>(
                "SELECT NOT EXISTS (SELECT FROM outbox_deliveries WHERE listener = 'provisioning-starter')
                    AND NOT EXISTS (SELECT FROM provisioning_steps WHERE customer_id = $1
                        AND (worker IS NOT NULL OR state NOT IN ('done', 'cancelled', 'needs_person')))",
            )
            .bind(id)
            .fetch_one(&self.pool)
            .await
            .unwrap()
        };
        until("everything is settled", settled).await;
    }

    pub async fn login(&self, id: Uuid) -> Option<Login> {
        self.identity.login_of(id).await.unwrap()
    }

    /// Whatever waits sleeps out five minutes more.
    pub async fn everything_sleeps(&self) {
        sqlx::query("UPDATE provisioning_steps SET next_try = next_try + interval '5 minutes' WHERE state = 'retrying'")
            .execute(&self.pool)
            .await
            .unwrap();
    }
}
