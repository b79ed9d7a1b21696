//! The configuration: what can be set, where it is read, and what is wrong with it.
//!
//! Defaults ← TOML file ← `USHER_…` environment variables (secrets also from files) ← flags.

mod bad_value;
mod environment;
mod file;
mod keys;
mod load;
mod made_by_dev;
mod problems;
mod reference;
mod refusals;
#[cfg(test)]
mod tests;
mod types;
mod values;

pub use keys::KEYS;
pub use load::{Given, Loaded, load, load_all};
pub use made_by_dev::secrets;
pub use reference::Key;
pub use refusals::{
    Identity, ServeSettings, is_loopback, keycloak, keycloak_without_secrets, refusals, require,
    serve_settings,
};
pub use types::{Config, DatabaseSection, IdentityProvider, LogFormat, SmtpTls};
pub use values::parse_web_url;
