//! The two web sites, the operators' panel and the customers' portal, and Sumsub's webhook beside the portal.
//!
//! Rules are not made here: pages ask the domain services what may be done, and say what they answer.
//!
//! Rendered on the server, useful without JavaScript, quicker with it (`assets/js/`). One folder a resource in [`admin`] and
//! [`portal`], its templates beside its code; what many pages share is in `templates/`; what both need to sign people in at an identity provider: `keycloak`. What is around every page:
//! [`session`], [`origin`], [`throttle`], [`error_page`], [`layout`].

mod address;
pub mod admin;
mod amount_words;
mod applicant_page;
pub mod assets;
pub mod client_address;
pub mod config;
mod csv_file;
mod devices;
pub mod error_page;
pub mod format;
mod keycloak;
pub mod layout;
mod list;
pub mod origin;
pub mod portal;
mod qr;
pub mod session;
mod site;
pub mod throttle;
mod times;
pub mod webhook;
pub mod zone;

pub use admin::{AdminServices, OperatorSignIn, router as admin_router};
pub use applicant_page::{ApplicantPage, NoApplicantPage};
pub use config::{TrustedProxies, WebConfig};
pub use keycloak::{OidcUrls, SignInFailed, oidc_urls};
pub use portal::{CustomerSignIn, PublicState, router as public_router};
pub use site::Site;
