//! `/provisioning`: what is not done yet, by what it waits for, and trying it now.

use ::provisioning::{StepState, WaitingGroup, WaitingStep, WaitsFor};
use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
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
    since: Time,
    attempts: Option<String>,
    next_try: NextTry,
    /// Where the group has not said it.
    why: Option<String>,
    can_be_retried: bool,
}

impl From<WaitingGroup> for Group {
    fn from(group: WaitingGroup) -> Self {
        let shown = i64::try_from(group.steps.len()).unwrap_or(i64::MAX);
        // Each step says it where a person has to look at each.
        let why = group
            .last_error
            .filter(|_| group.waits_for != WaitsFor::Person);
        Self {
            name: group.waits_for.name().to_owned(),
            heading: heading(&group.waits_for),
            since: Time::of(group.since),
            next_try: NextTry::of(group.next_try, Utc::now()),
            can_be_retried: group.waits_for.can_be_retried()
                && group.steps.iter().any(|step| step.state.can_be_retried()),
            more: group.count.saturating_sub(shown),
            count: group.count,
            steps: group
                .steps
                .into_iter()
                .map(|step| Step::of(step, why.as_deref()))
                .collect(),
            why,
        }
    }
}

impl Step {
    /// A step of a group that says `said` of all of them.
    fn of(step: WaitingStep, said: Option<&str>) -> Self {
        Self {
            why: match (step.after, step.last_error) {
                (Some(before), _) if step.state == StepState::Waiting => {
                    Some(format!("Comes after \"{before}\"."))
                }
                (_, Some(error)) => {
                    (said != Some(error.as_str())).then(|| format!("Last error: {error}"))
                }
                (_, None) => {
                    (step.state == StepState::Waiting).then(|| "Its turn comes.".to_owned())
                }
            },
            attempts: (step.attempt > 0).then(|| attempts(step.attempt)),
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
            can_be_retried: step.state.can_be_retried(),
        }
    }
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

fn render(
    viewer: &Viewer,
    groups: Vec<WaitingGroup>,
    dialog: Option<Dialog>,
) -> Result<Response, PageError> {
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
    let groups = state.board.waiting(&viewer.subject).await?;
    render(&viewer, groups, None)
}

/// The dialog of one step's "Retry now".
pub async fn ask_one(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((customer, step)): Path<(Uuid, String)>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let groups = state.board.waiting(&viewer.subject).await?;
    let asked = groups
        .iter()
        .flat_map(|group| &group.steps)
        .find(|known| known.customer_id == customer && known.step == step)
        .filter(|known| known.state.can_be_retried());
    let Some(asked) = asked else {
        // It moved on meanwhile: the page says how it stands.
        return Ok(Redirect::to(Section::Provisioning.path()).into_response());
    };
    let words = format!(
        "\"{}\" of customer {} is tried again at once.",
        asked.label, asked.public_id
    );
    let name = format!("{customer}/{}", asked.step);
    let dialog = dialog("Retry now", words, &format!("retry/{name}"));
    render(&viewer, groups, Some(dialog))
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
pub async fn ask_all(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let waits_for = WaitsFor::from_name(&name);
    let groups = state.board.waiting(&viewer.subject).await?;
    let words = format!(
        "Everything that waits for {} is tried again at once.",
        waits_for.words()
    );
    let address = format!("retry-all/{}", encoded(&name));
    let dialog = dialog("Retry all", words, &address);
    render(&viewer, groups, Some(dialog))
}

/// `address`: below `/provisioning`.
fn dialog(heading: &str, words: String, address: &str) -> Dialog {
    Dialog {
        heading: heading.to_owned(),
        words,
        facts: Vec::new(),
        action: format!("/provisioning/{address}"),
        back: Section::Provisioning.path().to_owned(),
        opener: format!("#{}", address.replace('/', "-")),
        fields: Vec::new(),
        hidden: Vec::new(),
        problem: None,
    }
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
