//! `/prospects/new`: fill in, review, confirm. What the form carries as `id` becomes the prospect's, so that sending it twice
//! makes one prospect.

use access::{Permission, Preference::SendLinkAtOnce, Preferences};
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
    /// The tick "Send the verification link now".
    #[serde(default)]
    send_link: Option<String>,
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
    /// None for who may send none.
    send_link: Option<bool>,
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
            send_link: viewer
                .may(Permission::CustomerUpdate)
                .then(|| typed.send_link.is_some()),
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

/// What a tick box sends.
const TICKED: &str = "yes";

fn blank() -> Typed {
    // Most prospects are persons; the dialog shows the choice again before anything is made.
    Typed {
        customer_type: CustomerType::Individual.name().to_owned(),
        ..Typed::default()
    }
}

pub async fn form(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerCreate)?;
    let sends = Preferences::new(state.pool.clone())
        .is_chosen(&viewer.subject, SendLinkAtOnce)
        .await?;
    let typed = Typed {
        send_link: sends.then(|| TICKED.to_owned()),
        ..blank()
    };
    show(&viewer, StatusCode::OK, typed, Problems::default(), false)
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

/// "Confirm": makes the prospect. "Create and send": also mails the verification link.
pub async fn create(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let id = ProspectId::from(typed.id.unwrap_or_else(Uuid::now_v7));
    let (onboarding, who, input) = (&state.onboarding, &viewer.subject, typed.input());
    let sends = typed.send_link.is_some();
    let created = if sends {
        onboarding.create_and_send_link(who, id, &input).await
    } else {
        onboarding.create_prospect(who, id, &input).await
    };
    match created {
        Ok(prospect) => {
            if viewer.may(Permission::CustomerUpdate) {
                let preferences = Preferences::new(state.pool.clone());
                if let Err(error) = preferences.remember(who, SendLinkAtOnce, sends).await {
                    tracing::warn!(%error, "an operator's choice could not be remembered");
                }
            }
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
