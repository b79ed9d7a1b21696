//! Files that spreadsheets and programs read.

use std::error::Error;

use axum::{
    BoxError,
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::error_page::PageError;

/// Spreadsheets take a file that begins so for UTF-8.
const UTF_8: &str = "\u{feff}";

/// A file of these rows, the first of which is its head.
///
/// # Errors
/// When a row has more cells than the head.
pub fn rows<R, C>(rows: R) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>>
where
    R: IntoIterator<Item = C>,
    C: IntoIterator<Item = String>,
{
    let mut file = csv::Writer::from_writer(Vec::new());
    for row in rows {
        file.write_record(row)?;
    }
    Ok(file.into_inner().map_err(|error| error.to_string())?)
}

/// The answer that a browser keeps under this name: plain ASCII without quotes.
///
/// # Errors
/// When the name is none.
pub fn attachment(name: &str, file: impl Into<Body>) -> Result<Response, PageError> {
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(|error| PageError::Internal(error.into()))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, file.into()).into_response())
}

/// The answer with a file, named so and by today, whose rows are made while it is sent, so that it may be as long as it likes. Cells are
/// [`harmless`], and a spreadsheet sees by the first character that it is UTF-8.
///
/// # Errors
/// When the name is none.
pub fn of_batches(
    name: &str,
    head: Vec<&'static str>,
    batches: impl Stream<Item = Result<Vec<Vec<String>>, BoxError>> + Send + 'static,
) -> Result<Response, PageError> {
    let head = vec![head.into_iter().map(str::to_owned).collect()];
    let head = rows::<Vec<Vec<String>>, _>(head).map(|head| [UTF_8.as_bytes(), &head].concat());
    let rest = batches.map(|batch| {
        let cells = |row: Vec<String>| row.into_iter().map(|cell| harmless(&cell));
        rows(batch?.into_iter().map(cells))
    });
    let name = format!("{name}_{}.csv", clock::now().date_naive());
    in_parts(&name, stream::iter([head]).chain(rest))
}

/// As [`attachment`], sent while its parts are made. When one can't be made it breaks off, so that nobody takes a part for the whole.
///
/// # Errors
/// When the name is none.
pub fn in_parts(
    name: &str,
    parts: impl Stream<Item = Result<Vec<u8>, BoxError>> + Send + 'static,
) -> Result<Response, PageError> {
    let body = parts.inspect_err(|error| {
        // Who downloads sees that the file broke off; why, only the log can say.
        tracing::warn!(%error, "a file could not be sent whole");
    });
    attachment(name, Body::from_stream(body))
}

/// A spreadsheet would take a text that begins so for a formula, and run it; where semicolons part the cells, also what is
/// behind one.
pub fn harmless(text: &str) -> String {
    // Full-width ones are read as the plain ones in some languages.
    const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    let cells = text.split(';').map(|cell| {
        let begins = cell.trim_start_matches(' ').starts_with(BEGINNINGS);
        format!("{}{cell}", if begins { "'" } else { "" })
    });
    cells.collect::<Vec<_>>().join(";")
}
