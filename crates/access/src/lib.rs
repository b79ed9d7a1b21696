//! Who may do what: roles and permissions, operators, API tokens, and the audit log of every decision.
//!
//! The domain services ask [`Access::authorize`]; pages, GraphQL and the command line only pass on who asks.

mod audit;
mod error;
mod fold;
mod four_eyes;
mod management;
mod operators;
pub mod password;
mod roles;
mod subject;
mod tokens;

pub use audit::{
    Access, AuditEntry, AuditFilter, AuditFinding, AuditLog, AuditPage, AuditPlace, AuditReport,
    AuditTrace, Decision, KeptSeal, LIST, Look, Looks, NotASeal, Sealer,
    verify as verify_audit_log,
};
pub use error::{AccessError, InvalidField};
pub use fold::fold;
pub use four_eyes::is_one_person;
pub use management::{AccessManagement, CheckedOperator, CheckedToken, OperatorInput, TokenInput};
pub use operators::{Operator, OperatorDirectory, OperatorId, Operators};
pub use roles::{Permission, Role, UnknownRole};
pub use subject::Subject;
pub use tokens::{ApiToken, ApiTokenId, ApiTokens, TokenState};
