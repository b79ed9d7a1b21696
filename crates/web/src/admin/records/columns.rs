//! The columns of the lists of prospects and customers, on the page and in the file.

use access::{ActorNames, OperatorId};
use chrono::{DateTime, SecondsFormat, Utc};
use customer::list::{CustomerRow, ProspectRow};

use crate::{admin::AdminState, error_page::PageError};

/// A column. What both lists have is one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    PublicId,
    Name,
    Email,
    CustomerType,
    /// The stage of a prospect, the status of a customer.
    State,
    /// Since when a prospect stands at its stage.
    Since,
    /// The KYC status of a prospect, the verification of a customer.
    Verification,
    /// Why Sumsub declined a prospect.
    Reason,
    /// Whose it is among the bank's people.
    Assignee,
    Created,
}

impl Column {
    /// Those of the prospects, in their order.
    pub const OF_PROSPECTS: &[Self] = &[
        Self::PublicId,
        Self::Name,
        Self::Email,
        Self::CustomerType,
        Self::State,
        Self::Since,
        Self::Verification,
        Self::Reason,
        Self::Assignee,
        Self::Created,
    ];
    /// Those of the customers, in their order.
    pub const OF_CUSTOMERS: &[Self] = &[
        Self::PublicId,
        Self::Name,
        Self::Email,
        Self::CustomerType,
        Self::State,
        Self::Verification,
        Self::Assignee,
        Self::Created,
    ];

    /// The name under which the choice of it is kept and sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PublicId => "public_id",
            Self::Name => "name",
            Self::Email => "email",
            Self::CustomerType => "type",
            Self::State => "state",
            Self::Since => "since",
            Self::Verification => "verification",
            Self::Reason => "reason",
            Self::Assignee => "assignee",
            Self::Created => "created",
        }
    }

    /// Whether one may do without it: the e-mail address leads to the record.
    pub fn is_a_choice(self) -> bool {
        self != Self::Email
    }

    /// Those of `all` that were chosen by name; none was chosen: `usual`.
    pub fn chosen(all: &[Self], chosen: Option<&[String]>, usual: Vec<Self>) -> Vec<Self> {
        let Some(chosen) = chosen else {
            return usual;
        };
        let kept = |column: &Self| {
            !column.is_a_choice() || chosen.iter().any(|name| name == column.name())
        };
        all.iter().copied().filter(kept).collect()
    }

    /// What it is called above the prospects.
    pub const fn of_prospects(self) -> &'static str {
        match self {
            Self::PublicId => "Public ID",
            Self::Name => "Name",
            Self::Email => "E-mail",
            Self::CustomerType => "Customer type",
            Self::State => "Stage",
            Self::Since => "In stage since",
            Self::Verification => "KYC status",
            Self::Reason => "Reason",
            Self::Assignee => "Assigned to",
            Self::Created => "Created",
        }
    }

    /// The class that gives it its width; none for the one that takes the rest.
    pub const fn class(self) -> &'static str {
        match self {
            Self::PublicId => "c-id",
            Self::Name => "c-name",
            Self::Email => "",
            Self::CustomerType => "c-type",
            Self::State | Self::Verification => "c-state",
            Self::Since | Self::Created => "c-when",
            Self::Reason => "c-why",
            Self::Assignee => "c-whose",
        }
    }

    /// What it is called above the customers.
    pub const fn of_customers(self) -> &'static str {
        match self {
            Self::State => "Status",
            Self::Verification => "Verification",
            other => other.of_prospects(),
        }
    }
}

/// What people call those whose the rows are, if one of the columns says so.
///
/// # Errors
/// When the database does not answer.
pub async fn assignees(
    state: &AdminState,
    mut columns: impl Iterator<Item = Column>,
) -> Result<ActorNames, PageError> {
    if columns.any(|column| column == Column::Assignee) {
        return Ok(state.operator_names().await?);
    }
    Ok(ActorNames::default())
}

/// A row as a file has it: times exact, states in words.
pub trait Cells {
    /// What stands in a column; `names` are those of the operators.
    fn cell(&self, column: Column, names: &ActorNames) -> String;
}

impl Cells for ProspectRow {
    fn cell(&self, column: Column, names: &ActorNames) -> String {
        match column {
            Column::PublicId => self.public_id.clone(),
            Column::Name => self.name.clone().unwrap_or_default(),
            Column::Email => self.email.clone().unwrap_or_default(),
            Column::CustomerType => self.customer_type.label().to_owned(),
            Column::State => self.stage.label().to_owned(),
            Column::Since => self.stage_since.map(exact).unwrap_or_default(),
            Column::Verification => self.kyc_status.label().to_owned(),
            Column::Reason => self.reasons.join(", "),
            Column::Assignee => whose(self.assignee, names),
            Column::Created => exact(self.created_at),
        }
    }
}

impl Cells for CustomerRow {
    fn cell(&self, column: Column, names: &ActorNames) -> String {
        match column {
            Column::PublicId => self.public_id.clone(),
            Column::Name => self.name.clone().unwrap_or_default(),
            Column::Email => self.email.clone().unwrap_or_default(),
            Column::CustomerType => self.customer_type.label().to_owned(),
            Column::State => self.activity.label().to_owned(),
            Column::Verification => self.verification.label().to_owned(),
            Column::Assignee => whose(self.assignee, names),
            Column::Created => exact(self.created_at),
            Column::Since | Column::Reason => String::new(),
        }
    }
}

fn whose(assignee: Option<OperatorId>, names: &ActorNames) -> String {
    assignee.map_or_else(String::new, |assignee| names.operator(assignee))
}

fn exact(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
