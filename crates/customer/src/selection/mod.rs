//! One act on several prospects: each by the same rules, permission and audit entry as alone, each with an outcome of its own.

mod rows;
mod service;

use access::Subject;
use chrono::{DateTime, Utc};
use kernel::vocabulary;
use uuid::Uuid;

use crate::primitives::Stage;

pub(crate) use rows::erase;

/// So many prospects at once at most.
pub const SELECTED_AT_MOST: usize = 100;

vocabulary! {
    /// What can be done to several prospects at once.
    SelectionAct {
        SendLink => "Send link",
        Remind => "Remind",
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
    /// The public ids of the prospects, [`SELECTED_AT_MOST`] of them at most.
    pub public_ids: &'a [String],
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
    /// Who did it, as the audit log names subjects.
    pub begun_by: String,
    /// When it was done.
    pub begun_at: DateTime<Utc>,
    /// The prospects, in the order in which they were selected.
    pub prospects: Vec<Selected>,
}

impl Selection {
    /// How many of them it was done to.
    #[must_use]
    pub fn done(&self) -> usize {
        let done = self.prospects.iter();
        done.filter(|selected| selected.outcome == Some(SelectedOutcome::Done))
            .count()
    }

    /// Whether some were not tried: the process died in the middle.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.prospects
            .iter()
            .any(|selected| selected.outcome.is_none())
    }

    /// Whether this subject began it.
    #[must_use]
    pub fn is_of(&self, subject: &Subject) -> bool {
        self.begun_by == subject.as_text()
    }
}
