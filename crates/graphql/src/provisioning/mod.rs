//! Provisioning: its steps, the board of what is not done yet, and what can be done about it.

mod mutations;
mod object;
mod queries;

pub(crate) use mutations::ProvisioningMutations;
pub(crate) use object::{ProvisioningGroup, ProvisioningStep, board};
pub(crate) use queries::ProvisioningQueries;
