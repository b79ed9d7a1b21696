//! What the list of prospects is narrowed and sorted by.

use ::customer::list::{Assigned, Created, ProspectFilter, Snoozed};
use async_graphql::{Enum, InputObject};
use uuid::Uuid;

use super::{CustomerType, ProspectAttention, ProspectStage};
use crate::{connection::SortDirection, scalars::Timestamp};

/// The prospects that a list has; all that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct ProspectsFilter {
    /// At this stage.
    stage: Option<ProspectStage>,
    /// Of this type.
    customer_type: Option<CustomerType>,
    /// A part of the e-mail address (of one or two characters: its beginning), in any case, or the public id.
    search: Option<String>,
    /// Waiting for a person for this.
    attention: Option<ProspectAttention>,
    /// Created at this time or later.
    created_from: Option<Timestamp>,
    /// Created before this time.
    created_to: Option<Timestamp>,
    /// At its stage since this time, or longer.
    in_stage_since: Option<Timestamp>,
    /// Declined with this label of Sumsub's, for example `FORGERY`, as long as the answer stands.
    reason: Option<String>,
    /// Of this operator: a `userId`, for example of `me`.
    assignee_id: Option<Uuid>,
    /// Of nobody; `false` says nothing.
    unassigned: Option<bool>,
    /// Snoozed by now; `false`: all but those.
    snoozed: Option<bool>,
}

impl ProspectsFilter {
    /// The same as the domain has it; none when nobody can be all of it at once.
    pub(crate) fn into_domain(self) -> Option<ProspectFilter> {
        Some(ProspectFilter {
            attention: self.attention.map(Into::into),
            stage: self.stage.map(Into::into),
            customer_type: self.customer_type.map(Into::into),
            search: self.search,
            created: Created {
                from: self.created_from.map(|from| from.0),
                before: self.created_to.map(|to| to.0),
            },
            in_stage_since: self.in_stage_since.map(|since| since.0),
            reason: self.reason,
            assigned: assigned(self.assignee_id, self.unassigned).ok()?,
            snoozed: self.snoozed.map(|snoozed| {
                if snoozed {
                    Snoozed::Only
                } else {
                    Snoozed::LeftOut
                }
            }),
        })
    }
}

/// Two conditions of a filter that no record can meet at once.
pub(crate) struct NobodyIsBoth;

/// Whose the records of a list are.
///
/// # Errors
/// When they are to be somebody's and nobody's.
pub(crate) fn assigned(
    assignee_id: Option<Uuid>,
    unassigned: Option<bool>,
) -> Result<Option<Assigned>, NobodyIsBoth> {
    match (assignee_id, unassigned) {
        (Some(_), Some(true)) => Err(NobodyIsBoth),
        (Some(id), _) => Ok(Some(Assigned::To(id.into()))),
        (None, Some(true)) => Ok(Some(Assigned::Nobody)),
        (None, _) => Ok(None),
    }
}

/// The order of prospects.
#[derive(InputObject, Default)]
pub(crate) struct ProspectsSort {
    /// The field that decides the order.
    #[graphql(default)]
    pub(crate) by: ProspectsSortBy,
    /// Which end of the order comes first.
    #[graphql(default)]
    pub(crate) direction: SortDirection,
}

/// What prospects are sorted by.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ProspectsSortBy {
    /// The time of creation.
    #[default]
    CreatedAt,
}
