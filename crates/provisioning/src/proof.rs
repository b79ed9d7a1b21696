//! The proof that a step is still ours and that the customer still stands as we read it, asked just before each effect
//! outside: whoever was cut off from the database, or was stopped for a while, has perhaps been replaced since it took its batch.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use customer::primitives::{Activity, ProspectStatus};
use identity::{IdentityError, Ownership};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    presence::LOCK_CLASS,
    steps::{Facts, Standing, StepError, StepInfo, StepOf},
};

/// A database that takes longer proves nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of one batch of one step.
pub struct Proof {
    pool: PgPool,
    step: &'static str,
    of: StepOf,
    worker: i32,
    customers: Vec<Uuid>,
    generations: Vec<i32>,
    emails: Vec<Option<String>>,
    /// As [`standing`] names them.
    standings: Vec<String>,
    newest: tokio::sync::Mutex<Option<Answer>>,
    effect_ended: Mutex<HashMap<Uuid, Instant>>,
}

/// Whose step was ours when the database was asked.
#[derive(Clone)]
struct Answer {
    asked: Instant,
    ours: Arc<HashSet<Uuid>>,
}

impl Proof {
    /// Of these, as they were read just now.
    pub(crate) fn of(pool: &PgPool, step: &StepInfo, worker: i32, batch: &[Facts]) -> Self {
        Self {
            pool: pool.clone(),
            step: step.name,
            of: step.of,
            worker,
            customers: batch.iter().map(|facts| facts.customer.into()).collect(),
            generations: batch.iter().map(|facts| facts.generation).collect(),
            emails: batch.iter().map(|facts| facts.email.clone()).collect(),
            standings: batch
                .iter()
                .map(|facts| standing(facts.standing).to_owned())
                .collect(),
            newest: tokio::sync::Mutex::default(),
            effect_ended: Mutex::default(),
        }
    }

    /// Whether the step is still ours for this customer. No, when the database doesn't answer.
    pub async fn holds(&self, customer: Uuid) -> bool {
        self.ours().await.contains(&customer)
    }

    /// As [`Proof::holds`], for who gives up otherwise.
    ///
    /// # Errors
    /// [`StepError::Lost`].
    pub async fn still(&self, customer: Uuid) -> Result<(), StepError> {
        if self.holds(customer).await {
            Ok(())
        } else {
            Err(StepError::Lost)
        }
    }

    /// Something outside may have changed for this customer until now.
    pub fn effect_ended(&self, customer: Uuid) {
        self.effects().insert(customer, Instant::now());
    }

    /// When it did last.
    pub fn last_effect(&self, customer: Uuid) -> Option<Instant> {
        self.effects().get(&customer).copied()
    }

    fn effects(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, Instant>> {
        self.effect_ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of the batch whose step is ours at this moment. Who asks while the database is being asked shares the next answer.
    async fn ours(&self) -> Arc<HashSet<Uuid>> {
        let wanted = Instant::now();
        let mut newest = self.newest.lock().await;
        if let Some(answer) = newest.as_ref()
            && answer.asked >= wanted
        {
            return Arc::clone(&answer.ours);
        }
        let asked = Instant::now();
        let ours = match tokio::time::timeout(PATIENCE, self.ask()).await {
            Ok(Ok(ours)) => ours,
            Ok(Err(error)) => {
                tracing::warn!(step = self.step, %error, "nobody can tell whether a step is still ours: it is left");
                HashSet::new()
            }
            Err(_) => {
                tracing::warn!(
                    step = self.step,
                    "the database does not tell whether a step is still ours: it is left"
                );
                HashSet::new()
            }
        };
        let ours = Arc::new(ours);
        *newest = Some(Answer {
            asked,
            ours: Arc::clone(&ours),
        });
        ours
    }

    /// Nobody else gets our lock while its connection lives: that it could be had means that we lost it.
    async fn ask(&self) -> Result<HashSet<Uuid>, sqlx::Error> {
        if self.of == StepOf::Prospects {
            return self.ask_of_prospects().await;
        }
        let ours = sqlx::query_scalar!(
            r#"
            SELECT step.customer_id
            FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::text[]) AS read (customer_id, generation, email, standing)
            JOIN provisioning_steps AS step ON step.customer_id = read.customer_id AND step.step = $5
            JOIN customers AS customer ON customer.id = read.customer_id
            WHERE step.worker = $6 AND step.generation = read.generation
              AND customer.email IS NOT DISTINCT FROM read.email
              AND CASE WHEN customer.activity IN ('pending', 'active') THEN 'open' ELSE customer.activity END = read.standing
              AND (SELECT NOT pg_try_advisory_xact_lock_shared($7, $6))
            "#,
            &self.customers,
            &self.generations,
            &self.emails as &[Option<String>],
            &self.standings,
            self.step,
            self.worker,
            LOCK_CLASS,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ours.into_iter().collect())
    }

    /// As [`Proof::ask`], of those who are no customers yet.
    async fn ask_of_prospects(&self) -> Result<HashSet<Uuid>, sqlx::Error> {
        let ours = sqlx::query_scalar!(
            r#"
            SELECT step.customer_id
            FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::text[]) AS read (prospect_id, generation, email, standing)
            JOIN provisioning_steps AS step ON step.customer_id = read.prospect_id AND step.step = $5
            JOIN prospects AS prospect ON prospect.id = read.prospect_id
            WHERE step.worker = $6 AND step.generation = read.generation
              AND prospect.email IS NOT DISTINCT FROM read.email
              AND CASE WHEN prospect.stage IN ('converted', 'closed') THEN prospect.stage ELSE 'open' END = read.standing
              AND (SELECT NOT pg_try_advisory_xact_lock_shared($7, $6))
            "#,
            &self.customers,
            &self.generations,
            &self.emails as &[Option<String>],
            &self.standings,
            self.step,
            self.worker,
            LOCK_CLASS,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(ours.into_iter().collect())
    }
}

/// Who waits and who is active have the same access; and an open prospect is open at whatever stage.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Customer(Activity::Pending | Activity::Active) => "open",
        Standing::Customer(activity) => activity.name(),
        Standing::Prospect(stage) => match stage.status() {
            ProspectStatus::Open => "open",
            ProspectStatus::Converted | ProspectStatus::Closed => stage.name(),
        },
    }
}

#[async_trait::async_trait]
impl Ownership for Proof {
    async fn held(&self, customers: &[Uuid]) -> Vec<Result<(), IdentityError>> {
        let ours = self.ours().await;
        customers
            .iter()
            .map(|customer| {
                if ours.contains(customer) {
                    Ok(())
                } else {
                    Err(IdentityError::Lost)
                }
            })
            .collect()
    }

    fn effect_ended(&self, customer: Uuid) {
        Proof::effect_ended(self, customer);
    }
}
