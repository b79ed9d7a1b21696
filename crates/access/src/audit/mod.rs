//! The audit log: every decision ([`Access`]) and every look at somebody's data ([`Look`]) is written down, hash-chained in
//! batches ([`Sealer`]), checked ([`verify`]) and read ([`AuditLog`]).

mod action;
mod chain;
mod decide;
mod kept;
mod log;
mod look;
mod object;
mod page_query;
mod sealer;
mod verify;

pub use action::AuditAction;
pub use decide::Access;
pub use kept::{KeptSeal, NotASeal};
pub use log::{AuditDownload, AuditEntry, AuditFilter, AuditLog, AuditTrace, Decision};
pub use look::{Look, Looks};
pub use object::{AuditObject, ObjectKind, ObjectPage};
pub use sealer::Sealer;
pub use verify::{AuditFinding, AuditReport, verify};
