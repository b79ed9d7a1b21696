//! Operators, programs, their permissions and the audit log, on a real PostgreSQL.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod audit_chain;
mod audit_log;
mod audit_looks;
mod audit_vocabulary;
mod four_eyes;
mod kept_lists;
mod management;
mod operators;
mod own_login;
