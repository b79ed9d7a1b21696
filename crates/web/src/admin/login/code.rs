//! `/login/code`: the second step of an operator who has a second factor.

use access::{OperatorDirectory as _, OperatorId};
use askama::Template;
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{PasswordSignIn, local, read};
use crate::{
    error_page::PageError,
    layout::{Layout, page},
    session,
    throttle::Throttled,
};

const WRONG_CODE: &str =
    "This code is not right, or it was used already. Wait for the next one and try again.";

#[derive(Template)]
#[template(path = "admin/login/code.html")]
struct CodePage {
    layout: Layout,
    problem: Option<&'static str>,
}

fn code_page(status: StatusCode, problem: Option<&'static str>) -> Result<Response, PageError> {
    let layout = Layout::new("Enter your code");
    page(status, &CodePage { layout, problem })
}

/// Asks for the code of who has given the password.
pub async fn form(session: Session) -> Result<Response, PageError> {
    match session::waiting(&session).await? {
        Some(_) => code_page(StatusCode::OK, None),
        None => Ok(Redirect::to("/login").into_response()),
    }
}

#[derive(Deserialize)]
pub struct Code {
    #[serde(default)]
    code: String,
}

/// Looks at the code, and begins the session.
pub async fn submit(
    State(sign_in): State<PasswordSignIn>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, typed) = match read::<Code>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    let Some(waiting) = session::waiting(&session).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    let operator = sign_in.operators.find(OperatorId::from(waiting.id)).await?;
    // Disabled or reset since the password was looked at.
    let operator = operator.filter(|operator| {
        let valid_from = operator
            .login
            .as_ref()
            .map(|login| login.sessions_valid_from);
        operator.disabled_at.is_none() && valid_from == Some(waiting.sessions_valid_from)
    });
    let Some(operator) = operator else {
        session::sign_out(&session).await?;
        return Ok(Redirect::to("/login").into_response());
    };
    let device = sign_in
        .devices
        .known(&parts.headers, &operator.email)
        .await?;
    sign_in
        .throttle
        .code(waiting.id, device)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    if !sign_in
        .operators
        .verify_second_factor(&operator, &typed.code)
        .await?
    {
        tracing::info!(operator = %operator.id, "an operator's code was refused");
        return code_page(StatusCode::UNAUTHORIZED, Some(WRONG_CODE));
    }
    sign_in.throttle.code_succeeded(waiting.id, device);
    sign_in
        .let_in(&session, &parts, &operator, local(Some(&waiting.next)))
        .await
}
