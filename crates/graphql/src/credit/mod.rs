//! Credit facility proposals: the GraphQL type, its queries and its mutations.

mod enums;
mod mutations;
mod object;
mod queries;

pub(crate) use enums::{CreditFacilityIneligibility, CreditFacilityProposalStatus};
pub(crate) use mutations::CreditMutations;
pub(crate) use object::{CreditFacilityProposal, ProposalBatch};
pub(crate) use queries::CreditQueries;
