//! What goes wrong, as a program reads it: every error of the API has a code from [`Code`] in `extensions.code`.
//!
//! A wrong input is **one** error: `extensions.field` names the first wrong field, `extensions.fields` lists all of them
//! (`[{field, code, message}]`). What the database, the ledger or the entities say goes into the log, never out.

mod domain;

use std::time::Duration;

use async_graphql::{ErrorExtensionValues, Value};
use kernel::Existing;

/// How long to wait before the same is tried again, when nobody knows better.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// What a program tells errors apart by (`extensions.code`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// A field of the input is wrong: `field`, `fields`.
    BadUserInput,
    /// It is taken (`field`), or can't be done as things stand; the message says why.
    Conflict,
    /// A mutation or subscription on something that does not exist. A query answers null instead.
    NotFound,
    /// The role lacks a `permission`.
    Forbidden,
    /// Nobody knows who asks (any more).
    Unauthenticated,
    /// Something does not answer: the same again after `retryAfterSeconds`.
    Unavailable,
    /// A defect of Usher's; the log has it under the request id.
    Internal,
    /// The query is over a limit and was not run.
    QueryTooComplex,
    /// The query is no GraphQL.
    ParseFailed,
    /// The query does not fit the schema.
    ValidationFailed,
}

impl Code {
    /// As it stands in `extensions.code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::BadUserInput => "BAD_USER_INPUT",
            Code::Conflict => "CONFLICT",
            Code::NotFound => "NOT_FOUND",
            Code::Forbidden => "FORBIDDEN",
            Code::Unauthenticated => "UNAUTHENTICATED",
            Code::Unavailable => "UNAVAILABLE",
            Code::Internal => "INTERNAL",
            Code::QueryTooComplex => "QUERY_TOO_COMPLEX",
            Code::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Code::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
        }
    }
}

/// An error of the API. No `Display`: it gets out by its code only.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The kind of failure, as `extensions.code` has it.
    pub code: Code,
    /// A sentence for people.
    pub message: String,
    /// The wrong fields.
    pub fields: Vec<WrongField>,
    /// The name of the permission that is missing.
    pub permission: Option<&'static str>,
    /// When the same may work.
    pub retry_after: Option<Duration>,
    /// The record that is there already.
    pub existing: Option<Box<Existing>>,
}

/// A wrong field of an input.
#[derive(Debug, Clone)]
pub struct WrongField {
    /// As the schema names it.
    pub field: String,
    /// [`Code::BadUserInput`] or [`Code::Conflict`].
    pub code: Code,
    /// A sentence for people.
    pub message: String,
}

impl ApiError {
    /// With this code.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            fields: Vec::new(),
            permission: None,
            retry_after: (code == Code::Unavailable).then_some(TRY_AGAIN_AFTER),
            existing: None,
        }
    }

    /// One field is wrong.
    pub(crate) fn field(field: &str, message: impl Into<String>) -> Self {
        Self::invalid(vec![WrongField {
            field: field.to_owned(),
            code: Code::BadUserInput,
            message: message.into(),
        }])
    }

    /// There is no such record.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no such {what}."))
    }

    /// The role lacks it.
    pub(crate) fn forbidden(permission: &'static str) -> Self {
        Self {
            permission: Some(permission),
            ..Self::new(
                Code::Forbidden,
                format!("This needs the permission {permission}, which your role does not have."),
            )
        }
    }

    /// Nobody is asking.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(
            Code::Unauthenticated,
            "Sign in, or send a bearer token that is valid.",
        )
    }

    /// A defect; what it is goes into the log only.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "a GraphQL operation failed");
        Self::new(
            Code::Internal,
            "Something went wrong here. Quote the request id when you report it.",
        )
    }

    fn unavailable(message: &str, error: &dyn std::fmt::Display) -> Self {
        tracing::warn!(%error, "a GraphQL operation could not be done");
        Self::new(Code::Unavailable, message)
    }

    fn invalid(fields: Vec<WrongField>) -> Self {
        // What somebody else had was given up just as we looked.
        let Some(first) = fields.first() else {
            return Self::new(
                Code::Unavailable,
                "Somebody else was changing the same. Try again.",
            );
        };
        let code = if fields.iter().all(|field| field.code == Code::Conflict) {
            Code::Conflict
        } else {
            Code::BadUserInput
        };
        Self {
            message: first.message.clone(),
            fields,
            ..Self::new(code, "")
        }
    }

    /// What stands in `extensions`.
    pub(crate) fn extend(&self, extensions: &mut ErrorExtensionValues) {
        extensions.set("code", self.code.as_str());
        if let Some(first) = self.fields.first() {
            extensions.set("field", first.field.as_str());
            let list = self.fields.iter().map(|wrong| {
                let entries = [
                    ("field", wrong.field.as_str()),
                    ("code", wrong.code.as_str()),
                    ("message", wrong.message.as_str()),
                ];
                Value::Object(
                    entries
                        .into_iter()
                        .map(|(name, value)| (async_graphql::Name::new(name), value.into()))
                        .collect(),
                )
            });
            extensions.set("fields", Value::List(list.collect()));
        }
        if let Some(permission) = self.permission {
            extensions.set("permission", permission);
        }
        if let Some(existing) = &self.existing {
            let entries = [
                ("id", existing.id.to_string()),
                ("publicId", existing.public_id.clone()),
            ];
            let entries =
                entries.map(|(name, value)| (async_graphql::Name::new(name), value.into()));
            extensions.set("existing", Value::Object(entries.into_iter().collect()));
        }
        if let Some(after) = self.retry_after {
            extensions.set("retryAfterSeconds", after.as_secs().max(1));
        }
    }
}

impl From<ApiError> for async_graphql::Error {
    fn from(error: ApiError) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        error.extend(&mut extensions);
        let mut out = async_graphql::Error::new(error.message);
        out.extensions = Some(extensions);
        out
    }
}

/// An `after` that no page gave out.
pub(crate) fn bad_cursor() -> ApiError {
    ApiError::field(
        "after",
        "This is no cursor of this list: pass on `endCursor` as it came, or begin without one.",
    )
}

/// What a query answers for one record: null when there is no such.
pub(crate) fn found<T>(result: Result<T, kernel::Error>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(record) => Ok(Some(record)),
        Err(kernel::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
