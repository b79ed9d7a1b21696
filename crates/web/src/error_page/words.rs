//! What error pages say: what happened, and what to do.

use axum::http::StatusCode;

use super::PageError;
use crate::format::wait_words;

/// What an error page says.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    pub heading: String,
    pub what: String,
    pub todo: String,
    pub way_on: WayOn,
}

/// The button or link below the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WayOn {
    FirstPage,
    SignIn,
    SignOut,
}

impl PageError {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            PageError::NotFound(_) => StatusCode::NOT_FOUND,
            PageError::Forbidden(_) | PageError::CrossSite => StatusCode::FORBIDDEN,
            PageError::BadToken | PageError::SignedOut => StatusCode::UNAUTHORIZED,
            PageError::SignIn(failed) => failed.status(),
            PageError::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            PageError::BadRequest(_) => StatusCode::BAD_REQUEST,
            PageError::Conflict(_) => StatusCode::CONFLICT,
            PageError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            PageError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn words(&self) -> Words {
        let (heading, what, todo) = match self {
            PageError::NotFound(what) => (
                format!("No such {what}"),
                format!("There is no {what} at this address."),
                "Check the address, or go back and look for it in the list.".to_owned(),
            ),
            PageError::Forbidden(permission) => (
                "Not allowed".to_owned(),
                format!("This needs the permission {permission}, which your role does not have."),
                "Ask an administrator to do it, or to give you another role.".to_owned(),
            ),
            PageError::CrossSite => (
                "Request refused".to_owned(),
                "The request did not come from one of our own pages, so nothing was done."
                    .to_owned(),
                "Open the page here and try again from there. Programs use a bearer token."
                    .to_owned(),
            ),
            PageError::BadToken => (
                "Token not valid".to_owned(),
                "The bearer token is unknown, has ended or was revoked.".to_owned(),
                "Ask an administrator for a new one.".to_owned(),
            ),
            PageError::SignedOut => (
                "Signed out".to_owned(),
                "Your session has ended.".to_owned(),
                "Sign in again.".to_owned(),
            ),
            PageError::Throttled(wait) => (
                "Too many attempts".to_owned(),
                "There were too many attempts to sign in.".to_owned(),
                format!("Wait {}, then try again.", wait_words(*wait)),
            ),
            PageError::BadRequest(what) => (
                "Request not understood".to_owned(),
                (*what).to_owned(),
                "Go back, reload the page and try again.".to_owned(),
            ),
            PageError::Conflict(what) => (
                "No longer possible".to_owned(),
                what.clone(),
                "Go back and reload the page to see how things stand now.".to_owned(),
            ),
            PageError::Unavailable(what) => (
                "Not available right now".to_owned(),
                what.clone(),
                "Nothing was lost. Try again in a moment.".to_owned(),
            ),
            PageError::SignIn(failed) => return failed.words(),
            PageError::Internal(_) => return bare(StatusCode::INTERNAL_SERVER_ERROR),
        };
        Words {
            heading,
            what,
            todo,
            way_on: WayOn::FirstPage,
        }
    }
}

/// What to say about an answer of which only the status is known.
pub(super) fn bare(status: StatusCode) -> Words {
    let (heading, what, todo) = match status {
        StatusCode::NOT_FOUND => (
            "Page not found",
            "There is no page at this address.",
            "Check the address, or start from the first page.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            "Request not understood",
            "This address does not take such a request.",
            "Go back and try again from the page.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "Too much",
            "What was sent is too large.",
            "Send less at a time.",
        ),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::REQUEST_TIMEOUT => (
            "It took too long",
            "The answer did not come in time.",
            "Reload this page to send it again; what was already done is not done twice.",
        ),
        status if status.is_client_error() => (
            "Request not understood",
            "What was sent is not what this page expects.",
            "Go back, reload the page and try again.",
        ),
        _ => (
            "Something went wrong",
            "That was our fault, not yours. It has been recorded.",
            "Try again. If it happens again, tell us the request id below.",
        ),
    };
    Words {
        heading: heading.to_owned(),
        what: what.to_owned(),
        todo: todo.to_owned(),
        way_on: WayOn::FirstPage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission() {
        let words = PageError::Forbidden("CUSTOMER_CREATE").words();
        assert!(words.what.contains("CUSTOMER_CREATE"));
    }
}
