//! The GraphQL types `ProvisioningStep`, `ProvisioningGroup` and `WaitingProvisioningStep`.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, SimpleObject};
use provisioning::{StepView, WaitingGroup, WaitingStep};
use uuid::Uuid;

use crate::{
    customers::Customer,
    error::ApiError,
    page_batch::PageBatch,
    request::{caller, services},
    scalars::{PublicId, Timestamp},
};

/// How a step of provisioning stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "provisioning::StepState")]
pub(crate) enum ProvisioningStepState {
    /// For its turn, or for the step before it.
    Waiting,
    /// Somebody is doing it.
    Running,
    /// It failed and is tried again.
    Retrying,
    /// No retry mends it.
    NeedsPerson,
    /// Nothing is left to do.
    Done,
    /// Not to be done any more.
    Cancelled,
}

/// A step of a customer's provisioning.
#[derive(SimpleObject)]
pub(crate) struct ProvisioningStep {
    /// Its name, for example `login`, `welcome_email`, `deposit_account`.
    step: String,
    /// What people read.
    label: String,
    /// How it stands.
    state: ProvisioningStepState,
    /// How often it was tried.
    attempt: i32,
    /// Why it failed last, in words.
    last_error: Option<String>,
    /// When it is tried next.
    next_try_at: Option<Timestamp>,
    /// When that last changed.
    changed_at: Timestamp,
    /// Whether it is no part of *provisioning done*, but wanted anew whenever the customer's facts change.
    standing: bool,
}

impl From<StepView> for ProvisioningStep {
    fn from(step: StepView) -> Self {
        Self {
            step: step.step,
            label: step.label,
            state: step.state.into(),
            attempt: step.attempt,
            last_error: step.last_error,
            next_try_at: step.next_try.map(Timestamp),
            changed_at: step.changed_at.into(),
            standing: step.standing,
        }
    }
}

/// Steps that wait for the same.
#[derive(SimpleObject)]
pub(crate) struct ProvisioningGroup {
    /// For what: `person`, `step` (another one), `recipient` (who puts a mail off), or what does not answer, such as `identity`, `mail`, `ledger`, `sumsub`.
    waits_for: String,
    /// How many steps.
    count: i64,
    /// Since when the oldest does.
    since: Timestamp,
    /// The newest error among them, in words.
    last_error: Option<String>,
    /// When the first of them is tried next.
    next_try_at: Option<Timestamp>,
    /// The oldest of them, oldest first, at most 100.
    #[graphql(complexity = "crate::connection::cost(100, child_complexity)")]
    steps: Vec<WaitingProvisioningStep>,
}

/// A step that is not done yet.
#[derive(SimpleObject)]
#[graphql(complex)]
pub(crate) struct WaitingProvisioningStep {
    /// The UUID of the customer whose step it is; of the prospect, when it is the step `verification_link`.
    customer_id: Uuid,
    /// The short number of either.
    customer_public_id: PublicId,
    /// The step's name, for example `login`.
    step: String,
    /// What people read.
    label: String,
    /// What people read of the step that it is to come after, if that isn't done.
    after: Option<String>,
    /// How it stands.
    state: ProvisioningStepState,
    /// How often it was tried.
    attempt: i32,
    /// Why it failed last, in words.
    last_error: Option<String>,
    /// When it is tried next.
    next_try_at: Option<Timestamp>,
    /// Since when it is wanted.
    since: Timestamp,
    #[graphql(skip)]
    batch: Arc<PageBatch>,
}

#[ComplexObject]
impl WaitingProvisioningStep {
    /// The customer whose step it is; none when it is a prospect's that is no customer yet.
    async fn customer(&self) -> Result<Option<Customer>, ApiError> {
        Customer::in_batch(&self.batch, self.customer_id).await
    }
}

/// All that is not done yet.
pub(crate) async fn board(ctx: &Context<'_>) -> Result<Vec<ProvisioningGroup>, ApiError> {
    let groups = services(ctx)?.board.waiting(&caller(ctx)?.subject).await?;
    let waiting = groups.iter().flat_map(|group| &group.steps);
    let batch = PageBatch::new(ctx, waiting.map(|step| step.customer_id))?;
    Ok(groups
        .into_iter()
        .map(|group| ProvisioningGroup::in_batch(group, &batch))
        .collect())
}

impl ProvisioningGroup {
    fn in_batch(group: WaitingGroup, batch: &Arc<PageBatch>) -> Self {
        Self {
            waits_for: group.waits_for.name().to_owned(),
            count: group.count,
            since: group.since.into(),
            last_error: group.last_error,
            next_try_at: group.next_try.map(Timestamp),
            steps: group
                .steps
                .into_iter()
                .map(|step| WaitingProvisioningStep::in_batch(step, batch))
                .collect(),
        }
    }
}

impl WaitingProvisioningStep {
    fn in_batch(step: WaitingStep, batch: &Arc<PageBatch>) -> Self {
        Self {
            customer_id: step.customer_id,
            customer_public_id: PublicId(step.public_id),
            step: step.step,
            label: step.label,
            after: step.after,
            state: step.state.into(),
            attempt: step.attempt,
            last_error: step.last_error,
            next_try_at: step.next_try.map(Timestamp),
            since: step.since.into(),
            batch: Arc::clone(batch),
        }
    }
}
