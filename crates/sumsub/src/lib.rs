//! Sumsub, as this house talks with it: the REST client, the webhook signature, the wire types.
//!
//! Facts about Sumsub come from its public documentation (<https://docs.sumsub.com>).

mod fields;
mod secret;
pub mod webhook;

pub use secret::Secret;
