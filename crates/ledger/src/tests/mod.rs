//! On a real PostgreSQL: one of everything, whoever else is at it; no account overdrawn.

mod books;
mod chart;
mod closing;
mod entries;
mod opening;
mod postings;
mod sums;
mod support;
mod upgrade;
