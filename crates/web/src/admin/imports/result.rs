//! What became of each row of an import, as a file. It can be uploaded again: its columns have the names that an upload knows.

use axum::{
    Extension,
    extract::{Path, State},
    response::Response,
};
use customer::import::ImportRow;

use super::page::number;
use crate::{
    admin::AdminState,
    csv_file::{self, harmless},
    error_page::PageError,
    layout::Viewer,
};

const HEAD: [&str; 7] = [
    "line",
    "email",
    "telegram",
    "customer type",
    "outcome",
    "public id",
    "error",
];

/// The result of an import, as a file.
pub async fn file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    let rows = state.onboarding.import_result(&viewer.subject, id).await?;
    let head = HEAD.map(str::to_owned);
    let rows = std::iter::once(head).chain(rows.into_iter().map(cells));
    let file = csv_file::rows(rows).map_err(PageError::Internal)?;
    csv_file::attachment(&format!("import_{id}_result.csv"), file)
}

fn cells(row: ImportRow) -> [String; HEAD.len()] {
    let text = |text: Option<String>| harmless(&text.unwrap_or_default());
    [
        row.line.to_string(),
        text(row.email),
        text(row.telegram_handle),
        text(row.customer_type),
        row.outcome.label().to_owned(),
        row.prospect
            .map(|prospect| prospect.public_id)
            .unwrap_or_default(),
        text(row.problem),
    ]
}
