//! `/audit/{id}`: one entry of the log, with everybody whose data it handed out.

use access::AuditFilter;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::rows::{EntryRow, rows};
use crate::{
    admin::AdminState,
    error_page::PageError,
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/audit/entry.html")]
struct EntryPage {
    layout: Layout,
    row: EntryRow,
}

/// The page.
///
/// # Errors
/// When there is no such entry, when the viewer may not read the log, and when the database does not answer.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<i64>,
) -> Result<Response, PageError> {
    let (everything, before) = (AuditFilter::default(), id.saturating_add(1));
    let found = state
        .audit
        .page(&viewer.subject, &everything, Some(before), 1)
        .await?;
    let entry = found.rows.into_iter().filter(|entry| entry.id == id);
    let rows = rows(&state, &viewer, entry.collect(), usize::MAX).await?;
    let row = rows
        .into_iter()
        .next()
        .ok_or(PageError::NotFound("entry"))?;
    let title = format!("Entry {id}");
    let template = EntryPage {
        layout: Layout::panel(title, Section::Audit, &viewer),
        row,
    };
    page(StatusCode::OK, &template)
}
