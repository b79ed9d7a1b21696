//! The proof that a step is still ours and that the customer still stands as we read it, asked just before each effect
//! outside: whoever was cut off from the database, or was stopped for a while, has perhaps been replaced since it took its batch.

use std::{
    collections::{HashMap, HashSet},
    mem,
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
    read: HashMap<Uuid, AsRead>,
    /// About whom the next question is.
    asked_for: Mutex<HashSet<Uuid>>,
    newest: tokio::sync::Mutex<Option<Answer>>,
    effect_ended: Mutex<HashMap<Uuid, Instant>>,
}

/// A customer or prospect as the batch read it.
struct AsRead {
    generation: i32,
    email: Option<String>,
    /// As [`standing`] names it.
    standing: &'static str,
}

/// The same of many, as a statement takes them.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    generations: Vec<i32>,
    emails: Vec<Option<&'a str>>,
    standings: Vec<&'static str>,
}

/// Whose step was ours, of those who were asked for, when the database was asked.
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
            read: batch
                .iter()
                .map(|facts| {
                    let read = AsRead {
                        generation: facts.generation,
                        email: facts.email.clone(),
                        standing: standing(facts.standing),
                    };
                    (facts.customer.into(), read)
                })
                .collect(),
            asked_for: Mutex::default(),
            newest: tokio::sync::Mutex::default(),
            effect_ended: Mutex::default(),
        }
    }

    /// Whether the step is still ours for this customer. No, when the database doesn't answer.
    pub async fn holds(&self, customer: Uuid) -> bool {
        self.ours(&[customer]).await.contains(&customer)
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

    fn asked_for(&self) -> std::sync::MutexGuard<'_, HashSet<Uuid>> {
        self.asked_for
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of these, and perhaps of others, whose step is ours at this moment. Who asks while the database is being asked shares the
    /// next answer.
    async fn ours(&self, customers: &[Uuid]) -> Arc<HashSet<Uuid>> {
        self.asked_for().extend(customers);
        let wanted = Instant::now();
        let mut newest = self.newest.lock().await;
        // Whoever was asked for before the question was asked is in it.
        if let Some(answer) = newest.as_ref()
            && answer.asked >= wanted
        {
            return Arc::clone(&answer.ours);
        }
        let asked = Instant::now();
        let mut about = mem::take(&mut *self.asked_for());
        // Who took us along may have been stopped half way.
        about.extend(customers);
        let ours = match tokio::time::timeout(PATIENCE, self.ask(&about)).await {
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
    ///
    /// `ANY` and `IS NOT DISTINCT FROM` say what the joins say, by the primary keys: the index over what is running holds all that ran
    /// since it was last vacuumed.
    async fn ask(&self, about: &HashSet<Uuid>) -> Result<HashSet<Uuid>, sqlx::Error> {
        let mut read = Columns::default();
        for id in about {
            if let Some(one) = self.read.get(id) {
                read.ids.push(*id);
                read.generations.push(one.generation);
                read.emails.push(one.email.as_deref());
                read.standings.push(one.standing);
            }
        }
        let ours = match self.of {
            StepOf::Customers => self.of_customers(&read).await?,
            StepOf::Prospects => self.of_prospects(&read).await?,
        };
        Ok(ours.into_iter().collect())
    }

    async fn of_customers(&self, read: &Columns<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            SELECT step.customer_id
            FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::text[]) AS read (customer_id, generation, email, standing)
            JOIN provisioning_steps AS step ON step.customer_id = read.customer_id AND step.step = $5
            JOIN customers AS customer ON customer.id = read.customer_id
            WHERE step.customer_id = ANY($1) AND step.worker IS NOT DISTINCT FROM $6 AND step.generation = read.generation
              AND customer.id = ANY($1) AND customer.email IS NOT DISTINCT FROM read.email
              AND CASE WHEN customer.activity IN ('pending', 'active') THEN 'open' ELSE customer.activity END = read.standing
              AND (SELECT NOT pg_try_advisory_xact_lock_shared($7, $6))
            "#,
            &read.ids,
            &read.generations,
            &read.emails as &[Option<&str>],
            &read.standings as &[&str],
            self.step,
            self.worker,
            LOCK_CLASS,
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn of_prospects(&self, read: &Columns<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            r#"
            SELECT step.customer_id
            FROM UNNEST($1::uuid[], $2::int[], $3::text[], $4::text[]) AS read (prospect_id, generation, email, standing)
            JOIN provisioning_steps AS step ON step.customer_id = read.prospect_id AND step.step = $5
            JOIN prospects AS prospect ON prospect.id = read.prospect_id
            WHERE step.customer_id = ANY($1) AND step.worker IS NOT DISTINCT FROM $6 AND step.generation = read.generation
              AND prospect.id = ANY($1) AND prospect.email IS NOT DISTINCT FROM read.email
              AND CASE WHEN prospect.stage IN ('converted', 'closed') THEN prospect.stage ELSE 'open' END = read.standing
              AND (SELECT NOT pg_try_advisory_xact_lock_shared($7, $6))
            "#,
            &read.ids,
            &read.generations,
            &read.emails as &[Option<&str>],
            &read.standings as &[&str],
            self.step,
            self.worker,
            LOCK_CLASS,
        )
        .fetch_all(&self.pool)
        .await
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
        let ours = self.ours(customers).await;
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
