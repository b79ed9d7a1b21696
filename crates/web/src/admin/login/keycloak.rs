//! `/login` and `/logout` of the panel with an identity provider: one button, there and back.

use access::OperatorId;
use askama::Template;
use axum::{
    Router,
    extract::{Query, Request, State},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::local;
use crate::admin::{AdminState, auth};
use crate::{
    client_address::client_address,
    error_page::PageError,
    keycloak::{Answer, KeycloakSignIn, SignInCard, SignInFailed},
    layout::{Layout, page},
    session,
};

type Panel = State<(AdminState, KeycloakSignIn)>;

/// The routes that are open to everybody.
pub fn routes(state: AdminState, sign_in: KeycloakSignIn) -> Router {
    Router::new()
        .route("/login", get(form))
        .route("/login/keycloak", get(begin))
        .route("/login/callback", get(back))
        .route("/logout", post(out))
        .with_state((state, sign_in))
}

#[derive(Template)]
#[template(path = "admin/login/keycloak.html")]
struct SignInPage {
    layout: Layout,
    card: SignInCard,
}

#[derive(Deserialize)]
struct LoginQuery {
    next: Option<String>,
    signed_out: Option<String>,
}

async fn form(
    State((state, sign_in)): Panel,
    Query(query): Query<LoginQuery>,
    session: Session,
    request: Request,
) -> Result<Response, PageError> {
    let next = local(query.next.as_deref());
    if auth::is_inside(&state, &session, request.headers()).await? {
        return Ok(Redirect::to(next).into_response());
    }
    let card = sign_in.card(next, query.signed_out.as_deref()).await;
    let layout = Layout::new("Sign in");
    page(card.status(), &SignInPage { layout, card })
}

async fn begin(
    State((state, sign_in)): Panel,
    Query(query): Query<LoginQuery>,
    session: Session,
    parts: Parts,
) -> Result<Response, PageError> {
    let address = client_address(&parts, &state.config.trusted_proxies);
    sign_in
        .begin(&session, local(query.next.as_deref()), address)
        .await
}

async fn back(
    State((state, sign_in)): Panel,
    Query(answer): Query<Answer>,
    session: Session,
) -> Result<Response, PageError> {
    let (identity, next) = sign_in.finish(&session, answer).await?;
    let operator = state.operators.find(OperatorId::from(identity.sub)).await?;
    let Some(operator) = operator.filter(|operator| operator.disabled_at.is_none()) else {
        tracing::info!(login = %identity.sub, "a login without a role was turned away");
        session::turn_away(&session, (&identity).into()).await?;
        return Err(SignInFailed::NoRole.into());
    };
    sign_in
        .let_in(&session, operator.id.into(), &identity)
        .await?;
    tracing::info!(operator = %operator.id, "an operator signed in");
    Ok(Redirect::to(local(Some(&next))).into_response())
}

async fn out(State((_, sign_in)): Panel, session: Session) -> Result<Redirect, PageError> {
    sign_in.out(&session).await
}
