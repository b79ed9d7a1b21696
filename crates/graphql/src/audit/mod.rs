//! The audit log: its entries and queries, and who stands in them.

mod actor;
mod object;
mod queries;

pub(crate) use actor::{AuditSubject, KnownActors, System, User};
pub(crate) use object::AuditEntry;
pub(crate) use queries::AuditQueries;
