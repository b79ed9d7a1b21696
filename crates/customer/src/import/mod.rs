//! Prospects from a file: it is read, its rows are checked and kept, and who looked at them starts the import. Then each row becomes a
//! prospect once, in the background, as one that was typed in does.
//!
//! Begin with `file.rs` (what is read of a file) and `check.rs` (what is wrong with a row), which are pure functions.

mod check;
mod file;
mod rows;
mod service;
mod view;
mod work;

use kernel::vocabulary;

pub use file::{BYTES_AT_MOST, FileProblem, ROWS_AT_MOST};
pub use view::{Import, ImportRow, ImportRows, RowCounts, RowsAsked};
pub use work::Importer;

pub(crate) use rows::erase_person;

/// Notified when an import was started.
const CHANNEL: &str = "usher_imports";

vocabulary! {
    /// What becomes of a row of an imported file.
    RowOutcome {
        Error => "Error",
        AlreadyThere => "Already there",
        Ready => "Can be created",
        Queued => "Waits",
        Created => "Created",
    }
}
