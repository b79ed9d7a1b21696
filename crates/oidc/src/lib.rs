//! OpenID Connect, from our side: how people sign in at an identity provider (Keycloak), and what a program's bearer
//! token from it is worth. No web framework in here: `web` has the pages and the sessions. Keycloak's admin API, by which logins
//! are made, is in `identity`.
//!
//! [`RelyingParty`] is one client at one issuer (a realm); [`BearerTokens`] looks at access tokens of an issuer. Neither
//! asks the provider for anything before it has to: Usher starts while Keycloak is away.
//!
//! Begin with `relying_party.rs`; what is believed of an ID token is in `id_token.rs`, of any other token in `signed.rs`.

mod bearer;
mod config;
mod http;
mod id_token;
mod logout_token;
mod provider;
mod relying_party;
mod sign_in;
mod signed;
#[cfg(feature = "testing")]
pub mod testing;

pub use bearer::{Bearer, BearerError, BearerTokens};
pub use config::OidcConfig;
pub use logout_token::{Ended, LogoutTokenError};
pub use provider::Away;
pub use relying_party::RelyingParty;
pub use sign_in::{Attempt, Identity, OidcError};
