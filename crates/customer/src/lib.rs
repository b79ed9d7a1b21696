//! Prospects, customers and Sumsub's callbacks: who may become a customer of the bank, and stays one.
//!
//! It isn't what follows from that: logins, mails and accounts are made by `provisioning`, money moves in `deposit`, and who may
//! do what is decided by `access`. It knows no page and no API.
//!
//! Begin with the rules, which are pure functions: [`kyc`] (what a callback does, whose it is, what an operator may do when; the tables of
//! `docs/RULES.md`). Around them:
//!
//! - [`onboarding`]: the service that panel, portal and API call; [`list`], [`search`], [`history`], [`worklist`]: what it shows
//! - [`prospect`], [`customer`]: the event-sourced entities; [`event`]: what others hear of
//! - [`callback_log`]: callbacks as they are stored and processed; [`refresh`]: asking Sumsub
//! - [`notes`]: what the bank's people write down about somebody; [`notices`]: what came in for one of them
//! - [`link_mail`]: the verification link by e-mail, and what goes out by itself
//! - [`import`]: prospects from a file; [`selection`]: one act on several
//! - [`statistics`]: how far prospects come, how long it takes, and why Sumsub declines
//! - [`raised`]: what a person has to look at, and has looked at; [`owners`]: who belongs to a company

pub mod callback_log;
pub mod contact;
mod contact_claims;
pub mod customer;
pub mod duplicates;
pub mod event;
pub mod field;
pub mod history;
mod identity;
pub mod import;
mod input;
pub mod kyc;
pub mod levels;
pub mod link_mail;
pub mod list;
mod name;
pub mod notes;
pub mod notices;
pub mod onboarding;
pub mod owners;
pub mod personal_data;
pub mod ports;
pub mod primitives;
pub mod prospect;
pub mod raised;
pub mod refresh;
pub mod search;
pub mod selection;
pub mod statistics;
pub mod worklist;

pub use input::{CheckedInput, ProspectInput};
pub use onboarding::{Changed, Onboarding, Settings};
