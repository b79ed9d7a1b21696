//! What is done around every operation, and what that looks at.

mod around;
mod concurrency;
mod empty_selections;
mod error_codes;
mod query_limits;
mod record_access;

pub(crate) use around::Around;
pub(crate) use query_limits::nests_too_deep;
