//! `/customers/{public id}`: one customer, with what provisioning does.

use ::customer::{OnboardingError, customer::Customer, history, primitives::Activity};
use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{Redirect, Response},
};
use chrono::Utc;
use provisioning::{StepState, StepView};
use uuid::Uuid;

use super::{
    AdminState,
    history::{Line, lines},
    prospect::is_public_id,
    words,
};
use crate::{
    error_page::PageError,
    format::{self, Shape, Time, Tone, money},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customer.html")]
struct CustomerPage {
    layout: Layout,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    telegram: Option<String>,
    customer_type: &'static str,
    activity: format::State,
    verification: format::State,
    level: &'static str,
    created: Time,
    standing: &'static str,
    steps: Vec<Step>,
    unfinished: bool,
    may_retry: bool,
    account: Account,
    history: Vec<Line>,
}

struct Step {
    name: String,
    title: String,
    state: format::State,
    attempts: i32,
    error: Option<String>,
    next_try: Option<Time>,
    changed: Time,
}

enum Account {
    Open { code: String, balance: String },
    NotYet,
    Unknown,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let customer = find(&state, &viewer, &public_id).await?;
    let id: Uuid = customer.id.into();
    let steps = state.board.steps_of(id).await?;
    let failing =
        |step: &StepView| matches!(step.state, StepState::Retrying | StepState::NeedsPerson);
    let email = customer.email();
    let title = email
        .clone()
        .unwrap_or_else(|| format!("Customer {}", customer.public_id));
    let activity = customer.activity();
    let template = CustomerPage {
        layout: Layout::panel(title, Section::Customers, &viewer),
        id,
        public_id: customer.public_id.to_string(),
        email,
        telegram: customer.telegram_handle(),
        customer_type: customer.customer_type.label(),
        activity: words::activity(activity),
        verification: words::verification(customer.verification),
        level: customer.level.label(),
        created: Time::of(customer.created_at()),
        standing: standing(activity, &steps),
        unfinished: steps
            .iter()
            .any(|step| !matches!(step.state, StepState::Done | StepState::Cancelled))
            || activity == Activity::Pending,
        may_retry: steps.iter().any(failing) && viewer.may(Permission::CustomerUpdate),
        steps: steps.into_iter().map(Step::from).collect(),
        account: account(&state, id).await,
        history: lines(&state, history::of_customer(&customer)).await?,
    };
    page(StatusCode::OK, &template)
}

/// "Retry now".
pub async fn retry(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Redirect, PageError> {
    let customer = find(&state, &viewer, &public_id).await?;
    state
        .board
        .retry_now(&viewer.subject, customer.id.into())
        .await?;
    Ok(Redirect::to(&format!("/customers/{public_id}")))
}

async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Customer, PageError> {
    if !is_public_id(public_id) {
        return Err(PageError::NotFound("customer"));
    }
    match state
        .onboarding
        .customer_by_public_id(&viewer.subject, public_id)
        .await
    {
        Err(OnboardingError::NotFound) => Err(PageError::NotFound("customer")),
        found => Ok(found?),
    }
}

/// The ledger being away takes no other part of the page with it.
async fn account(state: &AdminState, customer: Uuid) -> Account {
    match state.deposits.account_of(customer).await {
        Ok(Some(account)) => Account::Open {
            code: account.code,
            balance: money(account.settled),
        },
        Ok(None) => Account::NotYet,
        Err(error) => {
            tracing::error!(%error, %customer, "the ledger did not answer a page");
            Account::Unknown
        }
    }
}

/// Where provisioning stands, in one sentence.
fn standing(activity: Activity, steps: &[StepView]) -> &'static str {
    let any = |state| steps.iter().any(|step| step.state == state);
    match () {
        () if activity == Activity::Active => {
            "All done: the customer can sign in and receive deposits."
        }
        () if any(StepState::NeedsPerson) => {
            "A step needs a person. Mend what it says, then press Retry now."
        }
        () if any(StepState::Retrying) => {
            "A step failed and is tried again by itself until it works."
        }
        () if any(StepState::Cancelled) => "Provisioning was stopped.",
        () if steps.is_empty() => "Provisioning is about to begin.",
        () => "Provisioning is under way.",
    }
}

impl From<StepView> for Step {
    fn from(step: StepView) -> Self {
        let now = Utc::now();
        let (tone, shape) = match step.state {
            StepState::Waiting => (Tone::Quiet, Shape::Ring),
            StepState::Running => (Tone::Moving, Shape::Half),
            StepState::Retrying => (Tone::Look, Shape::Again),
            StepState::NeedsPerson => (Tone::Bad, Shape::Triangle),
            StepState::Done => (Tone::Good, Shape::Check),
            StepState::Cancelled => (Tone::Quiet, Shape::Bar),
        };
        let waits = matches!(step.state, StepState::Waiting | StepState::Retrying);
        Self {
            name: step.step,
            title: step.label,
            state: format::State::new(step.state.label(), tone, shape),
            attempts: step.attempt,
            // What once failed is of no interest when it is done.
            error: step.last_error.filter(|_| step.state != StepState::Done),
            next_try: step
                .next_try
                .filter(|at| waits && *at > now)
                .map(|at| Time::new(at, now)),
            changed: Time::new(step.changed_at, now),
        }
    }
}
