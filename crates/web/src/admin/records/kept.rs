//! What an operator keeps of the lists: `/columns` and `/views`, where their forms go.

use access::{KeptLists, ListViewError, Permission};
use axum::{
    Extension, Form,
    body::Bytes,
    extract::{Path, Query, State},
    http::Uri,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::primitives::{Activity, CustomerType, Stage};
use serde::Deserialize;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    columns::Column,
    query::{Asked, RecordsQuery},
};
use crate::{admin::AdminState, error_page::PageError, layout::Viewer};

/// The list of prospects, as what is kept of it is sent and stored.
pub const PROSPECTS: &str = "prospects";
/// The list of customers.
pub const CUSTOMERS: &str = "customers";

impl From<ListViewError> for PageError {
    fn from(error: ListViewError) -> Self {
        match error {
            ListViewError::Database(error) => error.into(),
            said => Self::Conflict(said.to_string()),
        }
    }
}

/// Where one comes back to: a page of a list, and nowhere else.
fn back(typed: &str) -> Redirect {
    let path = typed.split('?').next().unwrap_or_default();
    let ours = [PROSPECTS, CUSTOMERS]
        .into_iter()
        .any(|list| path.strip_prefix('/') == Some(list));
    Redirect::to(if ours { typed } else { "/" })
}

/// The columns that were ticked; *As usual* takes the choice back.
///
/// # Errors
/// For a list that there isn't, and when the database does not answer.
pub async fn columns(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    form: Bytes,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let (mut list, mut address, mut usual) = (String::new(), String::new(), false);
    let mut ticked = Vec::new();
    for (name, value) in form_urlencoded::parse(&form) {
        match name.as_ref() {
            "list" => list = value.into_owned(),
            "back" => address = value.into_owned(),
            "usual" => usual = true,
            "column" => ticked.push(value.into_owned()),
            _ => {}
        }
    }
    let all = match list.as_str() {
        PROSPECTS => Column::OF_PROSPECTS,
        CUSTOMERS => Column::OF_CUSTOMERS,
        _ => return Err(PageError::NotFound("list")),
    };
    let known = all.iter().map(|column| column.name().to_owned());
    let chosen: Vec<String> = known.filter(|name| ticked.contains(name)).collect();
    KeptLists::new(state.pool.clone())
        .choose_columns(
            &viewer.subject,
            &list,
            (!usual).then_some(chosen.as_slice()),
        )
        .await?;
    Ok(back(&address).into_response())
}

/// What the form *Save view* sends.
#[derive(Deserialize)]
pub struct ViewForm {
    list: String,
    name: String,
    query: String,
}

/// Keeps a view under a name.
///
/// # Errors
/// When the name is none, there are too many, it narrows nothing down, or the database does not answer.
pub async fn save_view(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(form): Form<ViewForm>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let bad = || PageError::BadRequest("There is no such list to keep a view of.");
    let address = format!("/{}?{}", form.list, form.query);
    let address: Uri = address.parse().map_err(|_| bad())?;
    let Query(query) = Query::<RecordsQuery>::try_from_uri(&address).map_err(|_| bad())?;
    // As the list itself understands it: what it would refuse is refused, and whatever else was sent is not kept.
    let (list, query) = match form.list.as_str() {
        PROSPECTS => {
            let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
            asked.filter(&state, &viewer).await?;
            (PROSPECTS, asked.view())
        }
        CUSTOMERS => {
            let asked: Asked<Activity, CustomerType> = query.read("/customers", "status")?;
            asked.filter(&state, &viewer).await?;
            (CUSTOMERS, asked.view())
        }
        _ => return Err(bad()),
    };
    if query.is_empty() {
        return Err(PageError::BadRequest(
            "Filter or sort the list first: a view keeps that.",
        ));
    }
    KeptLists::new(state.pool.clone())
        .save_view(&viewer.subject, list, &form.name, &query)
        .await?;
    Ok(Redirect::to(&format!("/{list}?{query}")).into_response())
}

/// What the forms of a view send.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct ChangeForm {
    name: String,
    back: String,
}

/// Gives a view of one's own another name.
///
/// # Errors
/// When the name is none or taken, or the database does not answer.
pub async fn rename_view(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    KeptLists::new(state.pool.clone())
        .rename_view(&viewer.subject, id, &form.name)
        .await?;
    Ok(back(&form.back).into_response())
}

/// Deletes a view of one's own.
///
/// # Errors
/// When the database does not answer.
pub async fn delete_view(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<Uuid>,
    Form(form): Form<ChangeForm>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    KeptLists::new(state.pool.clone())
        .delete_view(&viewer.subject, id)
        .await?;
    Ok(back(&form.back).into_response())
}

#[cfg(test)]
mod tests {
    use axum::http::header;

    use super::*;

    #[test]
    fn one_comes_back_to_a_list_and_nowhere_else() {
        let location = |typed: &str| {
            let answer = back(typed).into_response();
            answer.headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(location("/prospects?stage=new"), "/prospects?stage=new");
        for elsewhere in [
            "https://evil.example",
            "//evil.example/prospects",
            "",
            "/prospects/../x",
        ] {
            assert_eq!(location(elsewhere), "/", "{elsewhere}");
        }
    }
}
