//! A list as a file: what its filters let through, read a batch at a time while it is sent.

use axum::{BoxError, response::Response};
use chrono::SecondsFormat;
use futures::stream;
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
    // The place of the next batch: the first has none.
    let batches = stream::try_unfold(Some(None), move |place| {
        let (state, viewer, narrowed) = (state.clone(), viewer.clone(), asked.narrowed.clone());
        async move {
            let Some(after) = place else {
                return Ok(None);
            };
            let read = batch(which, &state, &viewer, &narrowed, after).await;
            let (rows, next) = read.map_err(|error| BoxError::from(format!("{error:?}")))?;
            Ok(Some((rows, next.map(Some))))
        }
    });
    csv_file::of_batches(which.noun().1, head.to_vec(), batches)
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
            name.unwrap_or_default().to_owned(),
            format!("{}.{:02}", line.cents / 100, line.cents % 100),
            line.state.words().to_owned(),
            line.known.unwrap_or_default(),
            line.at.to_rfc3339_opts(SecondsFormat::Secs, true),
        ]
    };
    Ok((found.lines.into_iter().map(row).collect(), found.next))
}
