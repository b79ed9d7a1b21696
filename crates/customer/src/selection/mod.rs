//! One act on several prospects: each by the same rules, permission and audit entry as alone, each with an outcome of its own.

mod rows;
mod service;
mod work;

use access::OperatorId;
use chrono::{DateTime, Utc};
use kernel::vocabulary;
use uuid::Uuid;

use crate::primitives::Stage;

pub(crate) use rows::erase;
pub use work::SelectionWorker;

/// So many prospects at once at most.
pub const SELECTED_AT_MOST: usize = 1000;
/// Of more than [`AT_ONCE`] so many are shown, and those to whom it was not done.
const SHOWN: usize = 50;
/// So many are done to while who asked waits; with more it is done in the background.
const AT_ONCE: usize = 100;

/// Notified when there is something to do in the background.
const CHANNEL: &str = "usher_selections";

vocabulary! {
    /// What can be done to several prospects at once.
    SelectionAct {
        SendLink => "Send link",
        Remind => "Remind",
        Assign => "Assign",
        Close => "Close",
    }
}

impl SelectionAct {
    /// Whether it wants a reason, one for all.
    #[must_use]
    pub fn wants_reason(self) -> bool {
        self == Self::Close
    }
}

/// A prospect that was selected.
#[derive(Clone)]
pub struct Selected {
    /// The UUID that prospect and customer share.
    pub id: Uuid,
    /// The short number that people quote.
    pub public_id: String,
    /// What the person or company is called; none until Sumsub has told it, and once it is erased.
    pub name: Option<String>,
    /// None once it is erased.
    pub email: Option<String>,
    /// Where it stands now.
    pub stage: Stage,
    /// What came of it; none while it was not tried.
    pub outcome: Option<SelectedOutcome>,
}

/// What came of the act on one prospect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectedOutcome {
    /// It was done, or was so already.
    Done,
    /// It was not, for this reason.
    NotDone(String),
}

/// What is to be done, to whom.
#[derive(Debug, Clone)]
pub struct NewSelection<'a> {
    /// Given by the form, so that a form sent twice does it once.
    pub id: Uuid,
    /// What is to be done.
    pub act: SelectionAct,
    /// Why, when the act wants a reason.
    pub reason: &'a str,
    /// Whose they are to be, when they are assigned; none: nobody's.
    pub assignee: Option<OperatorId>,
    /// The public ids of the prospects, [`SELECTED_AT_MOST`] of them at most.
    pub public_ids: &'a [String],
}

/// Those whom somebody selected.
pub struct Whom {
    /// All of them, each once.
    pub public_ids: Vec<String>,
    /// All of them, or the first when they are many.
    pub shown: Vec<Selected>,
}

/// What was done to several prospects, and what came of it.
#[derive(Clone)]
pub struct Selection {
    /// Its own id.
    pub id: Uuid,
    /// What was to be done.
    pub act: SelectionAct,
    /// Why; none once one of them is erased.
    pub reason: Option<String>,
    /// Whose they were to be, when they were assigned; none: nobody's.
    pub assignee: Option<OperatorId>,
    /// Who did it, as the audit log names subjects.
    pub begun_by: String,
    /// When it was done.
    pub begun_at: DateTime<Utc>,
    /// How many they are.
    pub total: usize,
    /// How many of them it was done to.
    pub done: usize,
    /// How many of them it could not be done to.
    pub not_done: usize,
    /// Whether it goes on by itself.
    pub is_under_way: bool,
    /// The prospects, in the order in which they were selected: all of them, or when they are many the first, and those to whom it
    /// was not done.
    pub shown: Vec<Selected>,
}
