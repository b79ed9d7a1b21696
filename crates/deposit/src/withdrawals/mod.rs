//! Withdrawals as event-sourced entities.

mod entity;
mod repo;

pub use entity::{Withdrawal, WithdrawalEvent};
pub(crate) use {entity::NewWithdrawal, repo::WithdrawalRepo};
