//! Prospects, customers and Sumsub's callbacks: the rules of onboarding.
//!
//! - [`kyc`]: what a callback means, as pure functions (lay [`kyc::judgement`] beside `design.md`)
//! - [`prospect`], [`customer`]: the event-sourced entities
//! - [`callback_log`]: callbacks as they are stored and processed
//! - [`onboarding`]: the domain service that every door calls; [`list`], [`history`]: what it shows

pub mod callback_log;
pub mod contact;
mod counts;
pub mod customer;
pub mod error;
pub mod event;
pub mod history;
mod input;
pub mod kyc;
pub mod levels;
pub mod list;
pub mod onboarding;
pub mod primitives;
pub mod prospect;
mod taken;

pub use error::OnboardingError;
pub use input::{CheckedInput, ProspectInput};
pub use onboarding::{Changed, Onboarding, Settings};
