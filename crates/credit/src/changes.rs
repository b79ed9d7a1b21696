//! Telling of changes.

use customer::{
    event::{CreditFacilityProposed, OnboardingEvent},
    primitives::CustomerId,
};
use futures::{Stream, StreamExt as _};

use crate::{Credit, CreditFacilityProposalId};

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
        self.outbox
            .changes()
            .filter_map(|event| async move { changed(&event) })
    }
}

fn changed(event: &OnboardingEvent) -> Option<CreditChanged> {
    use OnboardingEvent::*;
    match event {
        CreditFacilityProposalCreated(proposed)
        | CreditFacilityProposalAccepted(proposed)
        | CreditFacilityProposalDeclinedByCustomer(proposed)
        | CreditFacilityProposalApproved(proposed)
        | CreditFacilityProposalDenied(proposed)
        | CreditFacilityProposalCancelled(proposed) => {
            let CreditFacilityProposed {
                credit_facility_proposal_id,
                customer_id,
                ..
            } = proposed;
            Some(CreditChanged {
                customer: *customer_id,
                proposal: (*credit_facility_proposal_id).into(),
            })
        }
        _ => None,
    }
}
