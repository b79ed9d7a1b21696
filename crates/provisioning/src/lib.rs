//! From a verified customer to an active one: the steps, their retries, their state.
//!
//! [`start`] reacts to `CustomerKycUpdated` and writes the steps down; [`run`] drains them, batch by batch;
//! [`recovery`] pulls waiting steps forward when what they wait for is back; [`board`] shows them.
//! A new step is one file in [`steps`] and one line in [`steps::all`].

pub mod board;
mod presence;
pub mod recovery;
mod run;
pub mod start;
pub mod steps;

pub use board::{Board, StepState, StepView};
pub use run::StepLoop;
pub use start::Starter;
pub use steps::Ports;

/// Notified when a step falls due.
pub const CHANNEL: &str = "usher_provisioning";
