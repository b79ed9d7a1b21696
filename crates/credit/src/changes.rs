//! Telling of changes.

use customer::primitives::CustomerId;
use futures::{Stream, StreamExt as _};

use crate::{Credit, CreditFacilityProposalId, event::CreditEvent};

/// A proposal was made or changed; look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditChanged {
    /// The customer whose proposal changed.
    pub customer: CustomerId,
    /// The proposal that changed.
    pub proposal: CreditFacilityProposalId,
}

impl Credit {
    /// Tells of every change from now on, from any server on the database.
    pub fn subscribe(&self) -> impl Stream<Item = CreditChanged> + Send + 'static {
        self.outbox.changes().filter_map(|event| async move {
            let event: CreditEvent = event.read().ok()?;
            let proposed = event.proposed();
            Some(CreditChanged {
                customer: proposed.customer_id,
                proposal: proposed.credit_facility_proposal_id.into(),
            })
        })
    }
}
