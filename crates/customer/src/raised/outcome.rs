//! What becomes of several items that are to be resolved.

use super::RaisedItem;

/// What became of one of several items that were to be resolved.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The number of the item.
    pub id: i64,
    /// As it was open.
    pub item: Option<RaisedItem>,
    /// What became of it.
    pub became: Became,
}

/// What became of an item that was to be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is resolved now.
    Resolved,
    /// Somebody had resolved it before.
    WasResolved,
    /// There is no such item.
    Unknown,
    /// It could not be done (now).
    Failed,
}
