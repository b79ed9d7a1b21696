//! Migrations and database roles, on a real PostgreSQL.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod case;
mod outbox;
mod roles;
