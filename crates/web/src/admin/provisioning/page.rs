//! `/provisioning`: what is not done yet, by what it waits for, and trying it now.

use ::provisioning::{StepState, WaitingGroup, WaitingStep, WaitsFor};
use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use uuid::Uuid;

use super::{
    operations::Retry,
    region::{NextTry, state_of},
};
use crate::{
    admin::{
        AdminState,
        dialog::Said,
        operation::{Beside, Done},
    },
    error_page::PageError,
    format::{self, Time},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/provisioning/page.html")]
struct ProvisioningPage {
    layout: Layout,
    groups: Vec<Group>,
    may_retry: bool,
    /// What was done, where no line of the page says it.
    said: Option<Said>,
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
    address: String,
    name: String,
    label: String,
    state: format::State,
    since: Time,
    attempts: Option<String>,
    next_try: NextTry,
    /// Where the group has not said it.
    why: Option<String>,
    can_be_retried: bool,
    said: Option<Said>,
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
            next_try: NextTry::of(group.next_try, clock::now()),
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
            address: match step.of_prospect {
                true => format!("/prospects/{}", step.public_id),
                false => format!("/customers/{}", step.public_id),
            },
            public_id: step.public_id,
            name: step.step,
            label: step.label,
            state: state_of(step.state),
            since: Time::of(step.since),
            next_try: NextTry::of(
                step.next_try.filter(|_| step.state == StepState::Retrying),
                clock::now(),
            ),
            can_be_retried: step.state.can_be_retried(),
            said: None,
        }
    }
}

/// What tells a step from the others of the page.
pub fn line(customer: Uuid, step: &str) -> String {
    format!("{customer}-{step}")
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

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    render(&state, &viewer, Beside::saying(done.said::<Retry>())).await
}

/// The page, with what has just been said about a line of it.
///
/// # Errors
/// When the viewer may not see it, or the database does not answer.
pub async fn render(
    state: &AdminState,
    viewer: &Viewer,
    mut beside: Beside,
) -> Result<Response, PageError> {
    let groups = state.board.waiting(&viewer.subject).await?;
    let mut groups: Vec<Group> = groups.into_iter().map(Group::from).collect();
    for step in groups.iter_mut().flat_map(|group| &mut group.steps) {
        step.said = beside.said_at([line(step.customer, &step.name).as_str()]);
    }
    let template = ProvisioningPage {
        layout: Layout::panel("Provisioning", Section::Provisioning, viewer),
        groups,
        may_retry: viewer.may(Permission::CustomerUpdate),
        said: beside.rest(),
    };
    page(beside.status, &template)
}
