//! The two doors that people and Sumsub come in by: the admin panel and the public listener with the portal and the webhook.
//!
//! Rendered on the server (a template stands beside the Rust file that fills it in, what many share in `templates/`), useful without JavaScript, quicker with it (`assets/js/`). One file a page:
//! [`admin`], [`portal`]; what both need to sign people in at an identity provider: `keycloak`. What is around every page:
//! [`session`], [`origin`], [`throttle`], [`error_page`], [`layout`].

pub mod admin;
mod applicant_page;
pub mod assets;
pub mod client_address;
pub mod config;
mod devices;
mod door;
pub mod error_page;
pub mod format;
mod keycloak;
pub mod layout;
mod list;
pub mod origin;
pub mod portal;
pub mod session;
pub mod throttle;
pub mod webhook;

pub use admin::{AdminState, OperatorSignIn, router as admin_router};
pub use applicant_page::{ApplicantPage, NoApplicantPage};
pub use config::{TrustedProxies, WebConfig};
pub use keycloak::{OidcUrls, SignInFailed, oidc_urls};
pub use portal::{CustomerSignIn, PublicState, router as public_router};
