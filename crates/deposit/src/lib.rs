//! Deposits and withdrawals: when a customer's money moves, by whom, and why.
//!
//! - [`rules`]: who may do what when, as one table (`docs/RULES.md`, "Money")
//! - [`Reference`]: what people type
//! - [`Deposit`], [`Withdrawal`]: the event-sourced entities, declared in one shape (`document/declare.rs`); what they moved
//!   stands in the ledger (crate `ledger`)
//! - [`event`]: what others hear of
//! - [`Deposits`]: the domain service that panel, API and portal call
//!
//! Whoever moves money locks the customer's row first, looks at the facts, and posts in the same transaction: a lock-out
//! that was committed before can't be overtaken. That an account is never overdrawn doesn't depend on it: the ledger
//! refuses by itself.

mod changes;
mod deposits;
mod document;
pub mod event;
pub mod field;
mod history;
mod lists;
mod movement;
mod primitives;
mod reconcile;
mod reference;
pub mod rules;
mod service;
mod sums;
mod withdrawals;

pub use changes::MoneyChanged;
pub use deposits::{Deposit, DepositEvent};
pub use document::{Document, DocumentKind};
pub use history::{deposit_history, withdrawal_history};
pub use lists::{DepositRow, PAGE_AT_MOST, WithdrawalRow};
pub use movement::NewMovement;
pub use primitives::{
    DEPOSIT, DepositId, DepositStatus, WITHDRAWAL, WithdrawalId, WithdrawalStatus,
};
pub use reconcile::{DocumentFinding, DocumentName, Reconciled, reconcile};
pub use reference::{Reference, ReferenceError};
pub use service::{
    Deposits, DocumentId, DocumentSummary, FoundDocument, SameReference, Settings, Told,
};
pub use withdrawals::{Withdrawal, WithdrawalEvent};
