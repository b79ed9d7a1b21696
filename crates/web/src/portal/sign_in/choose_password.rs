//! Choosing a password at the first sign-in.

use askama::Template;
use axum::{Form, extract::State, http::StatusCode, response::Response};
use identity::ChoosePasswordError;
use serde::Deserialize;
use tower_sessions::Session;

use crate::portal::{
    sign_in::PasswordSignIn,
    visitor::{Visitor, to_first_page},
};
use crate::{
    error_page::PageError,
    layout::{Layout, page},
    session,
};

#[derive(Template)]
#[template(path = "portal/sign_in/choose_password.html")]
struct ChoosePasswordPage {
    layout: Layout,
    problem: Option<String>,
    mismatch: bool,
}

fn show(
    status: StatusCode,
    problem: Option<String>,
    mismatch: bool,
) -> Result<Response, PageError> {
    let layout = Layout::new("Choose a new password").signed_in();
    page(
        status,
        &ChoosePasswordPage {
            layout,
            problem,
            mismatch,
        },
    )
}

pub async fn form(
    State(sign_in): State<PasswordSignIn>,
    session: Session,
) -> Result<Response, PageError> {
    match sign_in.portal.visitor(&session).await? {
        Visitor::MustChoosePassword(_) => show(StatusCode::OK, None, false),
        _ => Ok(to_first_page()),
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
    session: Session,
    Form(new): Form<NewPassword>,
) -> Result<Response, PageError> {
    let customer = match sign_in.portal.visitor(&session).await? {
        Visitor::MustChoosePassword(customer) => customer,
        Visitor::LockedOut => return sign_in.portal.locked_out(),
        Visitor::Stranger | Visitor::Customer(_) => return Ok(to_first_page()),
    };
    if new.password != new.repeated {
        return show(StatusCode::UNPROCESSABLE_ENTITY, None, true);
    }
    match sign_in
        .identity
        .choose_password(customer, &new.password)
        .await
    {
        Ok(sessions_valid_from) => {
            session::sign_in(&session, customer, false, Some(sessions_valid_from)).await?;
            tracing::info!(%customer, "a customer chose a password");
            Ok(to_first_page())
        }
        Err(error @ (ChoosePasswordError::AlreadyChosen | ChoosePasswordError::NotOpen)) => {
            session::sign_out(&session).await?;
            Err(PageError::Conflict(error.to_string()))
        }
        Err(error @ ChoosePasswordError::Unavailable(_)) => {
            Err(PageError::Unavailable(error.to_string()))
        }
        Err(error) => show(
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(error.to_string()),
            false,
        ),
    }
}
