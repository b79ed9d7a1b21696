//! Sumsub, as this house talks with it: the REST client, the webhook signature, the wire types.
//!
//! Facts about Sumsub come from its public documentation (<https://docs.sumsub.com>).

mod applicant;
mod client;
mod config;
mod error;
mod examine;
mod fields;
mod request;
mod retry;
mod secret;
pub mod signature;
mod transport;
pub mod webhook;

pub use applicant::{Address, Applicant, Beneficiary, Company, Info, Review};
pub use client::Client;
pub use config::SumsubConfig;
pub use error::SumsubError;
pub use examine::Right;
pub use fields::time as parse_time;
pub use request::{ApplicantType, Link, LinkRequest, Redirect, TestCompleted};
pub use secret::Secret;
