//! From a verified customer to an active one: the steps, their retries, their state.
//!
//! [`start`] reacts to what happens to customers and brings their steps to what the facts say (the rows: `queue`); [`StepLoop`]
//! drains them, batch by batch (`run`, `finish`); [`recovery`] pulls waiting steps forward when what they wait for is back;
//! [`board`] shows them. A step asks its [`Proof`] just before each effect. Standing steps (access, notices, closing) are no part of *provisioning done* and are wanted anew
//! whenever the facts change; what is outside is compared with them again now and then, for ever (`looks`).
//! A new step is one file in [`steps`] and one line in [`steps::all`].

mod attempts_log;
pub mod board;
mod deposit_ledger;
mod erasure;
mod finish;
mod late_effects;
mod outcome;
mod presence;
mod proof;
mod queue;
mod recheck;
pub mod recovery;
mod requeue_access;
mod rows;
mod run;
mod starter;
mod step_customer;
pub mod steps;
mod transitions;

pub use board::{Board, StepState, StepView, WaitingGroup, WaitingStep, WaitsFor};
pub use deposit_ledger::DepositLedger;
pub use erasure::StepsErasure;
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
