//! From a verified customer to an active one: the steps, their retries, their state (`docs/RULES.md`, *Provisioning*).
//!
//! Begin with `transitions.rs`: the life of a step as one table. `rows` alone writes it down, under the locks that it promises. [`Starter`]
//! hears what happens to customers and decides about their steps (`queue`); [`StepLoop`] runs what is due, batch by batch (`run`), and
//! writes what came of it (`outcome`, `finish`); [`recovery`] pulls forward what sleeps when what it waits for is back; [`board`] shows it
//! to operators. A step asks its [`Proof`] just before each effect outside, and what came too late all the same is repaired
//! (`late_effects`; `docs/decisions/0006-ownership.md`).
//!
//! *Standing* steps (access, notices, closing) are no part of *provisioning done*: they are wanted anew whenever the facts change, and
//! what is outside is compared with the facts again now and then, for ever (`recheck`).
//!
//! One of them is a prospect's: the mail with the verification link (`steps/verification_link.rs`), which is asked for through
//! [`LinkSteps`].
//!
//! It isn't where logins, mails or ledger accounts are made: that is behind the ports (`identity`, `mail`, `ledger`). A new step is one
//! file in [`steps`] and one line in its list.

mod attempts_log;
pub mod board;
mod deposit_ledger;
mod erasure;
mod finish;
mod late_effects;
mod link_sender;
mod outcome;
mod presence;
mod proof;
mod queue;
mod recheck;
pub mod recovery;
mod requeue_access;
mod rows;
mod run;
mod side_by_side;
mod starter;
mod step_customer;
pub mod steps;
mod subjects;
mod transitions;

pub use board::{Board, StepState, StepView, WaitingCounts, WaitingGroup, WaitingStep, WaitsFor};
pub use deposit_ledger::DepositLedger;
pub use erasure::StepsErasure;
pub use link_sender::LinkSteps;
pub use proof::Proof;
pub use requeue_access::requeue_access;
pub use rows::erase_in_op;
pub use run::StepLoop;
pub use starter::Starter;
pub use steps::Ports;

/// Notified when a step falls due.
pub const CHANNEL: &str = "usher_provisioning";
/// Notified when a standing step falls due: most customers never have one, and their loops sleep on.
pub const STANDING_CHANNEL: &str = "usher_provisioning_standing";
