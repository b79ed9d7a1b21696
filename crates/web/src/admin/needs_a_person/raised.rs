//! Raised items, on the first page and on the page of the record that they are about, and "Resolve".

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::raised::{RaisedItem, RaisedRecord};
use serde::Deserialize;

use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Field},
        login,
        overview::page,
    },
    error_page::PageError,
    format::Time,
    layout::Viewer,
};

/// A list of raised items.
#[derive(Template)]
#[template(path = "admin/needs_a_person/raised.html")]
pub struct Items {
    items: Vec<Item>,
    /// Where "Resolve" comes back to.
    from: String,
    may_resolve: bool,
}

impl HtmlSafe for Items {}

struct Item {
    id: i64,
    cause: String,
    since: Time,
    record: Option<Record>,
    other: Option<Record>,
    callback: Option<i64>,
}

/// A record that an item is about: where it is, and what it is called.
pub struct Record {
    pub address: String,
    pub words: String,
}

impl Record {
    pub fn of(about: RaisedRecord) -> Self {
        let (path, kind) = if about.is_customer {
            ("customers", "Customer")
        } else {
            ("prospects", "Prospect")
        };
        Self {
            address: format!("/{path}/{}", about.public_id),
            words: match about.email {
                Some(email) => format!("{email} ({})", about.public_id),
                None => format!("{kind} {}", about.public_id),
            },
        }
    }
}

impl Items {
    /// These items, on the page at `from`: a link back to it is left out.
    pub fn of(items: Vec<RaisedItem>, viewer: &Viewer, from: String) -> Self {
        Self {
            items: items
                .into_iter()
                .map(|item| Item {
                    id: item.id,
                    cause: sentence(&item.cause),
                    since: Time::of(item.raised_at),
                    record: item
                        .about
                        .map(Record::of)
                        .filter(|record| record.address != from),
                    other: item.other.map(Record::of),
                    callback: item.callback,
                })
                .collect(),
            from,
            may_resolve: viewer.may(Permission::CustomerUpdate),
        }
    }

    /// Whether there is anything to show.
    pub fn any(&self) -> bool {
        !self.items.is_empty()
    }
}

/// Causes are stored as they stand in a sentence.
pub fn sentence(cause: &str) -> String {
    let mut letters = cause.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Where the dialog was opened, and what was typed.
#[derive(Debug, Default, Deserialize)]
pub struct Resolving {
    from: Option<String>,
    #[serde(default)]
    value: String,
}

/// The dialog, on the first page.
pub async fn ask(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<i64>,
    Query(resolving): Query<Resolving>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerUpdate)?;
    let dialog = dialog(id, login::local(resolving.from.as_deref()));
    page::render(&state, &viewer, StatusCode::OK, Some(dialog)).await
}

/// "Resolve".
pub async fn resolve(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<i64>,
    Form(resolving): Form<Resolving>,
) -> Result<Response, PageError> {
    let from = login::local(resolving.from.as_deref());
    match state
        .onboarding
        .resolve(&viewer.subject, id, &resolving.value)
        .await
    {
        Ok(()) => Ok(Redirect::to(from).into_response()),
        Err(error) => {
            let (status, dialog) = dialog(id, from).again(error, resolving.value)?;
            page::render(&state, &viewer, status, Some(dialog)).await
        }
    }
}

fn dialog(id: i64, from: &str) -> Dialog {
    Dialog {
        heading: "Resolve".to_owned(),
        words: "The item leaves the list. The reason stays with it.".to_owned(),
        facts: Vec::new(),
        action: format!("/raised/{id}/resolve"),
        back: from.to_owned(),
        opener: format!("#resolve-{id}"),
        fields: Field::reason(),
        hidden: vec![("from", from.to_owned())],
        problem: None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_cause_begins_like_a_sentence() {
        assert_eq!(super::sentence("a GREEN came"), "A GREEN came");
        assert_eq!(super::sentence(""), "");
    }
}
