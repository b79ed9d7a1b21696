//! What a call to Keycloak came to, in words for operators; and the short break after one that was not answered.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use keycloak::KeycloakError;

use crate::IdentityError;

/// After a call that Keycloak didn't answer nobody asks it for so long: it would only wait as well.
const BREAK: Duration = Duration::from_secs(2);

/// Why a call did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CallError {
    /// ExistingLogin is no such thing.
    NotFound,
    /// Something else has the name or address already.
    Conflict,
    /// Keycloak takes no such value (its words).
    Invalid(String),
    /// The user is one that Keycloak may only read (its words).
    ReadOnly(String),
    /// It isn't ours any more: nothing was asked.
    Lost,
    /// Worth trying again. `doubtful` when Keycloak may have done it, or may do it later, all the same.
    Away { words: String, in_doubt: bool },
}

impl CallError {
    /// The client's secret or role is wrong: nothing was done, a person mends it, and then it works by itself.
    pub(super) fn misconfigured(words: String) -> Self {
        CallError::Away {
            words,
            in_doubt: false,
        }
    }

    /// Of an error of the crate. `client` is the one whose service account asked.
    pub(super) fn of(error: &KeycloakError, client: &str) -> Self {
        match error {
            KeycloakError::ReqwestFailure(error) => Self::unanswered(error),
            KeycloakError::HttpFailure { status, body, text } => {
                let named = body.as_ref().and_then(|body| body.error.as_deref());
                match (*status, named) {
                    (400 | 401, Some("invalid_client" | "unauthorized_client")) => {
                        Self::misconfigured(format!(
                            "Keycloak refuses the secret of the client {client}; set the right one (`usher doctor` checks it)"
                        ))
                    }
                    // So answers a Keycloak that stops while it reads, not one that takes no such login.
                    (400, Some("unknown_error")) => CallError::Away {
                        words: "Keycloak could not read what it was asked".to_owned(),
                        in_doubt: true,
                    },
                    (401, _) => Self::misconfigured(format!(
                        "Keycloak refuses the token of the client {client}"
                    )),
                    (403, _) => Self::misconfigured(format!(
                        "Keycloak lets the client {client} not do this: its service account lacks a role; run `usher keycloak setup`"
                    )),
                    (404, _) => CallError::NotFound,
                    (409, _) => CallError::Conflict,
                    (400 | 422, _) => Self::refused(text),
                    (429, _) => CallError::Away {
                        words: "Keycloak has too much to do (429)".to_owned(),
                        in_doubt: false,
                    },
                    (status, _) => CallError::Away {
                        words: format!("Keycloak answers with an error ({status})"),
                        in_doubt: status >= 500,
                    },
                }
            }
        }
    }

    /// Nothing was done, and no retry mends it.
    fn refused(text: &str) -> Self {
        let words = text.chars().take(200).collect();
        let low = text.to_lowercase();
        // What Keycloak, its LDAP provider and its user profile say of it.
        let read_only = ["read only", "read-only", "readonly", "not writable"];
        if read_only.iter().any(|phrase| low.contains(phrase)) {
            CallError::ReadOnly(words)
        } else {
            CallError::Invalid(words)
        }
    }

    pub(super) fn unanswered(error: &reqwest::Error) -> Self {
        let (words, in_doubt) = if error.is_connect() {
            ("Keycloak can't be reached", false)
        } else if error.is_timeout() {
            ("Keycloak doesn't answer in time", true)
        } else if error.is_builder() {
            ("Keycloak can't be asked this", false)
        } else {
            ("Keycloak's answer broke off", true)
        };
        CallError::Away {
            words: words.to_owned(),
            in_doubt,
        }
    }

    /// Whether Keycloak may have done it, or may do it later, all the same.
    pub(super) fn is_in_doubt(&self) -> bool {
        matches!(self, CallError::Away { in_doubt: true, .. })
    }
}

impl From<sqlx::Error> for CallError {
    fn from(error: sqlx::Error) -> Self {
        CallError::Away {
            words: IdentityError::from(error).to_string(),
            in_doubt: false,
        }
    }
}

impl From<CallError> for IdentityError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Away { words, .. } => IdentityError::Unavailable(words),
            CallError::Lost => IdentityError::Lost,
            // Between two calls: the next try looks anew.
            CallError::NotFound => {
                IdentityError::Unavailable("the login went away in Keycloak just now".to_owned())
            }
            CallError::Conflict => IdentityError::Unavailable(
                "somebody else changed the login in Keycloak just now".to_owned(),
            ),
            CallError::Invalid(words) => IdentityError::NeedsPerson(format!(
                "Keycloak takes no such login ({words}); correct the customer's e-mail, then retry"
            )),
            CallError::ReadOnly(words) => IdentityError::NeedsPerson(format!(
                "Keycloak may only read this login ({words}), so Usher can't change it: it comes from a directory (LDAP) that \
                 Keycloak doesn't write to, or the realm's user profile forbids it. Change it there, or let Keycloak write, then retry"
            )),
        }
    }
}

/// Keeps a batch from waiting out one time-out after another while Keycloak hangs.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<Option<Instant>>);

impl Breaker {
    /// Why nobody asks at the moment.
    pub(super) fn open(&self) -> Option<CallError> {
        let until = self.0.lock().ok().and_then(|until| *until);
        until
            .filter(|until| Instant::now() < *until)
            .map(|_| CallError::Away {
                words: "Keycloak doesn't answer".to_owned(),
                in_doubt: false,
            })
    }

    /// Takes note of an answer, or that none came.
    pub(super) fn note(&self, answered: bool) {
        if let Ok(mut until) = self.0.lock() {
            *until = (!answered).then(|| Instant::now() + BREAK);
        }
    }
}

/// Whether Keycloak itself answered. An error of its own (500) may be about one user alone: the others go on.
pub(super) fn is_answer(error: &KeycloakError) -> bool {
    matches!(error, KeycloakError::HttpFailure { status, .. } if !matches!(status, 502..=504))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16, text: &str) -> CallError {
        let error = KeycloakError::HttpFailure {
            status,
            body: serde_json::from_str(text).ok(),
            text: text.to_owned(),
        };
        CallError::of(&error, "usher-provisioning")
    }

    #[test]
    fn a_keycloak_that_stops_in_the_middle_of_it_is_away_and_a_bad_address_is_for_a_person() {
        let stopping = r#"{"error":"unknown_error","error_description":"Cannot parse the JSON"}"#;
        assert!(answered(400, stopping).is_in_doubt());
        let bad =
            r#"{"field":"email","errorMessage":"error-invalid-email","params":["email","x"]}"#;
        assert!(matches!(answered(400, bad), CallError::Invalid(_)));
    }

    #[test]
    fn a_login_that_keycloak_may_only_read_is_said_as_that() {
        for text in [
            r#"{"errorMessage":"User is read only!"}"#,
            r#"{"errorMessage":"Federated storage is not writable"}"#,
            r#"{"field":"email","errorMessage":"error-user-attribute-read-only","params":["email"]}"#,
            r#"{"error":"Can't reset password as account is read only"}"#,
        ] {
            assert!(
                matches!(answered(400, text), CallError::ReadOnly(_)),
                "{text}"
            );
            let IdentityError::NeedsPerson(words) = answered(400, text).into() else {
                panic!("{text}");
            };
            assert!(
                words.contains("directory") && words.contains("retry"),
                "{words}"
            );
        }
    }
}
