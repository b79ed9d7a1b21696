//! The audit log: every decision is written down ([`Access`]), hash-chained in batches ([`Sealer`]), checked
//! ([`verify`]) and read ([`AuditLog`]).

mod chain;
mod decide;
mod log;
mod sealer;
mod verify;

pub use decide::Access;
pub use log::{AuditEntry, AuditFilter, AuditLog, AuditPage, AuditPlace, AuditTrace, Decision};
pub use sealer::Sealer;
pub use verify::{AuditFinding, AuditReport, verify};
