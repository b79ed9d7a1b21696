//! The callback log: one row per callback. It is what operators see, what is processed, and what is reprocessed.
//!
//! [`ingest`] stores, [`drain`] processes, [`view`] shows and lets operators have a callback judged again.

mod batch;
mod claim;
pub mod drain;
pub mod ingest;
mod listing;
mod lookup;
mod member_standing;
mod one_by_one;
pub(crate) mod outcomes;
pub(crate) mod rejudge;
mod relations;
mod retries;
pub mod view;

/// Notified when there are callbacks to process.
pub const CHANNEL: &str = "usher_callbacks";
