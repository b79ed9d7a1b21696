//! What the list of prospects is narrowed and sorted by.

use ::customer::list::{Created, ProspectFilter};
use async_graphql::{Enum, InputObject};

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
}

impl From<ProspectsFilter> for ProspectFilter {
    fn from(filter: ProspectsFilter) -> Self {
        ProspectFilter {
            attention: filter.attention.map(Into::into),
            stage: filter.stage.map(Into::into),
            customer_type: filter.customer_type.map(Into::into),
            search: filter.search,
            created: Created {
                from: filter.created_from.map(|from| from.0),
                before: filter.created_to.map(|to| to.0),
            },
            in_stage_since: filter.in_stage_since.map(|since| since.0),
            reason: filter.reason,
        }
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
