//! On a real PostgreSQL: one of everything, whoever else is at it; no account overdrawn.

mod books;
mod chart;
mod opening;
mod support;
