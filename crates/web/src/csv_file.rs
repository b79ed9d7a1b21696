//! Files that spreadsheets and programs read.

use std::error::Error;

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};

use crate::error_page::PageError;

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
pub fn attachment(name: &str, file: Vec<u8>) -> Result<Response, PageError> {
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""))
        .map_err(|error| PageError::Internal(error.into()))?;
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, file).into_response())
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
