//! `/login` and `/logout` of the portal with an identity provider: one button, there and back.

use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::request::Parts,
    response::{IntoResponse as _, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use tower_sessions::Session;

use crate::portal::{
    PortalState, security,
    visitor::{Visitor, to_first_page},
};
use crate::{
    client_address::client_address,
    error_page::PageError,
    keycloak::{Answer, KeycloakSignIn, SignInCard},
    layout::{Layout, page},
    session,
};

type Portal = State<(PortalState, KeycloakSignIn)>;

/// The routes for signing in and out.
pub fn routes(portal: PortalState, sign_in: KeycloakSignIn) -> Router {
    Router::new()
        .route("/login", get(form))
        .route("/login/keycloak", get(begin))
        .route("/login/callback", get(back))
        .route("/logout", post(out))
        .route("/security/password", get(security::at_provider))
        .with_state((portal, sign_in))
}

#[derive(Template)]
#[template(path = "portal/sign_in/keycloak.html")]
struct SignInPage {
    layout: Layout,
    card: SignInCard,
    contact: String,
}

impl PortalState {
    /// The page with the one button.
    pub(in crate::portal) async fn button_page(
        &self,
        sign_in: &KeycloakSignIn,
        signed_out: Option<&str>,
    ) -> Result<Response, PageError> {
        let card = sign_in.card("/", signed_out).await;
        let layout = Layout::new("Sign in");
        let contact = self.public.config.contact_email.clone();
        page(
            card.status(),
            &SignInPage {
                layout,
                card,
                contact,
            },
        )
    }
}

#[derive(Deserialize)]
struct SignInQuery {
    signed_out: Option<String>,
}

async fn form(
    State((portal, sign_in)): Portal,
    Query(query): Query<SignInQuery>,
    session: Session,
) -> Result<Response, PageError> {
    match portal.visitor(&session).await? {
        Visitor::Stranger | Visitor::LockedOut => {
            portal
                .button_page(&sign_in, query.signed_out.as_deref())
                .await
        }
        Visitor::Customer(_) | Visitor::MustChoosePassword(_) => Ok(to_first_page()),
    }
}

async fn begin(
    State((portal, sign_in)): Portal,
    session: Session,
    parts: Parts,
) -> Result<Response, PageError> {
    let address = client_address(&parts, &portal.public.config.trusted_proxies);
    sign_in.begin(&session, "/", address).await
}

async fn back(
    State((portal, sign_in)): Portal,
    Query(answer): Query<Answer>,
    session: Session,
) -> Result<Response, PageError> {
    let action = answer.kc_action_status.clone();
    let (identity, next) = sign_in.finish(&session, answer).await?;
    let customer = match identity.customer_id {
        Some(customer) if portal.may_enter(customer).await? => customer,
        nobody => {
            tracing::info!(login = %identity.sub, customer = ?nobody, "a login was turned away at the portal");
            session::turn_away(&session, (&identity).into()).await?;
            return portal.locked_out();
        }
    };
    sign_in.let_in(&session, customer, &identity).await?;
    tracing::info!(%customer, "a customer signed in");
    Ok(match action.as_deref() {
        _ if next != security::HERE => to_first_page(),
        Some("success") => Redirect::to("/security?password=changed").into_response(),
        _ => Redirect::to("/security?password=kept").into_response(),
    })
}

async fn out(State((_, sign_in)): Portal, session: Session) -> Result<Redirect, PageError> {
    sign_in.out(&session).await
}
