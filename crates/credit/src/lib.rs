//! Credit facility proposals: made by an operator, accepted or declined by the customer, decided by another operator.
//!
//! - [`rules`]: who may do what when, as one table (docs/RULES.md, "Credit"); [`eligibility()`]: whether a customer may be considered
//!   at all
//! - [`NewProposal`], [`Purpose`], [`Note`]: what people type
//! - [`CreditFacilityProposal`]: the event-sourced entity; [`event`]: what others hear of
//! - [`Credit`]: the domain service that every door calls, and the subscriber that cancels what is open once its customer
//!   can't be considered any more
//!
//! Whoever changes a proposal locks the customer's row first and looks at how the customer stands, and stood since the
//! proposal was made: a rejection, a deactivation or a closing can't be overtaken, not even by its own undoing. An approval
//! stands; the bank's credit system hears of it by the outbox.

mod changes;
mod eligibility;
pub mod event;
pub mod field;
mod history;
mod lists;
mod new_proposal;
mod primitives;
mod proposals;
pub mod rules;
mod service;
mod sums;
mod text;

pub use changes::CreditChanged;
pub use eligibility::{Eligibility, EligibilityFacts, Ineligible, eligibility};
pub use history::timeline;
pub use lists::{PAGE_AT_MOST, ProposalRow};
pub use new_proposal::NewProposal;
pub use primitives::{CreditFacilityProposalId, ProposalStatus};
pub use proposals::{CreditFacilityProposal, CreditFacilityProposalEvent};
pub use service::Credit;
pub use text::{Note, Purpose, TextError};
