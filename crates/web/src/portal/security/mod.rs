//! `/security`: another password, and signing out everywhere.

use access::{Access, AuditAction, ObjectKind, Subject};
use askama::Template;
use axum::{
    Form,
    extract::{FromRequest as _, Query, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse as _, Redirect, Response},
};
use identity::ChangePasswordError;
use serde::Deserialize;
use tower_sessions::Session;

use super::{Entrance, PortalState, inside::Inside, sign_in::PasswordSignIn};
use crate::{
    client_address::client_address,
    error_page::PageError,
    keycloak::KeycloakSignIn,
    layout::{Layout, Place, page as show},
    session,
    throttle::Throttled,
};

/// Where the identity provider sends people back to after the change of their password.
pub const HERE: &str = "/security";

/// What stands beside the fields of a password.
#[derive(Default)]
struct Problems {
    current: Option<String>,
    new: Option<String>,
    repeated: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/security/page.html")]
struct SecurityPage {
    layout: Layout,
    /// Whether the password is kept here, and not at an identity provider.
    kept_here: bool,
    problems: Problems,
    problem: Option<&'static str>,
    done: Option<&'static str>,
}

#[derive(Deserialize)]
pub struct SecurityQuery {
    password: Option<String>,
}

pub async fn page(
    State(state): State<PortalState>,
    Inside(_): Inside,
    Query(query): Query<SecurityQuery>,
) -> Result<Response, PageError> {
    let (done, problem) = match query.password.as_deref() {
        Some("changed") => (Some("Your password was changed."), None),
        Some("kept") => (None, Some("Your password was not changed.")),
        _ => (None, None),
    };
    state.security_page(StatusCode::OK, Problems::default(), problem, done)
}

impl PortalState {
    fn security_page(
        &self,
        status: StatusCode,
        problems: Problems,
        problem: Option<&'static str>,
        done: Option<&'static str>,
    ) -> Result<Response, PageError> {
        let template = SecurityPage {
            layout: Layout::portal("Security", Place::Security),
            kept_here: matches!(self.entrance, Entrance::BuiltIn(_)),
            problems,
            problem,
            done,
        };
        show(status, &template)
    }
}

#[derive(Deserialize)]
struct NewPassword {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    repeated: String,
}

/// Another password, kept here. The current one is guessed at as slowly as at sign-in.
pub async fn change_password(
    State(sign_in): State<PasswordSignIn>,
    Inside(customer): Inside,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let new = match Form::<NewPassword>::from_request(request, &()).await {
        Ok(Form(new)) => new,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let refused = |problems| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        sign_in.portal.security_page(status, problems, None, None)
    };
    if new.password != new.repeated {
        return refused(Problems {
            repeated: Some("The two passwords differ. Type both again.".to_owned()),
            ..Problems::default()
        });
    }
    let record = sign_in
        .portal
        .public
        .onboarding
        .own_record(customer.into())
        .await?;
    // The same account as at sign-in, so that the attempts count together.
    let account = record
        .and_then(|record| record.email())
        .unwrap_or_else(|| customer.to_string());
    let attempt = sign_in.attempt(&parts, &account).await?;
    sign_in
        .throttle
        .attempt(&attempt)
        .map_err(|Throttled(wait)| PageError::Throttled(wait))?;
    let changed = sign_in
        .identity
        .change_password(customer, &new.current, &new.password)
        .await;
    if let Ok(_) | Err(ChangePasswordError::TheSame | ChangePasswordError::NotTaken(_)) = changed {
        sign_in.throttle.succeeded(&attempt);
    }
    match changed {
        Ok(sessions_valid_from) => {
            session::sign_in(&session, customer, false, Some(sessions_valid_from)).await?;
            tracing::info!(%customer, "a customer changed their password");
            Ok(Redirect::to("/security?password=changed").into_response())
        }
        Err(error @ ChangePasswordError::NotTheCurrentOne) => refused(Problems {
            current: Some(error.to_string()),
            ..Problems::default()
        }),
        Err(error @ (ChangePasswordError::TheSame | ChangePasswordError::NotTaken(_))) => {
            refused(Problems {
                new: Some(error.to_string()),
                ..Problems::default()
            })
        }
        Err(error @ ChangePasswordError::NotOpen) => {
            session::sign_out(&session).await?;
            Err(PageError::Conflict(error.to_string()))
        }
        Err(error @ ChangePasswordError::Unavailable(_)) => {
            Err(PageError::Unavailable(error.to_string()))
        }
    }
}

/// Another password, at the identity provider, which asks for it and keeps it.
pub async fn at_provider(
    State((portal, sign_in)): State<(PortalState, KeycloakSignIn)>,
    Inside(_): Inside,
    session: Session,
    parts: Parts,
) -> Result<Response, PageError> {
    let address = client_address(&parts, &portal.public.config.trusted_proxies);
    sign_in.begin_new_password(&session, HERE, address).await
}

/// Ends all of the customer's sessions, this one too.
pub async fn sign_out_everywhere(
    State(portal): State<PortalState>,
    Inside(customer): Inside,
    session: Session,
) -> Result<Response, PageError> {
    let subject = Subject::Customer { id: customer };
    let object = ObjectKind::Customer.id(customer);
    Access::new(portal.public.pool.clone())
        .record(
            &subject,
            AuditAction::CustomerSignOutEverywhere,
            object,
            true,
        )
        .await?;
    if let Entrance::Keycloak(sign_in) = &portal.entrance {
        sign_in.end_sessions_here(&session).await?;
    }
    let ended = portal.public.logins.end_sessions(customer).await;
    let signed_out = match (ended, &portal.entrance) {
        (Ok(()), _) => "everywhere",
        // Here they are out all the same.
        (Err(error), Entrance::Keycloak(_)) => {
            tracing::warn!(%error, %customer, "the sessions at the identity provider could not be ended");
            "portal"
        }
        (Err(error), Entrance::BuiltIn(_)) => return Err(error.into()),
    };
    session::sign_out(&session).await?;
    tracing::info!(%customer, "a customer signed out everywhere");
    Ok(Redirect::to(&format!("/login?signed_out={signed_out}")).into_response())
}
