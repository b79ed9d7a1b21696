//! What the list of customers is narrowed and sorted by.

use ::customer::{
    list::{Created, CustomerFilter},
    primitives::Activity,
};
use async_graphql::{Enum, InputObject};
use uuid::Uuid;

use super::{ActivityStatus, CustomerStatus};
use crate::{
    connection::SortDirection,
    prospects::{CustomerType, assigned},
    scalars::Timestamp,
};

/// The customers that a list has; all that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct CustomersFilter {
    /// With this status.
    status: Option<CustomerStatus>,
    /// With this activity; finer than `status`.
    activity_status: Option<ActivityStatus>,
    /// Of this type.
    customer_type: Option<CustomerType>,
    /// A part of the e-mail address (of one or two characters: its beginning), in any case, or the public id.
    search: Option<String>,
    /// Converted at this time or later.
    created_from: Option<Timestamp>,
    /// Converted before this time.
    created_to: Option<Timestamp>,
    /// Of this operator: a `userId`, for example of `me`.
    assignee_id: Option<Uuid>,
    /// Of nobody; `false` says nothing.
    unassigned: Option<bool>,
}

impl CustomersFilter {
    /// The same as the domain has it; none when nobody can be all of it at once.
    pub(crate) fn into_domain(self) -> Option<CustomerFilter> {
        let mut activity: Option<Activity> = self.activity_status.map(Into::into);
        let mut has_access = false;
        match (self.status, activity) {
            (None, _) => {}
            (Some(status), Some(activity)) if status == activity.into() => {}
            (Some(_), Some(_)) => return None,
            (Some(CustomerStatus::Active), None) => has_access = true,
            (Some(CustomerStatus::Frozen), None) => activity = Some(Activity::Inactive),
            (Some(CustomerStatus::Closed), None) => activity = Some(Activity::Closed),
        }
        Some(CustomerFilter {
            activity,
            has_access,
            customer_type: self.customer_type.map(Into::into),
            search: self.search,
            created: Created {
                from: self.created_from.map(|from| from.0),
                before: self.created_to.map(|to| to.0),
            },
            assigned: assigned(self.assignee_id, self.unassigned).ok()?,
        })
    }
}

/// The order of customers.
#[derive(InputObject, Default)]
pub(crate) struct CustomersSort {
    /// The field that decides the order.
    #[graphql(default)]
    pub(crate) by: CustomersSortBy,
    /// Which end of the order comes first.
    #[graphql(default)]
    pub(crate) direction: SortDirection,
}

/// What customers are sorted by.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CustomersSortBy {
    /// The time of conversion.
    #[default]
    CreatedAt,
}
