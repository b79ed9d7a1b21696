//! Prospects, customers and Sumsub's callbacks: the rules of onboarding.
//!
//! - [`kyc`]: what a callback means, as pure functions (the tables of `docs/RULES.md`)
//! - [`prospect`], [`customer`]: the event-sourced entities
//! - [`callback_log`]: callbacks as they are stored and processed; [`refresh`]: asking Sumsub
//! - [`credit`]: who may be considered for a credit facility
//! - [`raised`]: what a person has to look at, and has looked at; [`worklist`]: how much waits; [`owners`]: who belongs to a company
//! - [`onboarding`]: the domain service that panel, portal and programs call; [`list`], [`history`]: what it shows

pub mod callback_log;
pub mod contact;
mod contact_claims;
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
mod stage_counts;
pub mod worklist;

pub use input::{CheckedInput, ProspectInput};
pub use onboarding::{Changed, Onboarding, Settings};
