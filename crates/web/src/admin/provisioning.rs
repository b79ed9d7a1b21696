//! `/provisioning`: what is not done yet, by what it waits for, and trying it now.

use ::provisioning::{StepState, WaitingGroup, WaitingStep, WaitsFor};
use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{Redirect, Response},
};
use chrono::Utc;
use uuid::Uuid;

use super::{
    AdminState,
    dialog::Dialog,
    steps::{NextTry, state_of},
};
use crate::{
    error_page::PageError,
    format::{self, Time},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/provisioning.html")]
struct ProvisioningPage {
    layout: Layout,
    groups: Vec<Group>,
    may_retry: bool,
    dialog: Option<Dialog>,
}

struct Group {
    name: String,
    heading: String,
    count: i64,
    since: Time,
    why: Option<String>,
    next_try: NextTry,
    can_be_retried: bool,
    steps: Vec<Step>,
    more: i64,
}

struct Step {
    customer: Uuid,
    public_id: String,
    name: String,
    label: String,
    state: format::State,
    why: String,
    since: Time,
    next_try: NextTry,
    can_be_retried: bool,
}

impl From<WaitingGroup> for Group {
    fn from(group: WaitingGroup) -> Self {
        let shown = i64::try_from(group.steps.len()).unwrap_or(i64::MAX);
        Self {
            name: group.waits_for.name().to_owned(),
            heading: heading(&group.waits_for),
            since: Time::of(group.since),
            // Each step says it where a person has to look at each.
            why: group
                .last_error
                .filter(|_| group.waits_for != WaitsFor::Person),
            next_try: NextTry::of(group.next_try, Utc::now()),
            can_be_retried: group.waits_for.can_be_retried()
                && group.steps.iter().any(|step| failed(step.state)),
            more: group.count.saturating_sub(shown),
            count: group.count,
            steps: group.steps.into_iter().map(Step::from).collect(),
        }
    }
}

impl From<WaitingStep> for Step {
    fn from(step: WaitingStep) -> Self {
        Self {
            why: match (&step.after, step.last_error) {
                (Some(before), _) if step.state == StepState::Waiting => {
                    format!("comes after \"{before}\"")
                }
                (_, Some(error)) => format!("{}: {error}", attempts(step.attempt)),
                (_, None) => "its turn comes".to_owned(),
            },
            customer: step.customer_id,
            public_id: step.public_id,
            name: step.step,
            label: step.label,
            state: state_of(step.state),
            since: Time::of(step.since),
            next_try: NextTry::of(
                step.next_try.filter(|_| step.state == StepState::Retrying),
                Utc::now(),
            ),
            can_be_retried: failed(step.state),
        }
    }
}

fn failed(state: StepState) -> bool {
    matches!(state, StepState::Retrying | StepState::NeedsPerson)
}

fn attempts(attempt: i32) -> String {
    format!(
        "{attempt} {}",
        if attempt == 1 { "attempt" } else { "attempts" }
    )
}

fn heading(waits_for: &WaitsFor) -> String {
    format!("Waits for {}", waits_for.words())
}

async fn render(
    state: &AdminState,
    viewer: &Viewer,
    dialog: Option<Dialog>,
) -> Result<Response, PageError> {
    let groups = state.board.waiting(&viewer.subject).await?;
    let template = ProvisioningPage {
        layout: Layout::panel("Provisioning", Section::Provisioning, viewer),
        groups: groups.into_iter().map(Group::from).collect(),
        may_retry: viewer.may(Permission::CustomerUpdate),
        dialog,
    };
    page(StatusCode::OK, &template)
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Response, PageError> {
    render(&state, &viewer, None).await
}

/// "Retry now" of one step.
pub async fn retry(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((customer, step)): Path<(Uuid, String)>,
) -> Result<Redirect, PageError> {
    state
        .board
        .retry_step(&viewer.subject, customer, &step)
        .await?;
    Ok(Redirect::to(Section::Provisioning.path()))
}

/// The dialog of "Retry all".
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let waits_for = WaitsFor::from_name(&name);
    let dialog = Dialog {
        heading: "Retry all".to_owned(),
        words: format!(
            "Everything that waits for {} is tried at once.",
            waits_for.words()
        ),
        action: format!("/provisioning/retry-all/{}", encoded(&name)),
        back: Section::Provisioning.path().to_owned(),
        opener: format!("#retry-{}", encoded(&name)),
        field: None,
        hidden: Vec::new(),
        problem: None,
    };
    render(&state, &viewer, Some(dialog)).await
}

/// "Retry all" that wait for the same.
pub async fn retry_all(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Redirect, PageError> {
    state
        .board
        .retry_all(&viewer.subject, &WaitsFor::from_name(&name))
        .await?;
    Ok(Redirect::to(Section::Provisioning.path()))
}

/// As it can stand in an address and a selector.
fn encoded(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .collect()
}
