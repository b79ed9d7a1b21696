//! How operators come in and go out.

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use url::Origin;

use super::{
    AdminState, OperatorSignIn,
    login::{self, PasswordSignIn},
    me,
};
use crate::{devices::Devices, keycloak::KeycloakSignIn, session::Sessions, site::Site};

/// What depends on how operators sign in.
pub(super) struct Entrance {
    /// Where they come in and go out: open to everybody.
    pub(super) open: Router,
    /// Their own login.
    pub(super) me: Router<AdminState>,
    /// What an identity provider tells us without a browser.
    pub(super) back_channel: Router,
    /// Other origins that forms lead to.
    pub(super) forms_lead_to: Vec<Origin>,
}

impl Entrance {
    pub(super) fn of(state: &AdminState, sessions: &Sessions) -> Self {
        match &state.sign_in {
            OperatorSignIn::Password(operators) => {
                let sign_in = PasswordSignIn {
                    state: state.clone(),
                    operators: operators.clone(),
                    throttle: Arc::default(),
                    devices: Devices::new(state.pool.clone(), Site::Admin, &state.config),
                };
                let open = Router::new()
                    .route("/login", get(login::form).post(login::submit))
                    .route(
                        "/login/code",
                        get(login::code::form).post(login::code::submit),
                    )
                    .with_state(sign_in.clone())
                    .route("/logout", post(login::out));
                Self {
                    open,
                    me: me::routes(sign_in),
                    back_channel: Router::new(),
                    forms_lead_to: Vec::new(),
                }
            }
            OperatorSignIn::Oidc(provider) => {
                let url = &state.config.admin_url;
                let sign_in = KeycloakSignIn::new(Arc::clone(provider), sessions.clone(), url);
                Self {
                    forms_lead_to: sign_in.forms_lead_to(),
                    back_channel: sign_in.back_channel(),
                    open: login::keycloak::routes(state.clone(), sign_in),
                    me: me::elsewhere(),
                }
            }
        }
    }
}
