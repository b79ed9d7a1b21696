//! Prospects: the GraphQL type, its queries, its mutations and its subscription.

mod enums;
mod filter;
mod mutations;
mod note;
mod object;
mod personal_info;
mod queries;
mod rejection;
mod subscription;

pub(crate) use enums::{
    CustomerType, KycLevel, KycStatus, ProspectAttention, ProspectStage, ProspectStatus,
};
pub(crate) use filter::assigned;
pub(crate) use mutations::ProspectMutations;
pub(crate) use note::Note;
pub(crate) use object::Prospect;
pub(crate) use personal_info::PersonalInfo;
pub(crate) use queries::ProspectQueries;
pub(crate) use subscription::ProspectSubscription;
