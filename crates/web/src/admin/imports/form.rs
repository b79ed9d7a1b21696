//! `/prospects/import`: the file to upload, and what was imported before.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{import::Import, primitives::CustomerType};
use serde::Deserialize;

use super::{PATH, Told, may_import, standing};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format,
    layout::{Layout, Section, Viewer, page},
    list::{self, ListAddress, Pages, grouped},
};

/// Imports on a page.
const ROWS: usize = 20;

#[derive(Template)]
#[template(path = "admin/imports/form.html")]
struct ImportForm {
    layout: Layout,
    may_import: bool,
    problem: Option<String>,
    types: String,
    imports: Vec<Line>,
    pages: Pages,
}

struct Line {
    id: i64,
    file: Option<String>,
    uploaded: Told,
    standing: format::State,
    total: String,
    created: String,
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct ImportsQuery {
    before: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<ImportsQuery>,
) -> Result<Response, PageError> {
    render(&state, &viewer, query, None).await
}

/// The page, with what is wrong with a file.
pub async fn render(
    state: &AdminState,
    viewer: &Viewer,
    query: ImportsQuery,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let before: Option<i64> = list::place(query.before.as_deref())?;
    let mut found = state
        .onboarding
        .imports(&viewer.subject, before, ROWS + 1)
        .await?;
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let next = found.last().filter(|_| more).map(|import| import.id);
    let names = state
        .names(found.iter().map(|import| &import.uploaded_by))
        .await?;
    let line = |import: Import| Line {
        id: import.id,
        uploaded: Told::uploaded(&import, &names),
        standing: standing(&import),
        total: grouped(import.counts.total()),
        created: grouped(import.counts.created),
        file: import.file_name,
    };
    let types = CustomerType::ALL.iter().map(|of| of.label());
    let template = ImportForm {
        layout: Layout::panel("Import CSV", Section::Prospects, viewer),
        may_import: may_import(viewer),
        types: types.collect::<Vec<_>>().join(", "),
        pages: ListAddress::new(PATH, []).pages("before", before.is_none(), next),
        imports: found.into_iter().map(line).collect(),
        problem,
    };
    let status = match template.problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    page(status, &template)
}
