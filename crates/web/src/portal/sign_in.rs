//! Signing in and out. The form is the first page of who is not signed in.

use askama::Template;
use axum::{
    Form,
    extract::{FromRequest as _, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use tower_sessions::Session;
use user_onboarding::SignIn;
use uuid::Uuid;

use super::{
    PortalState,
    visitor::{Visitor, to_first_page},
};
use crate::{
    client_address::client_address,
    error_page::PageError,
    layout::{Layout, page},
    session,
    throttle::Throttled,
};

#[derive(Template)]
#[template(path = "portal/sign_in.html")]
struct SignInPage {
    layout: Layout,
    email: String,
    problem: Option<&'static str>,
    contact: String,
}

impl PortalState {
    pub(super) fn sign_in_page(
        &self,
        status: StatusCode,
        email: String,
        problem: Option<&'static str>,
    ) -> Result<Response, PageError> {
        let contact = self.public.config.contact_email.clone();
        page(
            status,
            &SignInPage {
                layout: Layout::new("Sign in"),
                email,
                problem,
                contact,
            },
        )
    }
}

pub async fn form(
    State(state): State<PortalState>,
    session: Session,
) -> Result<Response, PageError> {
    match state.visitor(&session).await? {
        Visitor::Stranger | Visitor::LockedOut => {
            state.sign_in_page(StatusCode::OK, String::new(), None)
        }
        Visitor::Customer(_) | Visitor::MustChoosePassword(_) => Ok(to_first_page()),
    }
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

pub async fn submit(
    State(state): State<PortalState>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, body) = request.into_parts();
    let address = client_address(&parts, &state.public.config.trusted_proxies);
    let Credentials { email, password } =
        match Form::from_request(Request::from_parts(parts, body), &()).await {
            Ok(Form(credentials)) => credentials,
            Err(rejection) => return Ok(rejection.into_response()),
        };
    state
        .throttle
        .attempt(&email, address)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    // A temporary password is often copied out of the mail with a blank around it.
    let signed_in = match state.public.identity.sign_in(&email, &password).await? {
        SignIn::Refused if password != password.trim() => {
            state
                .public
                .identity
                .sign_in(&email, password.trim())
                .await?
        }
        other => other,
    };
    if let SignIn::Ok { customer_id }
    | SignIn::MustChoosePassword { customer_id }
    | SignIn::Expired { customer_id } = signed_in
        && !state.may_enter(customer_id).await?
    {
        return state.locked_out();
    }
    let (customer, must_choose) = match signed_in {
        SignIn::Ok { customer_id } => (customer_id, false),
        SignIn::MustChoosePassword { customer_id } => (customer_id, true),
        SignIn::Disabled { .. } => return state.locked_out(),
        SignIn::Expired { .. } => {
            let problem =
                "This temporary password has ended. Write to us and we will send you a new one.";
            return state.sign_in_page(StatusCode::UNAUTHORIZED, email, Some(problem));
        }
        SignIn::Refused => {
            tracing::info!(%address, "a customer's sign-in was refused");
            let problem =
                "This e-mail and password don't belong together. Check both and try again.";
            return state.sign_in_page(StatusCode::UNAUTHORIZED, email, Some(problem));
        }
    };
    state.throttle.succeeded(&email);
    state.begin(&session, customer, must_choose).await?;
    Ok(to_first_page())
}

impl PortalState {
    pub(super) async fn begin(
        &self,
        session: &Session,
        customer: Uuid,
        must_choose: bool,
    ) -> Result<(), PageError> {
        let not_before = self
            .public
            .identity
            .login_of(customer)
            .await?
            .map(|login| login.sessions_valid_from);
        session::sign_in(session, customer, must_choose, not_before).await?;
        tracing::info!(%customer, must_choose, "a customer signed in");
        Ok(())
    }
}

pub async fn out(session: Session) -> Result<Response, PageError> {
    session::sign_out(&session).await?;
    Ok(to_first_page())
}
