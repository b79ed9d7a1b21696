//! Signing in and out, with a login kept here or at Keycloak. The form is the first page of who is not signed in.

pub mod choose_password;
pub mod keycloak;

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{FromRequest as _, Query, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Response},
};
use customer::contact::Email;
use identity::{BuiltInIdentity, SignIn};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    PortalState,
    visitor::{Visitor, to_first_page},
};
use crate::{
    client_address::client_address,
    devices::Devices,
    error_page::PageError,
    keycloak::SIGNED_OUT_EVERYWHERE,
    layout::{Layout, page},
    session,
    throttle::{Attempt, LoginThrottle, Throttled},
};

/// The way in with a login of our own.
#[derive(Clone)]
pub struct PasswordSignIn {
    pub portal: PortalState,
    pub identity: BuiltInIdentity,
    pub throttle: Arc<LoginThrottle>,
    pub devices: Devices,
}

impl PasswordSignIn {
    /// Somebody at this address tries to be who has this e-mail.
    pub async fn attempt<'a>(
        &self,
        parts: &Parts,
        email: &'a str,
    ) -> Result<Attempt<'a>, PageError> {
        Ok(Attempt {
            email,
            address: client_address(parts, &self.portal.public.config.trusted_proxies),
            device: self.devices.known(&parts.headers, email).await?,
        })
    }
}

#[derive(Template)]
#[template(path = "portal/sign_in/page.html")]
struct SignInPage {
    layout: Layout,
    email: String,
    problem: Option<&'static str>,
    done: Option<&'static str>,
    contact: String,
}

#[derive(Deserialize)]
pub struct SignInQuery {
    signed_out: Option<String>,
}

impl PortalState {
    pub(super) fn sign_in_page(
        &self,
        status: StatusCode,
        email: String,
        problem: Option<&'static str>,
    ) -> Result<Response, PageError> {
        self.sign_in_page_after(status, email, problem, None)
    }

    fn sign_in_page_after(
        &self,
        status: StatusCode,
        email: String,
        problem: Option<&'static str>,
        done: Option<&'static str>,
    ) -> Result<Response, PageError> {
        let contact = self.public.config.contact_email.clone();
        page(
            status,
            &SignInPage {
                layout: Layout::new("Sign in"),
                email,
                problem,
                done,
                contact,
            },
        )
    }
}

pub async fn form(
    State(PasswordSignIn { portal, .. }): State<PasswordSignIn>,
    Query(query): Query<SignInQuery>,
    session: Session,
) -> Result<Response, PageError> {
    match portal.visitor(&session).await? {
        Visitor::Stranger | Visitor::LockedOut => {
            let everywhere = query.signed_out.as_deref() == Some("everywhere");
            let done = everywhere.then_some(SIGNED_OUT_EVERYWHERE);
            portal.sign_in_page_after(StatusCode::OK, String::new(), None, done)
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
    State(sign_in): State<PasswordSignIn>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, body) = request.into_parts();
    let Credentials { email, password } =
        match Form::from_request(Request::from_parts(parts.clone(), body), &()).await {
            Ok(Form(credentials)) => credentials,
            Err(rejection) => return Ok(rejection.into_response()),
        };
    let email = Email::looked_for(&email);
    let attempt = sign_in.attempt(&parts, &email).await?;
    sign_in
        .throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    // A temporary password is often copied out of the mail with a blank around it.
    let signed_in = match sign_in.identity.sign_in(&email, &password).await? {
        SignIn::Refused if password != password.trim() => {
            sign_in.identity.sign_in(&email, password.trim()).await?
        }
        other => other,
    };
    if let SignIn::Ok { customer_id, .. }
    | SignIn::MustChoosePassword { customer_id, .. }
    | SignIn::Expired { customer_id } = signed_in
        && !sign_in.portal.may_enter(customer_id).await?
    {
        return sign_in.portal.locked_out();
    }
    let (customer, sessions_valid_from, must_choose) = match signed_in {
        SignIn::Ok {
            customer_id,
            sessions_valid_from,
        } => (customer_id, sessions_valid_from, false),
        SignIn::MustChoosePassword {
            customer_id,
            sessions_valid_from,
        } => (customer_id, sessions_valid_from, true),
        SignIn::Disabled { .. } => return sign_in.portal.locked_out(),
        SignIn::Expired { .. } => {
            let problem =
                "This temporary password has ended. Write to us and we will send you a new one.";
            return sign_in
                .portal
                .sign_in_page(StatusCode::UNAUTHORIZED, email, Some(problem));
        }
        SignIn::Refused => {
            tracing::info!(address = %attempt.address, "a customer's sign-in was refused");
            let problem =
                "This e-mail and password don't belong together. Check both and try again.";
            return sign_in
                .portal
                .sign_in_page(StatusCode::UNAUTHORIZED, email, Some(problem));
        }
    };
    sign_in.throttle.succeeded(&attempt);
    session::sign_in(&session, customer, must_choose, Some(sessions_valid_from)).await?;
    tracing::info!(%customer, must_choose, "a customer signed in");
    let mut response = to_first_page();
    sign_in
        .devices
        .remember(&parts.headers, &email, &mut response)
        .await?;
    Ok(response)
}

pub async fn out(session: Session) -> Result<Response, PageError> {
    session::sign_out(&session).await?;
    Ok(to_first_page())
}
