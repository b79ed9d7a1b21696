//! What the domains answer, as the API says it: the one place that turns [`kernel::Error`] into an [`ApiError`].

use access::AccessError;
use kernel::{Error, FieldError, Outside, Outsider};

use super::{ApiError, Code, WrongField, bad_cursor};

/// Another writer was faster.
const BUSY: &str = "The record could not be read or saved just now. Try again in a moment.";

impl From<FieldError> for WrongField {
    fn from(error: FieldError) -> Self {
        Self {
            field: error.field.name().to_owned(),
            code: if error.taken_by.is_some() {
                Code::Conflict
            } else {
                Code::BadUserInput
            },
            message: error.message,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let again = error.is_transient();
        match error {
            Error::NotFound(kind) => ApiError::not_found(kind.name()),
            Error::Forbidden(permission) => ApiError::forbidden(permission),
            Error::Invalid(errors) => {
                ApiError::invalid(errors.into_iter().map(WrongField::from).collect())
            }
            Error::Refused(words) => ApiError::new(Code::Conflict, words),
            Error::NotEnough { .. } => ApiError::new(Code::Conflict, error.to_string()),
            Error::Taken {
                field,
                message,
                existing,
            } => ApiError {
                existing: Some(Box::new(existing)),
                ..ApiError::invalid(vec![WrongField {
                    field: field.name().to_owned(),
                    code: Code::Conflict,
                    message,
                }])
            },
            Error::BadCursor(_) => bad_cursor(),
            Error::Outside(outside) => outside.into(),
            Error::Database(error) => error.into(),
            error if again => ApiError::unavailable(BUSY, &error),
            error => ApiError::internal(&error),
        }
    }
}

impl From<Outside> for ApiError {
    fn from(outside: Outside) -> Self {
        let silent = match outside.who {
            // Sumsub's own words are for whoever asked, and not for the log.
            Outsider::Sumsub => {
                tracing::warn!(error = %outside.log, "Sumsub did not do it");
                let code = if outside.transient {
                    Code::Unavailable
                } else {
                    Code::Conflict
                };
                return ApiError::new(code, outside.to_string());
            }
            _ if !outside.transient => return ApiError::internal(&outside.log),
            Outsider::Ledger => "The ledger does not answer. Try again in a moment.",
            Outsider::Identity => {
                "Whoever keeps the operators does not answer. Try again in a moment."
            }
            Outsider::Mail => BUSY,
        };
        ApiError::unavailable(silent, &outside.log)
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        Error::from(error).into()
    }
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        if kernel::transient::is_read_only(&error) {
            ApiError::unavailable(
                "The database takes no changes now. Try again in a moment.",
                &error,
            )
        } else if kernel::transient::is_transient(&error) {
            ApiError::unavailable(
                "The database does not answer. Try again in a moment.",
                &error,
            )
        } else {
            ApiError::internal(&error)
        }
    }
}
