//! Takes an uploaded file out of the form that carries it (RFC 7578).

use std::convert::Infallible;

use access::Permission;
use axum::{
    Extension,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, header},
    response::{IntoResponse as _, Redirect, Response},
};
use customer::import::FileProblem;
use futures::stream;
use kernel::Error;

use super::{
    PATH,
    form::{self, ImportsQuery},
};
use crate::{admin::AdminState, error_page::PageError, layout::Viewer};

/// What the form calls the file.
const FILE: &str = "file";
const NO_FORM: PageError = PageError::BadRequest("This is not the form that uploads a file.");

/// A file as a browser sends it.
#[derive(Default)]
struct Uploaded {
    name: String,
    bytes: Bytes,
}

/// "Preview": keeps the file's rows, and shows what would become of them.
pub async fn upload(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerCreate)?;
    let uploaded = match body {
        Ok(body) => uploaded(&headers, body).await.ok_or(NO_FORM)?,
        Err(_) => return refused(&state, &viewer, FileProblem::TooLarge.to_string()).await,
    };
    let stored = state
        .onboarding
        .upload_import(&viewer.subject, &uploaded.name, &uploaded.bytes)
        .await;
    match stored {
        Ok(import) => Ok(Redirect::to(&format!("{PATH}/{import}")).into_response()),
        Err(Error::Invalid(wrong)) => {
            let words: Vec<String> = wrong.into_iter().map(|wrong| wrong.message).collect();
            refused(&state, &viewer, words.join(" ")).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn refused(
    state: &AdminState,
    viewer: &Viewer,
    problem: String,
) -> Result<Response, PageError> {
    form::render(state, viewer, ImportsQuery::default(), Some(problem)).await
}

/// The file in a form; an empty one when none was chosen, none when it is no such form.
async fn uploaded(headers: &HeaderMap, body: Bytes) -> Option<Uploaded> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let boundary = multer::parse_boundary(kind).ok()?;
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let mut form = multer::Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.ok()? {
        if field.name() == Some(FILE) {
            let name = field.file_name().unwrap_or_default();
            // Some send where it lay, too.
            let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
            return Some(Uploaded {
                name: name.to_owned(),
                bytes: field.bytes().await.ok()?,
            });
        }
    }
    Some(Uploaded::default())
}
