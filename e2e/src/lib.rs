//! Usher seen from outside: what the stories in `tests/` share.
//!
//! The stories know only what a user, Sumsub or an operator's program knows: the ready file, pages and the accessible
//! names on them, the webhook, the mailbox. Counting is done in the database, so that nothing under test does the counting.

pub mod admin;
pub mod bank;
#[cfg(feature = "browser")]
pub mod browser;
pub mod callback;
pub mod counts;
pub mod graphql;
pub mod html;
pub mod keycloak;
pub mod keycloak_server;
pub mod mailbox;
pub mod outages;
pub mod portal;
pub mod processes;
pub mod simulator;
pub mod stories;
pub mod sumsub_levels;
pub mod usher;
pub mod wait;
pub mod window;

pub use admin::Admin;
pub use bank::Bank;
pub use callback::{Callback, Sumsub};
pub use mailbox::Mailbox;
pub use stories::{Chapter, Scene, Story, alone, tell};
pub use usher::{Ready, Usher};
pub use wait::until;
pub use window::{Form, Page, Window};
