//! An operator's own password in place of a temporary one.

use ::access::OwnLoginError;
use askama::Template;
use axum::{
    Extension, Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{HERE, PasswordSignIn, me, password::DIFFER};
use crate::{
    admin::auth::First,
    error_page::PageError,
    layout::{Layout, Viewer, page},
    session,
};

#[derive(Template)]
#[template(path = "admin/me/choose_password.html")]
struct ChoosePasswordPage {
    layout: Layout,
    /// For a program that keeps passwords.
    email: String,
    problem: Option<String>,
    differ: Option<&'static str>,
}

fn show(
    status: StatusCode,
    viewer: &Viewer,
    problem: Option<String>,
    differ: Option<&'static str>,
) -> Result<Response, PageError> {
    let template = ChoosePasswordPage {
        layout: Layout::new("Choose a new password").signed_in(),
        email: viewer.name.clone(),
        problem,
        differ,
    };
    page(status, &template)
}

/// Whoever has a password of their own changes it elsewhere.
fn must_choose(first: Option<Extension<First>>) -> bool {
    first.is_some_and(|Extension(first)| first == First::ChoosePassword)
}

pub async fn form(
    Extension(viewer): Extension<Viewer>,
    first: Option<Extension<First>>,
) -> Result<Response, PageError> {
    if must_choose(first) {
        show(StatusCode::OK, &viewer, None, None)
    } else {
        Ok(Redirect::to(HERE).into_response())
    }
}

#[derive(Deserialize)]
pub struct NewPassword {
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeated: String,
}

pub async fn submit(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    first: Option<Extension<First>>,
    session: Session,
    Form(new): Form<NewPassword>,
) -> Result<Response, PageError> {
    if !must_choose(first) {
        return Ok(Redirect::to(HERE).into_response());
    }
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    if new.password != new.repeated {
        return show(wrong, &viewer, None, Some(DIFFER));
    }
    let operator = me(&sign_in, &viewer).await?;
    match sign_in
        .operators
        .choose_password(&operator, &new.password)
        .await
    {
        Ok(sessions_valid_from) => {
            session::go_on(&session, sessions_valid_from).await?;
            tracing::info!(operator = %operator.id, "an operator chose a password");
            Ok(Redirect::to("/").into_response())
        }
        Err(OwnLoginError::TheSame) => {
            let words = "This is the temporary password: choose one that nobody sent you.";
            show(wrong, &viewer, Some(words.to_owned()), None)
        }
        Err(error @ OwnLoginError::Weak(_)) => show(wrong, &viewer, Some(error.to_string()), None),
        Err(error) => Err(error.into()),
    }
}
