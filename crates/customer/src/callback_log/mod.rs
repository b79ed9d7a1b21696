//! The callback log: one row per callback. It is what operators see, what is processed, and what is reprocessed.
//!
//! [`ingest`] stores, [`drain`] processes.

pub mod drain;
pub mod ingest;
mod lookup;
mod work;

/// Notified when there are callbacks to process.
pub const CHANNEL: &str = "usher_callbacks";
