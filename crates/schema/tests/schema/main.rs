//! Migrations and database roles, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod case;
mod outbox;
mod roles;
