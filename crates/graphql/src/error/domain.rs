//! The errors of the domain, as the API says them.

use access::AccessError;
use credit::CreditError;
use customer::{
    OnboardingError,
    error::{Field, FieldError},
};
use deposit::DepositError;
use ledger::{LedgerError, ReadError};

use super::{ApiError, Code, Existing, WrongField, bad_cursor};

/// Another writer was faster.
const BUSY: &str = "The record could not be read or saved just now. Try again in a moment.";

impl From<FieldError> for WrongField {
    fn from(error: FieldError) -> Self {
        Self {
            field: match error.field {
                Field::Email => "email",
                Field::TelegramHandle => "telegramHandle",
                Field::CustomerType => "customerType",
                Field::Reason => "reason",
            }
            .to_owned(),
            code: if error.taken_by.is_some() {
                Code::Conflict
            } else {
                Code::BadUserInput
            },
            message: error.message,
        }
    }
}

impl From<OnboardingError> for ApiError {
    fn from(error: OnboardingError) -> Self {
        match error {
            OnboardingError::NotFound => ApiError::not_found("record"),
            OnboardingError::Access(error) => error.into(),
            OnboardingError::Invalid(errors) => {
                ApiError::invalid(errors.into_iter().map(WrongField::from).collect())
            }
            OnboardingError::Refused(words) => ApiError::new(Code::Conflict, words),
            OnboardingError::BadCursor(_) => bad_cursor(),
            // Sumsub's own words are for whoever asked, and not for the log.
            OnboardingError::Sumsub(error) => {
                tracing::warn!(kind = error.kind(), status = ?error.status(), "Sumsub did not do it");
                let code = if error.is_transient() {
                    Code::Unavailable
                } else {
                    Code::Conflict
                };
                ApiError::new(code, error.to_string())
            }
            OnboardingError::Database(error) => error.into(),
            error if error.is_transient() => ApiError::unavailable(BUSY, &error),
            error => ApiError::internal(&error),
        }
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Forbidden { permission } => ApiError::forbidden(permission),
            AccessError::Database(error) => error.into(),
            AccessError::DirectoryAway(_) => ApiError::unavailable(
                "Whoever keeps the operators does not answer. Try again in a moment.",
                &error,
            ),
            error => ApiError::internal(&error),
        }
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Access(error) => error.into(),
            ReadError::Deposit(error) => error.into(),
        }
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

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Unavailable(words) => {
                ApiError::unavailable("The ledger does not answer. Try again in a moment.", &words)
            }
            error => ApiError::internal(&error),
        }
    }
}

impl From<DepositError> for ApiError {
    fn from(error: DepositError) -> Self {
        let again = error.is_transient();
        match error {
            DepositError::NotFound => ApiError::not_found("record"),
            DepositError::Access(error) => error.into(),
            DepositError::Invalid(fields) => {
                let wrong = fields.into_iter().map(|wrong| WrongField {
                    field: match wrong.field {
                        deposit::Field::Amount => "amount",
                        deposit::Field::Reference => "reference",
                    }
                    .to_owned(),
                    code: Code::BadUserInput,
                    message: wrong.message,
                });
                ApiError::invalid(wrong.collect())
            }
            DepositError::ReferenceTaken { id, ref public_id } => ApiError {
                existing: Some(Existing {
                    id,
                    public_id: public_id.0.clone(),
                }),
                ..ApiError::invalid(vec![WrongField {
                    field: "reference".to_owned(),
                    code: Code::Conflict,
                    message: error.to_string(),
                }])
            },
            DepositError::Refused(_) | DepositError::Overdraft { .. } => {
                ApiError::new(Code::Conflict, error.to_string())
            }
            DepositError::Ledger(error) => error.into(),
            DepositError::Database(error) => error.into(),
            error if again => ApiError::unavailable(BUSY, &error),
            error => ApiError::internal(&error),
        }
    }
}

impl From<CreditError> for ApiError {
    fn from(error: CreditError) -> Self {
        let again = error.is_transient();
        match error {
            CreditError::NotFound => ApiError::not_found("record"),
            CreditError::Access(error) => error.into(),
            CreditError::Invalid(fields) => {
                let wrong = fields.into_iter().map(|wrong| WrongField {
                    field: match wrong.field {
                        credit::Field::Amount => "facilityAmount",
                        credit::Field::Purpose => "purpose",
                        credit::Field::Note => "note",
                        credit::Field::Reason => "reason",
                    }
                    .to_owned(),
                    code: Code::BadUserInput,
                    message: wrong.message,
                });
                ApiError::invalid(wrong.collect())
            }
            CreditError::Refused(refusal) => ApiError::new(Code::Conflict, refusal.to_string()),
            CreditError::Ledger(error) => error.into(),
            CreditError::Database(error) => error.into(),
            error if again => ApiError::unavailable(BUSY, &error),
            error => ApiError::internal(&error),
        }
    }
}
