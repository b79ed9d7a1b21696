//! The identity port: how a customer gets a login for the portal, whoever keeps the logins.
//!
//! Begin with `port.rs`: provisioning speaks to [`IdentityProvider`]. Behind it are two: [`BuiltInIdentity`] keeps the logins in our
//! own database, and customers sign in there; [`keycloak`] keeps them in a real Keycloak, makes one ready for Usher and examines it.
//!
//! It isn't where operators get their rights (`access`), nor how somebody signs in at Keycloak (`oidc`), and it knows nothing of
//! customers but an id and an e-mail.

mod address;
mod built_in;
pub mod keycloak;
mod port;
mod temporary_password;

pub use built_in::{BuiltInIdentity, ChangePasswordError, ChoosePasswordError, Login, SignIn};
pub use port::{
    DesiredLogin, IdentityError, IdentityProvider, LinkError, LoginId, LoginState, NewLogin,
    Ownership, PasswordOutcome, SoleOwner,
};
pub use temporary_password::TemporaryPassword;
