//! What is done around every operation, as extensions of the library, and what they look at.

pub(crate) mod concurrency;
mod empty_selections;
pub(crate) mod error_codes;
mod query_limits;
pub(crate) mod record_access;

pub use query_limits::nests_too_deep;
