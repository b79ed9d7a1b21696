//! The private PostgreSQL of `usher dev`.

mod account;
mod cluster;
mod leftover;
mod process;
mod programs;

pub use cluster::Cluster;
pub use leftover::{stop as stop_leftover, works_in};
