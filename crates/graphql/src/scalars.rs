//! The scalars. `UUID` is the library's own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime, Datelike as _, SecondsFormat, Utc};

/// A short id that people quote; the GraphQL scalar `PublicId`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicId(pub String);

impl PublicId {
    /// Whether it can be a prospect's, customer's, deposit's or withdrawal's; nothing else need reach the database.
    pub(crate) fn is_number(&self) -> bool {
        (1..=18).contains(&self.0.len()) && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// A short id that people quote, a string. One space for everything: `100023` is a prospect and the customer that it
/// became, `DEP-100023` that customer's deposit account.
#[Scalar(name = "PublicId")]
impl ScalarType for PublicId {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(PublicId(text)),
            // Clients with untyped variables send numbers.
            Value::Number(number) => Ok(PublicId(number.to_string())),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// A moment; the GraphQL scalar `Timestamp`, RFC 3339 with microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp(pub DateTime<Utc>);

/// A moment, RFC 3339 (`2026-03-01T10:00:00.123456Z`).
#[Scalar(name = "Timestamp")]
impl ScalarType for Timestamp {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.to_utc())
            // Outside of these years PostgreSQL would refuse it.
            .filter(|at| (1..=9999).contains(&at.year()))
            .map(Timestamp)
            .ok_or_else(|| InputValueError::custom("write it as 2026-03-01T10:00:00Z"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(at: DateTime<Utc>) -> Self {
        Timestamp(at)
    }
}

/// Money in US cents; the GraphQL scalar `UsdCents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsdCents(pub i64);

/// Money: a whole number of US cents.
#[Scalar(name = "UsdCents")]
impl ScalarType for UsdCents {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number
                .as_i64()
                .map(UsdCents)
                .ok_or_else(|| InputValueError::custom("a whole number of cents")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// Any JSON; the GraphQL scalar `Json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Json(pub serde_json::Value);

/// Any value that JSON can hold.
#[Scalar(name = "Json")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(Json(value.into_json()?))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// The number of an entry of the audit log; the GraphQL scalar `AuditEntryId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditEntryId(pub i64);

/// The number of an entry of the audit log.
#[Scalar(name = "AuditEntryId")]
impl ScalarType for AuditEntryId {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number
            .map(AuditEntryId)
            .ok_or_else(|| InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}
