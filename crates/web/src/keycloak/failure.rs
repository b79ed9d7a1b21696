//! When signing in came to nothing: why, and what to do.

use axum::http::StatusCode;
use oidc::{Away, OidcError};

use crate::error_page::{PageError, WayOn, Words};

/// Why a sign-in at the identity provider ended without a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInFailed {
    /// An answer to a sign-in that this browser has not begun, has finished, or has given up.
    #[error("this browser has no such sign-in under way")]
    NotBegunHere,
    /// More than 10 minutes between going there and coming back.
    #[error("the sign-in took too long")]
    TooLate,
    /// The person, or the provider, said no.
    #[error("the sign-in was given up, or not allowed")]
    Denied,
    /// What the person came back with is not what the provider gives.
    #[error("the identity provider did not confirm the sign-in")]
    NotConfirmed,
    /// The session at the provider ended before ours began.
    #[error("the session at the identity provider has ended meanwhile")]
    EndedMeanwhile,
    /// The login is right, and may do nothing here.
    #[error("the login has no role in Usher")]
    NoRole,
    /// The provider does not answer.
    #[error("the identity provider does not answer")]
    Away,
    /// The provider goes by another address than the configured one.
    #[error("the identity provider goes by another address than it is configured with")]
    OtherIssuer,
    /// The provider does not know us.
    #[error("the identity provider refuses Usher itself")]
    Misconfigured,
}

impl SignInFailed {
    /// What an `error` in the provider's answer comes to.
    pub(super) fn from_error_code(error: &str) -> Self {
        match error {
            "access_denied" => SignInFailed::Denied,
            "temporarily_unavailable" | "server_error" => SignInFailed::Away,
            other => {
                let code: String = other.chars().take(40).collect();
                tracing::warn!(
                    ?code,
                    "the identity provider sent somebody back with an error"
                );
                SignInFailed::NotConfirmed
            }
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            SignInFailed::NotBegunHere | SignInFailed::TooLate => StatusCode::BAD_REQUEST,
            SignInFailed::Denied | SignInFailed::NoRole => StatusCode::FORBIDDEN,
            SignInFailed::NotConfirmed | SignInFailed::EndedMeanwhile => StatusCode::UNAUTHORIZED,
            SignInFailed::Away | SignInFailed::OtherIssuer | SignInFailed::Misconfigured => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    pub(crate) fn words(self) -> Words {
        let again = "Sign in again.";
        let (heading, what, todo, way_on) = match self {
            SignInFailed::NotBegunHere => (
                "This sign-in can't be finished",
                "It was begun in another browser, has been finished before, or was given up.",
                again,
                WayOn::SignIn,
            ),
            SignInFailed::TooLate => (
                "This sign-in took too long",
                "More than ten minutes went by between its beginning and its end.",
                again,
                WayOn::SignIn,
            ),
            SignInFailed::Denied => (
                "You are not signed in",
                "The sign-in was given up, or was not allowed.",
                "Sign in again, if you want to.",
                WayOn::SignIn,
            ),
            SignInFailed::NotConfirmed => (
                "You are not signed in",
                "The sign-in service did not confirm who you are.",
                "Sign in again. If it happens again, tell us the request id below.",
                WayOn::SignIn,
            ),
            SignInFailed::EndedMeanwhile => (
                "You are not signed in",
                "Your session has ended before this page was ready.",
                again,
                WayOn::SignIn,
            ),
            SignInFailed::NoRole => (
                "No role in Usher",
                "Your login has no role in Usher, so there is nothing that it may see or do here.",
                "Ask an administrator to give it one, or sign out to use another login.",
                WayOn::SignOut,
            ),
            SignInFailed::Away => (
                "Not available right now",
                "The sign-in service does not answer.",
                "Try again in a moment.",
                WayOn::SignIn,
            ),
            SignInFailed::OtherIssuer => (
                "Not available right now",
                "The sign-in service goes by another address than the one that Usher is set to, so nobody can sign in.",
                "Tell whoever runs Usher: `usher doctor` says what to mend.",
                WayOn::SignIn,
            ),
            SignInFailed::Misconfigured => (
                "Not available right now",
                "The sign-in service refuses Usher itself, so nobody can sign in.",
                "Tell whoever runs Usher: `usher doctor` says what to mend.",
                WayOn::SignIn,
            ),
        };
        Words {
            heading: heading.to_owned(),
            what: what.to_owned(),
            todo: todo.to_owned(),
            way_on,
        }
    }
}

impl From<OidcError> for PageError {
    fn from(error: OidcError) -> Self {
        let failed = match error {
            OidcError::Away(Away::Silent(_)) => SignInFailed::Away,
            OidcError::Away(Away::OtherIssuer(_)) => SignInFailed::OtherIssuer,
            OidcError::ClientRefused(_) => SignInFailed::Misconfigured,
            OidcError::TooLate => SignInFailed::TooLate,
            OidcError::WrongIssuer | OidcError::CodeRefused(_) | OidcError::TokenRefused(_) => {
                SignInFailed::NotConfirmed
            }
        };
        match failed {
            SignInFailed::Misconfigured | SignInFailed::OtherIssuer => {
                tracing::error!(%error, "nobody can sign in")
            }
            SignInFailed::TooLate => {}
            _ => tracing::warn!(%error, "a sign-in failed"),
        }
        failed.into()
    }
}
