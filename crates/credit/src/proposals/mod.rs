//! Credit facility proposals as event-sourced entities.

mod entity;
mod event;
mod repo;

pub use entity::CreditFacilityProposal;
pub use event::CreditFacilityProposalEvent;
pub(crate) use {entity::NewCreditFacilityProposal, repo::ProposalRepo};
