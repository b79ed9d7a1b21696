//! The callback log: one row per callback. It is what operators see, what is processed, and what is reprocessed.
//!
//! [`ingest`] stores, [`drain`] processes, [`view`] shows and lets operators have a callback judged again.

mod batch;
pub mod drain;
mod failed;
pub mod ingest;
mod lookup;
pub(crate) mod mark_again;
mod relations;
mod standing;
pub mod view;
pub(crate) mod work;

/// Notified when there are callbacks to process.
pub const CHANNEL: &str = "usher_callbacks";
