//! `/access`: operators and API tokens, for who has ACCESS_MANAGE. What is allowed, `access` decides.

mod making;
pub mod operations;
mod operators;
mod tokens;

use std::sync::Arc;

use access::{AccessManagement, Invited, OperatorInput, Permission, TokenInput};
use askama::Template;
use axum::{
    Extension, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{Redirect, Response},
    routing::{get, post},
};

use self::{
    making::Making,
    operations::{OperatorOperation, Revoke},
    operators::OperatorsView,
    tokens::TokenRow,
};
use super::{
    AdminState, OperatorSignIn,
    dialog::{Dialog, Said},
    operation::{self, Beside, Done},
};
use crate::{
    error_page::PageError,
    layout::{Layout, Section, Viewer, page},
};

/// The page and what is below it. Where an identity provider keeps the operators, nothing here changes them.
pub fn routes(sign_in: &OperatorSignIn) -> Router<AdminState> {
    let tokens = Router::new()
        .route("/access", get(show))
        .merge(made_here::<TokenInput>("/access/tokens"))
        .merge(operation::routes::<Revoke>(
            "/access/tokens/{id}/{operation}",
        ));
    match sign_in {
        OperatorSignIn::Oidc(_) => tokens,
        OperatorSignIn::Password(_) => tokens
            .merge(made_here::<OperatorInput>("/access/operators"))
            .merge(operation::routes::<OperatorOperation>(
                "/access/operators/{id}/{operation}",
            )),
    }
}

fn made_here<M: Making>(path: &str) -> Router<AdminState> {
    Router::new()
        .route(
            &format!("{path}/new"),
            get(making::form::<M>).post(making::review::<M>),
        )
        // Who goes back to what was shown once finds the list.
        .route(path, get(to_the_page).merge(post(making::make::<M>)))
}

async fn to_the_page() -> Redirect {
    Redirect::to(Section::Access.path())
}

fn management(state: &AdminState) -> AccessManagement {
    AccessManagement::new(state.pool.clone())
        .kept_by(Arc::clone(&state.operators))
        .inviting_by(Arc::clone(&state.invitations))
}

#[derive(Template)]
#[template(path = "admin/access/page.html")]
struct AccessPage {
    layout: Layout,
    said: Option<Said>,
    operators: OperatorsView,
    tokens: Vec<TokenRow>,
    dialog: Option<Dialog>,
}

async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let added = "The operator is added, and a password for one time is on its way to them.";
    let said = done
        .said::<OperatorOperation>()
        .or_else(|| done.said::<Revoke>())
        .or_else(|| done.about("add", added));
    render(&state, &viewer, Beside::saying(said)).await
}

async fn render(
    state: &AdminState,
    viewer: &Viewer,
    mut beside: Beside,
) -> Result<Response, PageError> {
    let management = management(state);
    // Asks for the permission, and writes a refusal down.
    let tokens = management.tokens(&viewer.subject).await?;
    let operators = OperatorsView::of(state, viewer, &management).await?;
    let mut operators = operators;
    let mut tokens = tokens::rows(state, tokens).await?;
    operators.say(&mut beside);
    for row in &mut tokens {
        row.said = beside.said_at([row.id.to_string().as_str()]);
    }
    let template = AccessPage {
        layout: Layout::panel("Access", Section::Access, viewer),
        said: beside.rest(),
        tokens,
        operators,
        dialog: beside.dialog,
    };
    page(beside.status, &template)
}

/// What there is to say of an invitation that did not go out.
fn not_sent(invited: &Invited, done: &str) -> Option<String> {
    invited.not_sent.as_ref().map(|error| {
        format!(
            "{done}, but the e-mail to {} did not go out: {error}. When that is mended, reset the password: that sends another one.",
            invited.email
        )
    })
}

/// The page with what went wrong outside.
async fn half_done(
    state: &AdminState,
    viewer: &Viewer,
    problem: String,
) -> Result<Response, PageError> {
    let beside = Beside::problem(StatusCode::BAD_GATEWAY, String::new(), problem);
    render(state, viewer, beside).await
}

/// A form or a dialog is shown to who may send it only.
fn needs_access(viewer: &Viewer) -> Result<(), PageError> {
    viewer.needs(Permission::AccessManage)
}
