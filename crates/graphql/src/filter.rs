//! What lists are narrowed and sorted by.

use ::customer::list;
use async_graphql::InputObject;

use crate::enums::{
    ActivityStatus, CustomerStatus, CustomerType, CustomersSortBy, ProspectAttention,
    ProspectStage, ProspectsSortBy, SortDirection,
};

/// Which prospects.
#[derive(InputObject, Default)]
pub(crate) struct ProspectsFilter {
    /// At this stage.
    pub(crate) stage: Option<ProspectStage>,
    /// Of this type.
    pub(crate) customer_type: Option<CustomerType>,
    /// A part of the e-mail address (of one or two characters: its beginning), in any case, or the public id.
    pub(crate) search: Option<String>,
    /// Waiting for a person for this.
    pub(crate) attention: Option<ProspectAttention>,
}

/// The order of prospects.
#[derive(InputObject)]
pub(crate) struct ProspectsSort {
    /// By what.
    #[graphql(default)]
    pub(crate) by: ProspectsSortBy,
    /// Which first.
    #[graphql(default)]
    pub(crate) direction: SortDirection,
}

/// Which customers.
#[derive(InputObject, Default)]
pub(crate) struct CustomersFilter {
    /// With this status.
    pub(crate) status: Option<CustomerStatus>,
    /// With this activity; finer than `status`.
    pub(crate) activity_status: Option<ActivityStatus>,
    /// Of this type.
    pub(crate) customer_type: Option<CustomerType>,
    /// A part of the e-mail address (of one or two characters: its beginning), in any case, or the public id.
    pub(crate) search: Option<String>,
}

/// The order of customers.
#[derive(InputObject)]
pub(crate) struct CustomersSort {
    /// By what.
    #[graphql(default)]
    pub(crate) by: CustomersSortBy,
    /// Which first.
    #[graphql(default)]
    pub(crate) direction: SortDirection,
}

impl CustomersFilter {
    /// The same as the domain has it; none when nobody can be all of it at once.
    pub(crate) fn into_domain(self) -> Option<list::CustomerFilter> {
        use ::customer::primitives::Activity;
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
        Some(list::CustomerFilter {
            activity,
            has_access,
            customer_type: self.customer_type.map(Into::into),
            search: self.search,
        })
    }
}
