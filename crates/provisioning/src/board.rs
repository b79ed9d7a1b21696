//! What operators see of provisioning, and *Retry now*.

use access::{Access, AccessError, Permission, Subject};
use chrono::{DateTime, Utc};
use sqlx::PgPool;
use strum::{Display, EnumString};
use uuid::Uuid;

use crate::CHANNEL;

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Display, EnumString)]
#[strum(serialize_all = "snake_case")]
pub enum StepState {
    /// For its turn, or for the step before it.
    Waiting,
    /// Being done.
    Running,
    /// It failed and is tried again.
    Retrying,
    /// No retry mends it.
    NeedsPerson,
    /// Done.
    Done,
    /// Not to be done any more.
    Cancelled,
}

impl StepState {
    /// What people read.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            StepState::Waiting => "Waiting",
            StepState::Running => "Running",
            StepState::Retrying => "Retrying",
            StepState::NeedsPerson => "Needs a person",
            StepState::Done => "Done",
            StepState::Cancelled => "Cancelled",
        }
    }
}

/// A step of one customer.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The step's name.
    pub step: String,
    /// What people read.
    pub label: String,
    /// How it stands.
    pub state: StepState,
    /// How often it was tried.
    pub attempt: i32,
    /// Why it failed last, in words.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_try: Option<DateTime<Utc>>,
    /// When that last changed.
    pub changed_at: DateTime<Utc>,
}

/// The board of provisioning.
#[derive(Clone)]
pub struct Board {
    pool: PgPool,
    access: Access,
}

impl Board {
    /// The board of this database.
    #[must_use]
    pub fn new(pool: PgPool, access: Access) -> Self {
        Self { pool, access }
    }

    /// The steps of one customer, in the order in which people read them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn steps_of(&self, customer_id: Uuid) -> Result<Vec<StepView>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT step, label, state, attempt, last_error, next_try, changed_at FROM provisioning_steps
             WHERE customer_id = $1 ORDER BY position",
            customer_id,
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                Some(StepView {
                    label: row.label,
                    state: row.state.parse().ok()?,
                    step: row.step,
                    attempt: row.attempt,
                    last_error: row.last_error,
                    next_try: row.next_try,
                    changed_at: row.changed_at,
                })
            })
            .collect())
    }

    /// *Retry now*: what failed is tried at once.
    ///
    /// # Errors
    /// When the subject may not, or the database does not answer.
    pub async fn retry_now(&self, subject: &Subject, customer_id: Uuid) -> Result<(), AccessError> {
        let object = format!("customer:{customer_id}");
        self.access
            .authorize(
                subject,
                Permission::CustomerUpdate,
                "provisioning.retry",
                &object,
            )
            .await?;
        sqlx::query!(
            r#"
            WITH due AS (
                UPDATE provisioning_steps SET state = 'retrying', next_try = clock_timestamp()
                WHERE customer_id = $1 AND state IN ('retrying', 'needs_person')
            )
            SELECT pg_notify($2, '')
            "#,
            customer_id,
            CHANNEL,
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(())
    }
}
