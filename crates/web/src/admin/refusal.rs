//! Why something was not done, in words for the dialog or form that asked: the one place that turns [`kernel::Error`] into them.

use axum::http::StatusCode;
use kernel::{Error, Existing, Field, FieldError, Outsider};

use super::dialog::{Dialog, Problem};
use crate::error_page::PageError;

/// A refusal in words: beside fields, or above them.
pub struct Refusal {
    /// What the page with these words answers.
    pub status: StatusCode,
    /// What is wrong with which fields.
    pub fields: Vec<(Field, Problem)>,
    /// What is about no field.
    pub problem: Option<String>,
}

impl Refusal {
    /// What a domain answered.
    ///
    /// # Errors
    /// An error page, when it is no matter for a dialog.
    pub fn of(error: Error) -> Result<Self, PageError> {
        Ok(match error {
            Error::Invalid(fields) if !fields.is_empty() => Self {
                status: StatusCode::UNPROCESSABLE_ENTITY,
                fields: fields
                    .into_iter()
                    .map(|error| (error.field, error.into()))
                    .collect(),
                problem: None,
            },
            Error::Taken {
                field,
                message,
                existing,
            } => Self::beside(
                field,
                Problem {
                    message,
                    link: link(&existing),
                },
            ),
            Error::Refused(_) | Error::NotEnough { .. } => Self::above(error.to_string()),
            Error::Outside(outside) if outside.who == Outsider::Sumsub => {
                tracing::warn!(error = %outside.log, "Sumsub did not do what a page asked for");
                let status = if outside.answered {
                    StatusCode::BAD_GATEWAY
                } else {
                    StatusCode::SERVICE_UNAVAILABLE
                };
                Self {
                    status,
                    ..Self::above(format!("{outside}."))
                }
            }
            error => return Err(error.into()),
        })
    }

    /// It can't be done as things stand.
    pub fn above(words: String) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            fields: Vec::new(),
            problem: Some(words),
        }
    }

    /// It can't be done as things stand, because of this field.
    pub fn beside(field: Field, problem: Problem) -> Self {
        Self {
            status: StatusCode::CONFLICT,
            fields: vec![(field, problem)],
            problem: None,
        }
    }

    /// Puts it onto the dialog that asked.
    pub fn on(self, dialog: &mut Dialog) {
        dialog.problem = self.problem;
        for (field, problem) in self.fields {
            let name = sent_as(field);
            let place = match &mut dialog.fields[..] {
                // What an operation asks for is sent as its value, whatever it is.
                [one] if one.name == "value" => Some(one),
                several => several.iter_mut().find(|field| field.name == name),
            };
            match place {
                Some(field) => field.problem = Some(problem),
                None => dialog.problem = Some(problem.message),
            }
        }
    }

    /// The words alone, where there is no field beside which they could stand.
    pub fn words(self) -> (StatusCode, String) {
        let beside = self.fields.into_iter().next();
        let words = self
            .problem
            .or(beside.map(|(_, problem)| problem.message))
            .unwrap_or_default();
        (self.status, words)
    }
}

/// What a form sends the field as.
fn sent_as(field: Field) -> &'static str {
    match field {
        credit::field::FACILITY_AMOUNT => "amount",
        customer::field::UNTIL => "date",
        field => field.name(),
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self {
            message: error.message,
            link: error.taken_by.as_ref().and_then(link),
        }
    }
}

/// Where the record is that has what was to be unique, and what the link is called.
fn link(existing: &Existing) -> Option<(String, String)> {
    let place = match existing.kind {
        customer::primitives::PROSPECT => "/prospects",
        deposit::DEPOSIT => "/ledger/deposits",
        deposit::WITHDRAWAL => "/ledger/withdrawals",
        _ => return None,
    };
    let id = &existing.public_id;
    Some((format!("{place}/{id}"), format!("See {id}")))
}
