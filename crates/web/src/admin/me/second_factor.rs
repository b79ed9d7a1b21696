//! An operator's second factor: set up with an app and a code of it, removed with a code.

use ::access::{NewSecondFactor, Operator, OwnLoginError};
use askama::Template;
use axum::{
    Extension,
    extract::{Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{Beside, HERE, PasswordSignIn, Problems, render, with_own_password};
use crate::{
    admin::{auth::First, login::read},
    error_page::PageError,
    layout::{Layout, Viewer, page},
    qr, session,
    throttle::Throttled,
};

/// The secret waits in the session until a code has confirmed it.
const SECRET: &str = "second_factor";

#[derive(Template)]
#[template(path = "admin/me/second_factor.html")]
struct EnrolPage {
    layout: Layout,
    /// Nothing else can be done before.
    required: bool,
    qr: String,
    secret: String,
    password_problem: Option<String>,
    code_problem: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/me/recovery_codes.html")]
struct CodesPage {
    layout: Layout,
    codes: Vec<String>,
    next: &'static str,
}

#[derive(Deserialize)]
struct SecondFactorForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    code: String,
}

fn has_one(operator: &Operator) -> bool {
    operator
        .login
        .as_ref()
        .is_some_and(|login| login.second_factor)
}

fn layout(title: &str, viewer: &Viewer, required: bool) -> Layout {
    if required {
        Layout::new(title).signed_in()
    } else {
        Layout::new(title).viewed_by(Some(viewer.clone()))
    }
}

/// The secret that this session has begun with, or a fresh one.
async fn secret(session: &Session, email: &str) -> Result<NewSecondFactor, PageError> {
    let kept = session.get::<String>(SECRET).await?;
    if let Some(Ok(kept)) = kept.map(|text| NewSecondFactor::from_text(&text, email)) {
        return Ok(kept);
    }
    let fresh = NewSecondFactor::generate(email)?;
    session.insert(SECRET, fresh.to_text()).await?;
    Ok(fresh)
}

fn enrol_page(
    status: StatusCode,
    viewer: &Viewer,
    required: bool,
    new: &NewSecondFactor,
    problems: (Option<String>, Option<String>),
) -> Result<Response, PageError> {
    let (password_problem, code_problem) = problems;
    let template = EnrolPage {
        layout: layout("Set up a second factor", viewer, required),
        required,
        qr: qr::picture(&new.url()?, "QR code of the key below")?,
        secret: new.typed(),
        password_problem,
        code_problem,
    };
    page(status, &template)
}

pub async fn form(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    first: Option<Extension<First>>,
    session: Session,
) -> Result<Response, PageError> {
    let operator = with_own_password(&sign_in, &viewer).await?;
    if has_one(&operator) {
        return Ok(Redirect::to(HERE).into_response());
    }
    let new = secret(&session, &operator.email).await?;
    enrol_page(StatusCode::OK, &viewer, first.is_some(), &new, (None, None))
}

/// "Switch it on".
pub async fn enrol(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    first: Option<Extension<First>>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, typed) = match read::<SecondFactorForm>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    let operator = with_own_password(&sign_in, &viewer).await?;
    if has_one(&operator) {
        return Ok(Redirect::to(HERE).into_response());
    }
    count(&sign_in, &parts, &operator).await?;
    let new = secret(&session, &operator.email).await?;
    let enrolled = sign_in
        .operators
        .enrol_second_factor(&operator, &typed.password, &new, &typed.code)
        .await;
    give_back(&sign_in, &parts, &operator, &enrolled).await?;
    let required = first.is_some();
    let problems = match enrolled {
        Ok(enrolled) => {
            session.remove_value(SECRET).await?;
            session::go_on(&session, enrolled.sessions_valid_from).await?;
            tracing::info!(operator = %operator.id, "an operator set up a second factor");
            let template = CodesPage {
                layout: layout("Your recovery codes", &viewer, required),
                codes: enrolled.recovery_codes,
                next: if required { "/" } else { HERE },
            };
            return page(StatusCode::OK, &template);
        }
        Err(error @ OwnLoginError::NotTheCurrentOne) => (Some(error.to_string()), None),
        Err(error @ OwnLoginError::WrongCode) => (None, Some(error.to_string())),
        Err(error) => return Err(error.into()),
    };
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    enrol_page(wrong, &viewer, required, &new, problems)
}

/// "Remove": ends the operator's own second factor, with the password and a code.
pub async fn remove(
    State(sign_in): State<PasswordSignIn>,
    Extension(viewer): Extension<Viewer>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, typed) = match read::<SecondFactorForm>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    let operator = with_own_password(&sign_in, &viewer).await?;
    if !has_one(&operator) {
        return Ok(Redirect::to(HERE).into_response());
    }
    count(&sign_in, &parts, &operator).await?;
    let device = sign_in
        .devices
        .known(&parts.headers, &operator.email)
        .await?;
    sign_in
        .throttle
        .code(operator.id.into(), device)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let removed = sign_in
        .operators
        .remove_own_second_factor(&operator, &typed.password, &typed.code)
        .await;
    give_back(&sign_in, &parts, &operator, &removed).await?;
    let problems = match removed {
        Ok(sessions_valid_from) => {
            sign_in.throttle.code_succeeded(operator.id.into(), device);
            session::go_on(&session, sessions_valid_from).await?;
            tracing::info!(operator = %operator.id, "an operator removed their second factor");
            return Ok(Redirect::to("/me?done=second-factor").into_response());
        }
        Err(error @ OwnLoginError::NotTheCurrentOne) => Problems {
            remove: Some(error.to_string()),
            ..Problems::default()
        },
        Err(error @ OwnLoginError::WrongCode) => Problems {
            code: Some(error.to_string()),
            ..Problems::default()
        },
        Err(error) => return Err(error.into()),
    };
    render(&sign_in, &viewer, &session, Beside::wrong(problems)).await
}

/// The password is guessed at as slowly as at sign-in.
async fn count(
    sign_in: &PasswordSignIn,
    parts: &Parts,
    operator: &Operator,
) -> Result<(), PageError> {
    let attempt = sign_in.attempt(parts, &operator.email).await?;
    sign_in
        .throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))
}

/// Who knew the password didn't guess.
async fn give_back<T>(
    sign_in: &PasswordSignIn,
    parts: &Parts,
    operator: &Operator,
    outcome: &Result<T, OwnLoginError>,
) -> Result<(), PageError> {
    if let Ok(_) | Err(OwnLoginError::WrongCode) = outcome {
        let attempt = sign_in.attempt(parts, &operator.email).await?;
        sign_in.throttle.succeeded(&attempt);
    }
    Ok(())
}
