//! The customer portal, and beside it the webhook.

mod entries;
mod home;
mod inside;
mod proposals;
mod security;
mod sign_in;
mod statement;
mod verify;
mod visitor;

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRef,
    middleware,
    routing::{get, post},
};
use credit::Credit;
use customer::Onboarding;
use deposit::Deposits;
use identity::{BuiltInIdentity, IdentityProvider};
use kernel::Database;
use ledger::Ledger;
use oidc::RelyingParty;
use tower::ServiceBuilder;

use self::sign_in::PasswordSignIn;
use crate::{
    config::WebConfig,
    devices::{self, Devices},
    keycloak::KeycloakSignIn,
    origin::OwnOrigins,
    session::Sessions,
    site,
    site::Site,
};

/// What the public listener works with.
#[derive(Clone)]
pub struct PublicState {
    /// For the sessions.
    pub pool: Database,
    /// How customers sign in.
    pub sign_in: CustomerSignIn,
    /// Whoever keeps the logins: ends a customer's sessions there.
    pub logins: Arc<dyn IdentityProvider>,
    /// Where a customer stands.
    pub onboarding: Onboarding,
    /// Account numbers and balances.
    pub deposits: Ledger,
    /// What an entry is for.
    pub money: Deposits,
    /// The proposals made to a customer.
    pub credit: Credit,
    /// Addresses, lifetimes, the contact.
    pub config: Arc<WebConfig>,
    /// Sumsub's way in: it needs no session, sends no `Origin`, and answers programs.
    pub webhook: Router,
}

/// How customers sign in.
#[derive(Clone)]
pub enum CustomerSignIn {
    /// With e-mail and password, here.
    BuiltIn(BuiltInIdentity),
    /// At an identity provider.
    Oidc(Arc<RelyingParty>),
}

#[derive(Clone)]
struct PortalState {
    /// Shared: each request has it several times over.
    public: Arc<PublicState>,
    entrance: Entrance,
}

impl FromRef<PasswordSignIn> for PortalState {
    fn from_ref(sign_in: &PasswordSignIn) -> Self {
        sign_in.portal.clone()
    }
}

impl FromRef<(PortalState, KeycloakSignIn)> for PortalState {
    fn from_ref((portal, _): &(PortalState, KeycloakSignIn)) -> Self {
        portal.clone()
    }
}

#[derive(Clone)]
enum Entrance {
    BuiltIn(BuiltInIdentity),
    Keycloak(KeycloakSignIn),
}

/// The portal's pages and the webhook. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: login is
/// throttled by address.
pub fn router(state: PublicState) -> Router {
    let sessions = Sessions::new(state.pool.clone(), Site::Portal);
    let webhook = state.webhook.clone();
    let verify = verify::routes(state.clone());
    let config = state.config.clone();
    let mut forms_lead_to = Vec::new();
    let mut back_channel = Router::new();
    let entrance = match &state.sign_in {
        CustomerSignIn::BuiltIn(identity) => Entrance::BuiltIn(identity.clone()),
        CustomerSignIn::Oidc(provider) => {
            let sign_in =
                KeycloakSignIn::new(Arc::clone(provider), sessions.clone(), &config.public_url);
            forms_lead_to = sign_in.forms_lead_to();
            back_channel = sign_in.back_channel();
            Entrance::Keycloak(sign_in)
        }
    };
    let portal = PortalState {
        public: Arc::new(state),
        entrance,
    };
    let open = match &portal.entrance {
        Entrance::BuiltIn(identity) => built_in(portal.clone(), identity.clone()),
        Entrance::Keycloak(sign_in) => sign_in::keycloak::routes(portal.clone(), sign_in.clone()),
    };
    let pages = Router::new()
        .route("/", get(home::page))
        .route("/entries", get(entries::page))
        .route("/statement", get(statement::page))
        .route("/statement.csv", get(statement::file))
        .route("/proposals", get(proposals::list))
        .route("/proposals/{id}", get(proposals::one))
        .route(
            "/proposals/{id}/{answer}",
            get(proposals::ask).post(proposals::answer),
        )
        .route("/security", get(security::page))
        .route("/security/sign-out", post(security::sign_out_everywhere))
        .with_state(portal)
        .merge(open)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::map_response(devices::set_cookie))
                .layer(sessions.layer(&config)),
        )
        // Whoever follows a link in a mail has no session.
        .merge(verify);
    let site = site::around(
        pages,
        Router::new(),
        OwnOrigins::from_url(&config.public_url),
        Site::Portal,
        &forms_lead_to,
    )
    .merge(back_channel)
    .merge(webhook);
    site::https_only(site, &config.public_url)
}

/// Signing in with e-mail and password.
fn built_in(portal: PortalState, identity: BuiltInIdentity) -> Router {
    let devices = Devices::new(
        portal.public.pool.clone(),
        Site::Portal,
        &portal.public.config,
    );
    Router::new()
        .route("/login", get(sign_in::form).post(sign_in::submit))
        .route("/logout", post(sign_in::out))
        .route(
            "/password",
            get(sign_in::choose_password::form).post(sign_in::choose_password::submit),
        )
        .route("/security/password", post(security::change_password))
        .with_state(PasswordSignIn {
            portal,
            identity,
            throttle: Arc::default(),
            devices,
        })
}
