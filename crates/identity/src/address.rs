//! Which e-mail a login can have, and the words when it can't.

use crate::IdentityError;

/// The longest e-mail address (RFC 5321, 4.5.3.1.3: a path of 256 octets with its angle brackets).
const LONGEST: usize = 254;

pub(crate) fn is_address(email: &str) -> bool {
    let email = email.trim();
    email.len() <= LONGEST
        && email
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(crate) fn no_address() -> IdentityError {
    IdentityError::NeedsPerson(
        "the customer's e-mail is not an address that a login can have; correct it, then retry"
            .to_owned(),
    )
}

pub(crate) fn no_login() -> IdentityError {
    IdentityError::NeedsPerson(
        "this customer has no login; retry the step that makes the login first".to_owned(),
    )
}
