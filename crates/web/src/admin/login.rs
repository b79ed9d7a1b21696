//! `/login` and `/logout`.

use std::sync::Arc;

use access::Operators;
use askama::Template;
use axum::{
    Form,
    extract::{Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::contact::Email;
use serde::Deserialize;
use tower_sessions::Session;
use url::Url;

use super::{AdminState, auth};
use crate::{
    client_address::client_address,
    error_page::PageError,
    layout::{Layout, page},
    session,
    throttle::{LoginThrottle, Throttled},
};

/// The built-in operators' way in.
#[derive(Clone)]
pub struct PasswordDoor {
    pub state: AdminState,
    pub operators: Operators,
    pub throttle: Arc<LoginThrottle>,
}

#[derive(Template)]
#[template(path = "admin/login.html")]
struct LoginPage {
    layout: Layout,
    email: String,
    next: String,
    refused: bool,
}

#[derive(Deserialize)]
pub struct Next {
    next: Option<String>,
}

pub async fn form(
    State(door): State<PasswordDoor>,
    Query(next): Query<Next>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let next = local(next.next.as_deref());
    if auth::identify(&door.state, &session, request.headers())
        .await?
        .is_some()
    {
        return Ok(Redirect::to(next).into_response());
    }
    let next = next.to_owned();
    page(
        StatusCode::OK,
        &LoginPage {
            layout: Layout::new("Sign in"),
            email: String::new(),
            next,
            refused: false,
        },
    )
}

#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    next: Option<String>,
}

pub async fn submit(
    State(door): State<PasswordDoor>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    use axum::extract::FromRequest as _;

    let (parts, body) = request.into_parts();
    let address = client_address(&parts, &door.state.config.trusted_proxies);
    let request = Request::from_parts(parts, body);
    let Form(mut credentials) = match Form::<Credentials>::from_request(request, &()).await {
        Ok(form) => form,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    credentials.email = Email::looked_for(&credentials.email);
    door.throttle
        .attempt(&credentials.email, address)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let next = local(credentials.next.as_deref());
    let Some(operator) = door
        .operators
        .verify(&credentials.email, &credentials.password)
        .await?
    else {
        tracing::info!(%address, "an operator's sign-in was refused");
        let layout = Layout::new("Sign in");
        let (email, next) = (credentials.email, next.to_owned());
        return page(
            StatusCode::UNAUTHORIZED,
            &LoginPage {
                layout,
                email,
                next,
                refused: true,
            },
        );
    };
    door.throttle.succeeded(&credentials.email);
    session::sign_in(&session, operator.id.into(), false, None).await?;
    tracing::info!(operator = %operator.id, "an operator signed in");
    Ok(Redirect::to(next).into_response())
}

pub async fn out(session: Session) -> Result<Redirect, PageError> {
    session::sign_out(&session).await?;
    Ok(Redirect::to("/login"))
}

/// A path of our own, or `/`: a link to our door must not lead elsewhere.
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
