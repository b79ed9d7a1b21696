//! Who may do what: roles and permissions, operators, API tokens, and the audit log of every decision.
//!
//! The domain services ask [`Access::authorize`]; pages, GraphQL and the command line only pass on who asks. Customers' logins
//! are not kept here (crate `identity`), nor are sessions (crate `web`).
//!
//! Begin with the table of permissions in `roles.rs`, then `audit/mod.rs`. What the log names is in two tables: what was asked
//! for in `audit/action.rs` ([`AuditAction`]), what it was about in `audit/object.rs` ([`ObjectKind`]). What can be done about
//! operators and tokens, and what is refused, is in `management/`.

mod audit;
mod built_in;
mod codes;
mod error;
pub mod field;
mod four_eyes;
mod given;
mod kept_lists;
mod makers;
mod management;
mod names;
mod operators;
mod own_login;
pub mod password;
mod preferences;
mod roles;
mod second_factor;
mod subject;
mod tokens;

pub use audit::{
    Access, AuditAction, AuditDownload, AuditEntry, AuditFilter, AuditFinding, AuditLog,
    AuditObject, AuditReport, AuditTrace, Decision, KeptSeal, Look, Looks, NotASeal, ObjectKind,
    ObjectPage, Sealer, verify as verify_audit_log,
};
pub use built_in::Operators;
pub use codes::NewSecondFactor;
pub use error::AccessError;
pub use four_eyes::{Eyes, eyes_of};
pub use given::GivenPassword;
pub use kept_lists::{KeptLists, LONGEST_NAME, ListView, ListViewError, MOST_VIEWS};
pub use management::{
    AccessManagement, CheckedOperator, CheckedToken, Invitation, Invitations, Invited,
    OperatorInput, TokenInput,
};
pub use names::{Actor, ActorNames};
pub use operators::{Operator, OperatorDirectory, OperatorId, OperatorLogin, PasswordState};
pub use own_login::OwnLoginError;
pub use preferences::{Preference, Preferences};
pub use roles::{Permission, Role, UnknownRole};
pub use second_factor::Enrolled;
pub use subject::Subject;
pub use tokens::{ApiToken, ApiTokenId, ApiTokens, TokenState};
