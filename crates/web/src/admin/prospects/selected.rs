//! `/prospects/selected`: one act on several prospects that were ticked in the list; asked first, then each with its own outcome.

use access::Permission;
use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::selection::{NewSelection, Selected, SelectedOutcome, Selection, SelectionAct};
use kernel::Error;
use uuid::Uuid;

use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::{self, Shape, Time, Tone},
    layout::{Layout, Section, Viewer, page},
};

/// Where the form below the list leads.
pub const PATH: &str = "/prospects/selected";

/// What the list, or the page that asks, sends: names may come more than once.
type Pairs = Vec<(String, String)>;

/// A form, understood.
struct Sent {
    act: SelectionAct,
    public_ids: Vec<String>,
    reason: String,
    /// The list from which they were selected.
    back: String,
}

impl Sent {
    fn of(pairs: Pairs) -> Result<Self, PageError> {
        let (mut act, mut public_ids, mut reason, mut back) = (None, Vec::new(), None, None);
        for (name, value) in pairs {
            match name.as_str() {
                "act" => act = value.parse().ok(),
                "prospect" => public_ids.push(value),
                "reason" => reason = Some(value),
                // Only the list itself, not wherever somebody likes.
                "back" => back = Some(value).filter(|back| is_list(back)),
                _ => {}
            }
        }
        Ok(Self {
            act: act.ok_or(PageError::BadRequest("There is no such act on prospects."))?,
            public_ids,
            reason: reason.unwrap_or_default(),
            back: back.unwrap_or_else(|| Section::Prospects.path().to_owned()),
        })
    }
}

fn is_list(address: &str) -> bool {
    let rest = address.strip_prefix(Section::Prospects.path());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}

#[derive(Template)]
#[template(path = "admin/prospects/confirm_selected.html")]
struct ConfirmSelected {
    layout: Layout,
    id: Uuid,
    act: SelectionAct,
    heading: String,
    consequence: &'static str,
    button: String,
    reason: String,
    problem: Option<String>,
    back: String,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "admin/prospects/selected.html")]
struct SelectedPage {
    layout: Layout,
    id: Uuid,
    heading: String,
    reason: Option<String>,
    by: String,
    at: Time,
    /// It was cut short, and the viewer may go on with it.
    may_go_on: bool,
    rows: Vec<Row>,
}

struct Row {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    stage: format::State,
    outcome: format::State,
    why: Option<String>,
}

impl From<Selected> for Row {
    fn from(selected: Selected) -> Self {
        let (words, tone, shape) = match &selected.outcome {
            Some(SelectedOutcome::Done) => ("Done", Tone::Good, Shape::Check),
            Some(SelectedOutcome::NotDone(_)) => ("Not done", Tone::Bad, Shape::Cross),
            None => ("Not tried", Tone::Quiet, Shape::Ring),
        };
        Self {
            public_id: selected.public_id,
            name: selected.name,
            email: selected.email,
            stage: words::stage(selected.stage),
            outcome: format::State::new(words, tone, shape),
            why: match selected.outcome {
                Some(SelectedOutcome::NotDone(why)) => Some(why),
                _ => None,
            },
        }
    }
}

/// "Send link", "Remind" or "Close" below the list: asks, and shows whom. Nothing is done yet.
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, PageError> {
    let sent = Sent::of(pairs)?;
    render(&state, &viewer, Uuid::now_v7(), sent, None).await
}

async fn render(
    state: &AdminState,
    viewer: &Viewer,
    id: Uuid,
    sent: Sent,
    problem: Option<String>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let found = state
        .onboarding
        .selected(&viewer.subject, &sent.public_ids)
        .await;
    let (selected, nobody) = match found {
        Ok(selected) => (selected, None),
        Err(Error::Invalid(wrong)) => {
            let words: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
            (Vec::new(), Some(words.join(" ")))
        }
        Err(error) => return Err(error.into()),
    };
    let whom = prospects(selected.len());
    let problem = problem.or(nobody);
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let template = ConfirmSelected {
        layout: Layout::panel(sent.act.label(), Section::Prospects, viewer),
        id,
        act: sent.act,
        heading: sent.act.label().to_owned(),
        consequence: consequence(sent.act),
        button: match sent.act {
            SelectionAct::SendLink => format!("Send link to {whom}"),
            SelectionAct::Remind => format!("Remind {whom}"),
            SelectionAct::Close => format!("Close {whom}"),
        },
        reason: sent.reason,
        problem,
        back: sent.back,
        rows: selected.into_iter().map(Row::from).collect(),
    };
    page(status, &template)
}

/// Does it, once for the id in the address.
pub async fn act(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
    Form(pairs): Form<Pairs>,
) -> Result<Response, PageError> {
    let (onboarding, who) = (&state.onboarding, &viewer.subject);
    let there = Redirect::to(&format!("{PATH}/{id}"));
    if pairs.iter().any(|(name, _)| name == "go_on") {
        onboarding.go_on(who, id).await?;
        return Ok(there.into_response());
    }
    let sent = Sent::of(pairs)?;
    let new = NewSelection {
        id,
        act: sent.act,
        reason: &sent.reason,
        public_ids: &sent.public_ids,
    };
    match onboarding.act_on_selected(who, &new).await {
        Ok(()) => Ok(there.into_response()),
        Err(Error::Invalid(wrong)) => {
            let words: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
            render(&state, &viewer, id, sent, Some(words.join(" "))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of each.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
) -> Result<Response, PageError> {
    let selection = state.onboarding.selection(&viewer.subject, id).await?;
    let names = state.names([&selection.begun_by]).await?;
    let template = SelectedPage {
        layout: Layout::panel(selection.act.label(), Section::Prospects, &viewer),
        id,
        heading: heading(&selection),
        by: names.name(&selection.begun_by),
        at: Time::of(selection.begun_at),
        may_go_on: selection.is_cut() && selection.is_of(&viewer.subject),
        reason: selection.reason,
        rows: selection.prospects.into_iter().map(Row::from).collect(),
    };
    page(StatusCode::OK, &template)
}

fn heading(selection: &Selection) -> String {
    let (done, all) = (selection.done(), selection.prospects.len());
    format!("{}: {done} of {all} done", selection.act.label())
}

fn prospects(count: usize) -> String {
    match count {
        1 => "1 prospect".to_owned(),
        many => format!("{many} prospects"),
    }
}

fn consequence(act: SelectionAct) -> &'static str {
    match act {
        SelectionAct::SendLink => {
            "The verification link goes to the e-mail address of each; after a rejection the link to try again."
        }
        SelectionAct::Remind => {
            "The reminder of the link goes to the e-mail address of each now; after a rejection the link to try again."
        }
        SelectionAct::Close => {
            "Their e-mail addresses and Telegram IDs are free again, and what Sumsub still sends is recorded only."
        }
    }
}
