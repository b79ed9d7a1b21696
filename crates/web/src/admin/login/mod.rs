//! `/login`, `/login/code` and `/logout`: how operators come in, with a password kept here or at Keycloak.

pub mod code;
pub mod keycloak;

use std::sync::Arc;

use access::{Operator, Operators, PasswordState};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest as _, Query, Request, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use customer::contact::Email;
use serde::Deserialize;
use tower_sessions::Session;
use url::Url;

use crate::admin::{AdminState, auth};
use crate::{
    client_address::client_address,
    devices::Devices,
    error_page::PageError,
    layout::{Layout, page},
    session::{self, Client},
    throttle::{Attempt, LoginThrottle, Throttled},
};

const REFUSED: &str = "This e-mail and password don't belong together. Check both and try again.";
const ENDED: &str = "This temporary password has ended. Ask an administrator for a new one.";
/// As much of what a browser calls itself as is kept.
const LONGEST_NAME: usize = 300;

/// The built-in operators' way in.
#[derive(Clone)]
pub struct PasswordSignIn {
    pub state: AdminState,
    pub operators: Operators,
    pub throttle: Arc<LoginThrottle>,
    pub devices: Devices,
}

#[derive(Template)]
#[template(path = "admin/login/page.html")]
struct LoginPage {
    layout: Layout,
    email: String,
    next: String,
    problem: Option<&'static str>,
}

#[derive(Deserialize)]
pub struct LoginQuery {
    next: Option<String>,
}

pub async fn form(
    State(sign_in): State<PasswordSignIn>,
    Query(next): Query<LoginQuery>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let next = local(next.next.as_deref());
    if auth::is_inside(&sign_in.state, &session, request.headers()).await? {
        return Ok(Redirect::to(next).into_response());
    }
    login_page(StatusCode::OK, String::new(), next, None)
}

fn login_page(
    status: StatusCode,
    email: String,
    next: &str,
    problem: Option<&'static str>,
) -> Result<Response, PageError> {
    let template = LoginPage {
        layout: Layout::new("Sign in"),
        email,
        next: next.to_owned(),
        problem,
    };
    page(status, &template)
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

/// What a form holds, and what the request says beside it.
pub async fn read<T: serde::de::DeserializeOwned>(
    request: Request,
) -> Result<(Parts, T), Response> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    match Form::<T>::from_request(request, &()).await {
        Ok(Form(form)) => Ok((parts, form)),
        Err(rejection) => Err(rejection.into_response()),
    }
}

pub async fn submit(
    State(sign_in): State<PasswordSignIn>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, mut typed) = match read::<Credentials>(request).await {
        Ok(read) => read,
        Err(rejection) => return Ok(rejection),
    };
    typed.email = Email::looked_for(&typed.email);
    let attempt = sign_in.attempt(&parts, &typed.email).await?;
    sign_in
        .throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let next = local(typed.next.as_deref());
    let known = sign_in
        .operators
        .verify(&typed.email, &typed.password)
        .await?;
    let Some(operator) = known else {
        tracing::info!(address = %attempt.address, "an operator's sign-in was refused");
        return login_page(StatusCode::UNAUTHORIZED, typed.email, next, Some(REFUSED));
    };
    sign_in.throttle.succeeded(&attempt);
    let login = operator.login.as_ref();
    if login.is_some_and(|login| login.password == PasswordState::Ended) {
        return login_page(StatusCode::UNAUTHORIZED, typed.email, next, Some(ENDED));
    }
    if let Some(login) = login.filter(|login| login.second_factor) {
        let (id, valid_from) = (operator.id.into(), login.sessions_valid_from);
        session::wait_for_code(&session, id, valid_from, next.to_owned()).await?;
        return Ok(Redirect::to("/login/code").into_response());
    }
    sign_in.let_in(&session, &parts, &operator, next).await
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
            address: client_address(parts, &self.state.config.trusted_proxies),
            device: self.devices.known(&parts.headers, email).await?,
        })
    }

    /// Begins the session of who has shown all that is asked of them.
    async fn let_in(
        &self,
        session: &Session,
        parts: &Parts,
        operator: &Operator,
        next: &str,
    ) -> Result<Response, PageError> {
        let browser = parts
            .headers
            .get(header::USER_AGENT)
            .map_or("", |name| name.to_str().unwrap_or_default());
        let client = Client {
            browser: browser.chars().take(LONGEST_NAME).collect(),
            address: client_address(parts, &self.state.config.trusted_proxies),
        };
        let valid_from = operator
            .login
            .as_ref()
            .map(|login| login.sessions_valid_from);
        session::sign_in_operator(session, operator.id.into(), valid_from, client).await?;
        tracing::info!(operator = %operator.id, "an operator signed in");
        let mut response = Redirect::to(next).into_response();
        self.devices
            .remember(&parts.headers, &operator.email, &mut response)
            .await?;
        Ok(response)
    }
}

pub async fn out(session: Session) -> Result<Redirect, PageError> {
    session::sign_out(&session).await?;
    Ok(Redirect::to("/login"))
}

/// A path of our own, or `/`: a link to our sign-in must not lead elsewhere.
pub fn local(next: Option<&str>) -> &str {
    next.filter(|next| is_local(next)).unwrap_or("/")
}

fn is_local(next: &str) -> bool {
    let plain = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(|c| c.is_control() || c.is_whitespace())
        && next.is_ascii()
        && next.len() < 2000;
    // And as a browser would read it.
    plain
        && Url::parse("http://usher.invalid/")
            .and_then(|base| base.join(next))
            .is_ok_and(|url| url.host_str() == Some("usher.invalid") && url.scheme() == "http")
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_our_own_paths_are_followed() {
        for fine in [
            "/",
            "/prospects",
            "/prospects/100001?x=1&y=%2F",
            "/customers?q=a%40b#top",
        ] {
            assert_eq!(local(Some(fine)), fine);
        }
        for foreign in [
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " //evil.example",
            "javascript:alert(1)",
            "prospects",
            "",
        ] {
            assert_eq!(local(Some(foreign)), "/", "{foreign:?}");
        }
        assert_eq!(local(None), "/");
    }
}
