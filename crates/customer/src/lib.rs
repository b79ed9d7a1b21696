//! Prospects, customers and Sumsub's callbacks: the rules of onboarding.
//!
//! - [`kyc`]: what a callback means, as pure functions (lay [`kyc::judgement`] beside `design.md`)
//! - [`prospect`], [`customer`]: the event-sourced entities
//! - [`callback_log`]: callbacks as they are stored and processed; [`refresh`]: asking Sumsub
//! - [`credit`]: who may be considered for a credit facility
//! - [`raised`], [`waits`]: what a person has to look at, [`resolved`]: what one has; [`owners`]: who belongs to a company
//! - [`onboarding`]: the domain service that every door calls; [`list`], [`history`]: what it shows

pub mod callback_log;
pub mod contact;
mod counts;
pub mod credit;
pub mod customer;
mod duplicates;
pub mod event;
pub mod field;
pub mod history;
mod identity;
mod input;
pub mod kyc;
pub mod levels;
pub mod list;
pub mod onboarding;
pub mod owners;
pub mod personal_data;
pub mod ports;
pub mod primitives;
pub mod prospect;
pub mod raised;
pub mod refresh;
pub mod resolved;
mod taken;
pub mod waits;

pub use input::{CheckedInput, ProspectInput};
pub use onboarding::{Changed, Onboarding, Settings};
