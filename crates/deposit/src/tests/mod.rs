//! On a real PostgreSQL: one of everything, whoever else is at it; no account overdrawn.

mod books;
mod chart;
mod closing;
mod opening;
mod support;
