//! Sumsub, played on one's own machine: for `usher dev` and tests, never for `usher serve`.
//!
//! It answers the REST calls that [`sumsub::Client`] makes, checking token, clock and signature as Sumsub does; it
//! shows a page behind each verification link where one plays the applicant and Sumsub's reviewer; and it
//! sends the signed webhooks, with Sumsub's retries on a shorter clock. Switches make it send twice, late, out of
//! order, never, from the sandbox, or wrongly signed.

mod config;
mod events;
mod origin;
mod pages;
mod rest;
mod rest_error;
mod sender;
mod simulator;
mod store;
mod switches;

pub use config::{Level, SimulatorConfig};
pub use simulator::{Simulator, SimulatorError};
pub use switches::Switches;
