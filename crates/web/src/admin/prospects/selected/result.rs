//! What came of each; while it is under way, how far it is.

use askama::Template;
use axum::{http::StatusCode, response::Response};
use customer::selection::{SelectedOutcome, Selection, SelectionAct};
use uuid::Uuid;

use super::Row;
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::Time,
    layout::{self, Layout, Section, Viewer},
    list::grouped,
};

#[derive(Template)]
#[template(path = "admin/prospects/selected/result.html")]
struct SelectedPage {
    layout: Layout,
    id: Uuid,
    act: SelectionAct,
    heading: String,
    /// How many were tried of how many, while it is under way.
    progress: Option<(usize, usize)>,
    reason: Option<String>,
    /// Whose they are to be, when they are assigned.
    assignee: Option<String>,
    by: String,
    at: Time,
    rows: Vec<Row>,
    /// Who isn't among the rows, in words.
    more: Option<String>,
}

/// The page of this selection.
pub async fn page(state: &AdminState, viewer: &Viewer, id: Uuid) -> Result<Response, PageError> {
    let selection = state.onboarding.selection(&viewer.subject, id).await?;
    let assignee = selection.assignee.map(|assignee| assignee.as_actor());
    let kept = std::iter::once(selection.begun_by.clone()).chain(assignee);
    let names = state.names(kept).await?;
    let (tried, total) = (selection.done + selection.not_done, selection.total);
    let untried = if selection.is_under_way {
        "Waits"
    } else {
        "Not tried"
    };
    let template = SelectedPage {
        layout: Layout::panel(selection.act.label(), Section::Prospects, viewer),
        id,
        act: selection.act,
        heading: format!(
            "{}: {} of {} done",
            selection.act.label(),
            grouped(selection.done),
            grouped(total)
        ),
        progress: selection.is_under_way.then_some((tried, total)),
        by: names.name(&selection.begun_by),
        at: Time::of(selection.begun_at),
        assignee: (selection.act == SelectionAct::Assign).then(|| match selection.assignee {
            Some(assignee) => names.operator(assignee),
            None => "nobody".to_owned(),
        }),
        more: more(&selection),
        reason: selection.reason,
        rows: selection
            .shown
            .into_iter()
            .map(|one| Row::of(one, untried))
            .collect(),
    };
    layout::page(StatusCode::OK, &template)
}

/// Who isn't shown: it was done to them, or they were not tried yet.
fn more(selection: &Selection) -> Option<String> {
    let hidden = selection.total - selection.shown.len();
    let shown = selection.shown.iter();
    let shown_done = shown.filter(|one| one.outcome == Some(SelectedOutcome::Done));
    let done = selection.done - shown_done.count();
    let words = match hidden - done {
        0 => "all done".to_owned(),
        waiting => format!("{} done, {} not tried yet", grouped(done), grouped(waiting)),
    };
    (hidden > 0).then(|| format!("and {} more: {words}", grouped(hidden)))
}
