//! A list as a file: what its filters let through, read a batch at a time while it is sent.

use axum::response::Response;
use chrono::SecondsFormat;
use kernel::Cursor;

use super::{
    Which,
    asked::{Asked, MoneyQuery, Narrowed},
    lines::Line,
};
use crate::{admin::AdminState, csv_file, error_page::PageError, layout::Viewer};

/// Rows that are read at once. Each batch is an entry of the audit log, before it goes out.
const BATCH: usize = 1000;

/// The file of what the address asks for; that somebody keeps it is written down.
///
/// # Errors
/// As the page of the list.
pub async fn send(
    which: Which,
    state: AdminState,
    viewer: Viewer,
    query: MoneyQuery,
) -> Result<Response, PageError> {
    let asked = Asked::read(which, query, &state, &viewer).await?;
    if !asked.is_clear() {
        let words =
            "What was typed to filter by can't be taken: go back to the list, which says why.";
        return Err(PageError::BadRequest(words));
    }
    which.download(&state, &viewer).await?;
    let day = clock::now().format("%Y-%m-%d");
    let name = format!("{}_{day}.csv", which.noun().1);
    let head = [
        if which == Which::Proposals {
            "ID"
        } else {
            "Public ID"
        },
        "Customer",
        "Name",
        "Amount (USD)",
        "Status",
        which.known_label(),
        "Created (UTC)",
    ];
    let narrowed = asked.narrowed;
    csv_file::streamed(&name, &head, move |after| {
        let (state, viewer, narrowed) = (state.clone(), viewer.clone(), narrowed.clone());
        async move { batch(which, &state, &viewer, &narrowed, after).await }
    })
    .await
}

async fn batch(
    which: Which,
    state: &AdminState,
    viewer: &Viewer,
    narrowed: &Narrowed,
    after: Option<Cursor>,
) -> Result<(Vec<Vec<String>>, Option<Cursor>), PageError> {
    let found = which.lines(state, viewer, narrowed, after, BATCH).await?;
    let customers: Vec<_> = found.lines.iter().map(|line| line.customer).collect();
    let called = state
        .onboarding
        .names_of(&viewer.subject, &customers)
        .await?;
    let row = |line: Line| {
        let called = called.get(&line.customer);
        let name = called.and_then(|called| called.name.as_deref());
        vec![
            line.id,
            called.map_or_else(String::new, |called| called.public_id.clone()),
            csv_file::harmless(name.unwrap_or_default()),
            format!("{}.{:02}", line.cents / 100, line.cents % 100),
            line.state.words().to_owned(),
            csv_file::harmless(line.known.as_deref().unwrap_or_default()),
            line.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        ]
    };
    Ok((found.lines.into_iter().map(row).collect(), found.next))
}
