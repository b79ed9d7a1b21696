//! The region "Provisioning" of a customer's page. It also comes alone, for the page to fetch while something is not done: attempts and
//! errors are no events, and asking for the whole page would count as looking at the person each time.

use ::provisioning::{StepState, StepView};
use access::Permission;
use askama::{Template, filters::HtmlSafe};
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    admin::{AdminState, dialog::Said, records::regions::is_public_id},
    error_page::PageError,
    format::{self, Shape, Time, Tone},
    layout::{Viewer, page},
};

/// The region with the steps and where they stand.
#[derive(Template)]
#[template(path = "admin/provisioning/region.html")]
pub struct Region {
    id: Uuid,
    public_id: String,
    standing: &'static str,
    steps: Vec<Step>,
    unfinished: bool,
    may_retry: bool,
    said: Option<Said>,
}

impl HtmlSafe for Region {}

struct Step {
    name: String,
    title: String,
    state: format::State,
    attempts: i32,
    why: Option<String>,
    next_try: NextTry,
    changed: Time,
    /// Wanted anew whenever the facts change.
    standing: bool,
}

/// ", next try in 3 min", or nothing.
#[derive(Template)]
#[template(path = "admin/provisioning/next_try.html")]
pub enum NextTry {
    None,
    Soon,
    At(Time),
}

impl HtmlSafe for NextTry {}

impl NextTry {
    /// As seen from `now`.
    pub fn of(at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Self {
        match at {
            None => NextTry::None,
            Some(at) if at > now + TimeDelta::seconds(10) => NextTry::At(Time::new(at, now)),
            Some(_) => NextTry::Soon,
        }
    }
}

impl Region {
    /// Of a customer with these steps.
    pub fn of(viewer: &Viewer, id: Uuid, public_id: String, steps: &[StepView]) -> Self {
        let over = |step: &StepView| matches!(step.state, StepState::Done | StepState::Cancelled);
        Self {
            id,
            public_id,
            standing: standing(steps),
            unfinished: steps.is_empty() || !steps.iter().all(over),
            may_retry: steps.iter().any(|step| step.state.can_be_retried())
                && viewer.may(Permission::CustomerUpdate),
            steps: steps.iter().map(Step::from).collect(),
            said: None,
        }
    }

    /// With what has just been said about "Retry now".
    pub fn saying(mut self, said: Option<Said>) -> Self {
        self.said = said;
        self
    }
}

/// The region alone.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((public_id, id)): Path<(String, Uuid)>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    if !is_public_id(&public_id) {
        return Err(PageError::NotFound("customer"));
    }
    let mut steps = state.board.steps_of_many(&viewer.subject, &[id]).await?;
    let steps = steps.remove(&id).unwrap_or_default();
    page(StatusCode::OK, &Region::of(&viewer, id, public_id, &steps))
}

/// Where provisioning stands, in one sentence.
fn standing(steps: &[StepView]) -> &'static str {
    let any = |state| steps.iter().any(|step| step.state == state);
    let mut provisioning = steps.iter().filter(|step| !step.standing).peekable();
    match () {
        () if any(StepState::NeedsPerson) => {
            "A step needs a person. Mend what it says, then press Retry now."
        }
        () if any(StepState::Retrying) => {
            "A step failed; it is tried again by itself until it works."
        }
        () if provisioning.peek().is_none() => "Provisioning is about to begin.",
        () if provisioning
            .clone()
            .all(|step| step.state == StepState::Done) =>
        {
            "All done."
        }
        () if provisioning.any(|step| step.state == StepState::Cancelled) => {
            "Provisioning was stopped."
        }
        () => "Provisioning is under way.",
    }
}

/// A step's state as word, shape and colour.
pub fn state_of(state: StepState) -> format::State {
    let (tone, shape) = match state {
        StepState::Waiting => (Tone::Quiet, Shape::Ring),
        StepState::Running => (Tone::Moving, Shape::Half),
        StepState::Retrying => (Tone::Look, Shape::Again),
        StepState::NeedsPerson => (Tone::Bad, Shape::Triangle),
        StepState::Done => (Tone::Good, Shape::Check),
        StepState::Cancelled => (Tone::Quiet, Shape::Bar),
    };
    format::State::new(state.label(), tone, shape)
}

impl From<&StepView> for Step {
    fn from(step: &StepView) -> Self {
        let now = clock::now();
        Self {
            name: step.step.clone(),
            title: step.label.clone(),
            state: state_of(step.state),
            standing: step.standing,
            attempts: step.attempt,
            why: step.last_error.as_ref().and_then(|words| match step.state {
                // What once failed is of no interest when it is done.
                StepState::Done => None,
                // No error: why it was cancelled.
                StepState::Cancelled => Some(words.clone()),
                _ => Some(format!("Last error: {words}")),
            }),
            next_try: NextTry::of(
                step.next_try.filter(|_| step.state == StepState::Retrying),
                now,
            ),
            changed: Time::new(step.changed_at, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(state: StepState) -> StepView {
        StepView {
            step: "login".to_owned(),
            label: "Portal login".to_owned(),
            state,
            attempt: 1,
            last_error: None,
            next_try: None,
            changed_at: clock::now(),
            standing: false,
        }
    }

    #[test]
    fn the_sentence_is_about_the_worst_step() {
        assert_eq!(standing(&[]), "Provisioning is about to begin.");
        assert_eq!(standing(&[step(StepState::Done)]), "All done.");
        let access = StepView {
            standing: true,
            ..step(StepState::Waiting)
        };
        assert_eq!(standing(&[step(StepState::Done), access]), "All done.");
        assert!(standing(&[step(StepState::Done), step(StepState::Waiting)]).contains("under way"));
        assert!(
            standing(&[step(StepState::Retrying), step(StepState::Waiting)])
                .contains("tried again by itself")
        );
        assert!(
            standing(&[step(StepState::Retrying), step(StepState::NeedsPerson)])
                .contains("needs a person")
        );
    }
}
