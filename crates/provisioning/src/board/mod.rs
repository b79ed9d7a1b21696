//! What operators see of provisioning, and what they can do about it.

mod link;
mod resend;
mod retry;
mod waiting;

use std::{collections::HashMap, sync::Arc};

use access::{
    Access, AccessError, AuditAction, AuditObject, Look, ObjectKind, Permission, Subject,
};
use chrono::{DateTime, Utc};
use identity::IdentityProvider;
use kernel::{Database, Recent};
use strum::{Display, EnumIter, EnumString};
use uuid::Uuid;

use crate::{
    steps::VERIFICATION_LINK,
    transitions::{self, StepEvent},
};

pub use waiting::{WaitingCounts, WaitingGroup, WaitingStep, WaitsFor};

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumString, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum StepState {
    /// It waits for its turn, or for the step before it.
    Waiting,
    /// It is being done.
    Running,
    /// It failed and is tried again.
    Retrying,
    /// No retry mends it.
    NeedsPerson,
    /// It is done; a standing step is compared with the facts again.
    Done,
    /// It is not to be done any more.
    Cancelled,
}

impl StepState {
    /// The state's name for people.
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

    /// Whether *Retry now* has something to try.
    #[must_use]
    pub fn can_be_retried(self) -> bool {
        transitions::after(Some(self), StepEvent::RetryNow).is_some()
    }

    /// Whether nothing is left to do, unless something else happens.
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, StepState::Done | StepState::Cancelled)
    }
}

/// A step of one customer.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The step's name.
    pub step: String,
    /// The step's name for people.
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
    /// It is no part of *provisioning done*, and is wanted anew whenever the facts change.
    pub standing: bool,
}

/// The board of provisioning.
#[derive(Clone)]
pub struct Board {
    pool: Database,
    access: Access,
    identity: Arc<dyn IdentityProvider>,
    waiting: Arc<Recent<WaitingCounts>>,
}

impl Board {
    /// The board of this database; `identity` knows who has chosen a password already.
    #[must_use]
    pub fn new(
        pool: impl Into<Database>,
        access: Access,
        identity: Arc<dyn IdentityProvider>,
    ) -> Self {
        let pool = pool.into();
        Self {
            pool,
            access,
            identity,
            waiting: Arc::default(),
        }
    }

    /// The steps of many customers, each in the order in which people read them, in one statement. Those without steps are
    /// absent.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn steps_of_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<StepView>>, AccessError> {
        let look = self.look(subject).await?;
        let steps = self.steps_by_customer(customers).await?;
        look.at(steps.keys().map(|id| ObjectKind::Customer.id(*id)))
            .await?;
        Ok(steps)
    }

    async fn look(&self, subject: &Subject) -> Result<Look<'_>, AccessError> {
        let may = Permission::CustomerRead;
        self.access
            .look(
                subject,
                may,
                AuditAction::ProvisioningList,
                AuditObject::LIST,
            )
            .await
    }

    async fn steps_by_customer(
        &self,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, Vec<StepView>>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT customer_id, step, label, state, attempt, last_error, next_try, changed_at, part_of_provisioning
             FROM provisioning_steps WHERE customer_id = ANY($1) AND step <> $2 ORDER BY position",
            customers,
            VERIFICATION_LINK,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut steps: HashMap<Uuid, Vec<StepView>> = HashMap::new();
        for row in rows {
            let Ok(state) = row.state.parse() else {
                continue;
            };
            steps.entry(row.customer_id).or_default().push(StepView {
                step: row.step,
                label: row.label,
                state,
                attempt: row.attempt,
                last_error: row.last_error,
                // What is done is only looked at again.
                next_try: row.next_try.filter(|_| state != StepState::Done),
                changed_at: row.changed_at,
                standing: !row.part_of_provisioning,
            });
        }
        Ok(steps)
    }

    /// The step that mails a prospect the verification link; none before that was asked for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn link_step(&self, prospect: Uuid) -> Result<Option<StepView>, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT label, state, attempt, last_error, next_try, changed_at FROM provisioning_steps
             WHERE customer_id = $1 AND step = $2",
            prospect,
            VERIFICATION_LINK,
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|row| {
            Some(StepView {
                step: VERIFICATION_LINK.to_owned(),
                label: row.label,
                state: row.state.parse().ok()?,
                attempt: row.attempt,
                last_error: row.last_error,
                next_try: row.next_try,
                changed_at: row.changed_at,
                standing: true,
            })
        }))
    }

    /// The steps of one customer, in the order in which people read them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn steps_of(&self, customer_id: Uuid) -> Result<Vec<StepView>, sqlx::Error> {
        let mut steps = self.steps_by_customer(&[customer_id]).await?;
        Ok(steps.remove(&customer_id).unwrap_or_default())
    }
}
