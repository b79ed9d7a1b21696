//! Deposits as event-sourced entities.

mod entity;
mod repo;

pub use entity::{Deposit, DepositEvent};
pub(crate) use {entity::NewDeposit, repo::DepositRepo};
