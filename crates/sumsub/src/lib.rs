//! Sumsub on the wire: the REST client, the webhook's digest, the wire types.
//!
//! Begin with [`Client`] (what we ask Sumsub) and [`webhook`] (what Sumsub tells us). It isn't where anything is concluded from that: what
//! an applicant or a callback means for a prospect is decided in `customer::kyc`.
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
