//! `/prospects/new`: fill in, review, confirm. What the form carries as `id` becomes the prospect's, so that sending it twice
//! makes one prospect.

use access::Permission;
use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::{
    ProspectInput,
    contact::TelegramHandle,
    field,
    primitives::{CustomerType, ProspectId},
};
use kernel::{Error, FieldError};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    admin::{AdminState, dialog::Problem, words},
    error_page::PageError,
    format::Choice,
    layout::{Layout, Section, Viewer, page},
};

/// What was typed into the form.
#[derive(Default, Deserialize)]
pub struct Typed {
    id: Option<Uuid>,
    #[serde(default)]
    email: String,
    #[serde(default)]
    telegram: String,
    #[serde(default)]
    customer_type: String,
    /// "Back" was pressed in the dialog.
    back: Option<String>,
}

impl Typed {
    fn input(&self) -> ProspectInput {
        ProspectInput {
            email: self.email.clone(),
            telegram_handle: self.telegram.clone(),
            customer_type: self.customer_type.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/prospects/new.html")]
struct NewProspectPage {
    layout: Layout,
    form: FormView,
    types: Vec<Choice>,
    type_label: &'static str,
    problems: Problems,
    confirm: bool,
}

struct FormView {
    id: Uuid,
    email: String,
    telegram: String,
    customer_type: String,
}

#[derive(Default)]
struct Problems {
    email: Option<Problem>,
    telegram: Option<Problem>,
    customer_type: Option<Problem>,
}

impl From<Vec<FieldError>> for Problems {
    fn from(errors: Vec<FieldError>) -> Self {
        let mut problems = Problems::default();
        for error in errors {
            let place = match error.field {
                field::EMAIL => &mut problems.email,
                field::TELEGRAM_HANDLE => &mut problems.telegram,
                field::CUSTOMER_TYPE => &mut problems.customer_type,
                _ => continue,
            };
            place.get_or_insert_with(|| error.into());
        }
        problems
    }
}

fn show(
    viewer: &Viewer,
    status: StatusCode,
    typed: Typed,
    problems: Problems,
    confirm: bool,
) -> Result<Response, PageError> {
    let chosen = typed.customer_type.parse::<CustomerType>().ok();
    let mut types: Vec<Choice> = words::types(&typed.customer_type).collect();
    if chosen.is_none() {
        types.insert(0, Choice::new("", "Choose…", true));
    }
    let template = NewProspectPage {
        layout: Layout::panel("New prospect", Section::Prospects, viewer),
        form: FormView {
            id: typed.id.unwrap_or_else(Uuid::now_v7),
            email: typed.email,
            telegram: typed.telegram,
            customer_type: typed.customer_type,
        },
        types,
        type_label: chosen.map_or("", CustomerType::label),
        problems,
        confirm,
    };
    page(status, &template)
}

fn blank() -> Typed {
    // Most prospects are persons; the dialog shows the choice again before anything is made.
    Typed {
        customer_type: CustomerType::Individual.name().to_owned(),
        ..Typed::default()
    }
}

pub async fn form(Extension(viewer): Extension<Viewer>) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerCreate)?;
    show(&viewer, StatusCode::OK, blank(), Problems::default(), false)
}

/// "Review": nothing is made yet.
pub async fn review(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    if typed.back.is_some() {
        return show(&viewer, StatusCode::OK, typed, Problems::default(), false);
    }
    match state
        .onboarding
        .check_input(&viewer.subject, &typed.input())
        .await
    {
        Ok(checked) => {
            // What will be saved, not what was typed: in the form in which it is stored.
            let typed = Typed {
                email: checked.email.as_str().to_owned(),
                telegram: checked
                    .telegram_handle
                    .map(|handle| handle.as_str().to_owned())
                    .unwrap_or_default(),
                ..typed
            };
            show(&viewer, StatusCode::OK, typed, Problems::default(), true)
        }
        Err(Error::Invalid(errors)) => show(
            &viewer,
            StatusCode::UNPROCESSABLE_ENTITY,
            typed,
            errors.into(),
            false,
        ),
        Err(error) => Err(error.into()),
    }
}

/// "Confirm": makes the prospect.
pub async fn create(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let id = ProspectId::from(typed.id.unwrap_or_else(Uuid::now_v7));
    match state
        .onboarding
        .create_prospect(&viewer.subject, id, &typed.input())
        .await
    {
        Ok(prospect) => {
            Ok(Redirect::to(&format!("/prospects/{}", prospect.public_id)).into_response())
        }
        Err(Error::Invalid(errors)) => show(
            &viewer,
            StatusCode::UNPROCESSABLE_ENTITY,
            typed,
            errors.into(),
            false,
        ),
        Err(error) => Err(error.into()),
    }
}
