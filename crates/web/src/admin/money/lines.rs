//! What is on the lists, line by line, whichever list it is.

use ::credit::{ProposalRow, ProposalStatus};
use ::deposit::{DepositRow, WithdrawalRow, WithdrawalStatus};
use chrono::{DateTime, Utc};
use kernel::{Cursor, Page};
use uuid::Uuid;

use super::states;
use crate::format::State;

/// One of what is on a list.
pub struct Line {
    /// What tells it from the others: the short number, or the UUID where it has none.
    pub id: String,
    /// Whether that is a number which people know it by.
    pub has_number: bool,
    /// Whose it is.
    pub customer: Uuid,
    pub cents: i64,
    pub state: State,
    /// Whether it waits for somebody to confirm or decide it.
    pub waits: bool,
    /// What it is known by, or what it is for.
    pub known: Option<String>,
    pub at: DateTime<Utc>,
}

/// A page of a list.
pub struct Lines {
    pub lines: Vec<Line>,
    pub next: Option<Cursor>,
}

impl Lines {
    pub fn of<Row: Into<Line>>(page: Page<Row>) -> Self {
        Self {
            lines: page.rows.into_iter().map(Into::into).collect(),
            next: page.next,
        }
    }
}

impl From<WithdrawalRow> for Line {
    fn from(row: WithdrawalRow) -> Self {
        Self {
            id: row.public_id.0,
            has_number: true,
            customer: row.customer_id.into(),
            cents: row.amount.cents(),
            state: states::withdrawal(row.status),
            waits: row.status == WithdrawalStatus::PendingConfirmation,
            known: row.reference,
            at: row.created_at,
        }
    }
}

impl From<DepositRow> for Line {
    fn from(row: DepositRow) -> Self {
        Self {
            id: row.public_id.0,
            has_number: true,
            customer: row.customer_id.into(),
            cents: row.amount.cents(),
            state: states::deposit(row.status),
            waits: false,
            known: row.reference,
            at: row.created_at,
        }
    }
}

impl From<ProposalRow> for Line {
    fn from(row: ProposalRow) -> Self {
        Self {
            id: row.id.to_string(),
            has_number: false,
            customer: row.customer_id.into(),
            cents: row.amount.cents(),
            state: states::proposal(row.status),
            waits: row.status == ProposalStatus::PendingApproval,
            known: row.purpose,
            at: row.created_at,
        }
    }
}
