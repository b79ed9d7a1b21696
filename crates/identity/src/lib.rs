//! The identity port: how a customer gets a login for the portal, whoever keeps the logins.
//!
//! Provisioning speaks to [`IdentityProvider`]; [`BuiltInIdentity`] keeps the logins in our own database and is the
//! portal's door as well; [`keycloak`] keeps them in a real Keycloak.

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
