//! Making a token or an operator: fill in, review, confirm; a token's secret is shown once. What the form carries as `id`
//! becomes its id, so that sending it twice makes one.

use std::future::Future;

use access::{AccessError, AccessManagement, Role, Subject};
use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::FieldError;
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{half_done, management, needs_access};
use crate::{
    admin::{AdminState, refusal::Refusal},
    error_page::PageError,
    format::Choice,
    layout::{Layout, Section, Viewer, page},
};

/// What can be made with a form, as it was typed.
pub trait Making: DeserializeOwned + Default + Send + Sync + 'static {
    /// The heading of the form.
    const HEADING: &'static str;
    /// The heading of the dialog that shows what will be made.
    const CONFIRM: &'static str;
    /// Where "Confirm" sends it; the form is at `new` below.
    const PATH: &'static str;

    /// As the form holds it at first.
    fn blank() -> Self;

    /// Its fields, for who fills them in.
    fn fields(&self, viewer: &Subject) -> Vec<Field>;

    /// Checks it; answers it as it will be saved.
    fn check(
        &self,
        management: &AccessManagement,
        who: &Subject,
    ) -> impl Future<Output = Result<Self, AccessError>> + Send;

    /// Makes it, under this id.
    fn make(
        &self,
        management: &AccessManagement,
        who: &Subject,
        id: Uuid,
    ) -> impl Future<Output = Result<Made, AccessError>> + Send;
}

/// What there is to show of what was made.
pub enum Made {
    /// A secret that can't be had again.
    Secret(ShownOnce),
    /// The list has it.
    Listed,
    /// The list has it, but something outside did not go as it should.
    HalfDone(String),
}

/// A field of the form.
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub input: Input,
    pub value: String,
    /// The value as the dialog shows it.
    pub shown: String,
    pub problem: Option<String>,
}

pub enum Input {
    Text,
    Email,
    /// A whole number from 1 to this one.
    UpTo(u32),
    Choice(Vec<Choice>),
}

impl Field {
    /// Those of the roles that the viewer may hand on, none of them chosen for whoever reads too fast.
    pub fn role(viewer: &Subject, among: &[Role], typed: &str, hint: &'static str) -> Self {
        let chosen = typed.parse::<Role>().ok();
        let first = Choice::new("", "Choose…", chosen.is_none());
        let roles = viewer
            .may_hand_on()
            .filter(|role| among.contains(role))
            .map(|role| Choice::new(role.as_str(), role.label(), Some(role) == chosen));
        Self {
            name: "role",
            label: "Role",
            hint,
            input: Input::Choice(std::iter::once(first).chain(roles).collect()),
            value: typed.to_owned(),
            shown: chosen.map_or("", Role::label).to_owned(),
            problem: None,
        }
    }
}

/// What comes with a form.
#[derive(Deserialize)]
pub struct Sent<M> {
    id: Option<Uuid>,
    /// "Back" was pressed in the dialog.
    back: Option<String>,
    #[serde(flatten)]
    typed: M,
}

#[derive(Template)]
#[template(path = "admin/access/new.html")]
struct FormPage {
    layout: Layout,
    confirm_heading: &'static str,
    path: &'static str,
    id: Uuid,
    fields: Vec<Field>,
    problem: Option<String>,
    confirm: bool,
}

/// What a form shows beside what was typed.
#[derive(Default)]
struct Beside {
    status: StatusCode,
    problems: Vec<FieldError>,
    problem: Option<String>,
    confirm: bool,
}

fn show<M: Making>(
    viewer: &Viewer,
    id: Option<Uuid>,
    typed: &M,
    beside: Beside,
) -> Result<Response, PageError> {
    let mut fields = typed.fields(&viewer.subject);
    for field in &mut fields {
        // HTML has no NUL.
        field.value = field.value.replace('\0', "");
        field.problem = beside
            .problems
            .iter()
            .find(|problem| problem.field.name() == field.name)
            .map(|problem| problem.message.clone());
    }
    let template = FormPage {
        layout: Layout::panel(M::HEADING, Section::Access, viewer),
        confirm_heading: M::CONFIRM,
        path: M::PATH,
        id: id.unwrap_or_else(Uuid::now_v7),
        fields,
        problem: beside.problem,
        confirm: beside.confirm,
    };
    page(beside.status, &template)
}

/// The form again, with why nothing was made.
fn again<M: Making>(
    viewer: &Viewer,
    id: Option<Uuid>,
    typed: &M,
    error: AccessError,
) -> Result<Response, PageError> {
    let beside = match error {
        AccessError::Invalid(problems) => Beside {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            problems,
            ..Beside::default()
        },
        error => {
            let (status, words) = Refusal::of(error.into())?.words();
            Beside {
                status,
                problem: Some(words),
                ..Beside::default()
            }
        }
    };
    show(viewer, id, typed, beside)
}

/// The form, nothing filled in.
pub async fn form<M: Making>(Extension(viewer): Extension<Viewer>) -> Result<Response, PageError> {
    needs_access(&viewer)?;
    show(&viewer, None, &M::blank(), Beside::default())
}

/// "Review": nothing is made yet.
pub async fn review<M: Making>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(sent): Form<Sent<M>>,
) -> Result<Response, PageError> {
    if sent.back.is_some() {
        needs_access(&viewer)?;
        return show(&viewer, sent.id, &sent.typed, Beside::default());
    }
    match sent.typed.check(&management(&state), &viewer.subject).await {
        Ok(checked) => {
            let beside = Beside {
                confirm: true,
                ..Beside::default()
            };
            show(&viewer, sent.id, &checked, beside)
        }
        Err(error) => again(&viewer, sent.id, &sent.typed, error),
    }
}

/// "Confirm": makes it, and shows a secret.
pub async fn make<M: Making>(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Form(sent): Form<Sent<M>>,
) -> Result<Response, PageError> {
    let id = sent.id.unwrap_or_else(Uuid::now_v7);
    let made = sent
        .typed
        .make(&management(&state), &viewer.subject, id)
        .await;
    match made {
        Ok(Made::Secret(shown)) => shown.page(&viewer),
        Ok(Made::Listed) => {
            let address = format!("{}?done=add", Section::Access.path());
            Ok(Redirect::to(&address).into_response())
        }
        Ok(Made::HalfDone(left)) => half_done(&state, &viewer, left).await,
        // What is made next is another one.
        Err(error @ AccessError::Refused(_)) => again(&viewer, None, &sent.typed, error),
        Err(error) => again(&viewer, sent.id, &sent.typed, error),
    }
}

/// A secret that can't be had again.
pub struct ShownOnce {
    pub heading: &'static str,
    pub done: &'static str,
    pub label: &'static str,
    pub secret: String,
    pub hint: &'static str,
    pub facts: Vec<(&'static str, String)>,
}

impl ShownOnce {
    /// The page that shows it.
    ///
    /// # Errors
    /// When the template fails.
    pub fn page(self, viewer: &Viewer) -> Result<Response, PageError> {
        let template = ShownOncePage {
            layout: Layout::panel(self.heading, Section::Access, viewer),
            shown: self,
        };
        page(StatusCode::OK, &template)
    }
}

#[derive(Template)]
#[template(path = "admin/access/shown_once.html")]
struct ShownOncePage {
    layout: Layout,
    shown: ShownOnce,
}
