use access::{AuditObject, ObjectKind};
use chrono::{DateTime, Utc};
use customer::primitives::CustomerId;
use es_entity::*;
use kernel::{Amount, Reason};

use super::CreditFacilityProposalEvent;
use crate::{
    CreditFacilityProposalId, Ineligible, ProposalRow, ProposalStatus,
    event::CreditFacilityProposed,
};

/// A credit facility that the bank might grant a customer.
#[derive(EsEntity)]
pub struct CreditFacilityProposal {
    /// The proposal's UUID.
    pub id: CreditFacilityProposalId,
    /// The customer who may accept it.
    pub customer_id: CustomerId,
    pub(crate) customer_version: usize,
    /// The facility's amount, in whole US cents.
    pub amount: Amount,
    /// Where it stands.
    pub status: ProposalStatus,
    /// Who made it, as the audit log names subjects.
    pub proposed_by: String,
    /// Why it was cancelled; none unless it was.
    pub cancelled_because: Option<Ineligible>,
    purpose: Forgettable<String>,
    note: Forgettable<String>,
    decision_reason: Forgettable<String>,
    events: EntityEvents<CreditFacilityProposalEvent>,
}

impl CreditFacilityProposal {
    /// When it was made.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.events
            .entity_first_persisted_at()
            .unwrap_or_else(Utc::now)
    }

    /// What for; none once it is erased.
    #[must_use]
    pub fn purpose(&self) -> Option<String> {
        self.purpose.value().map(|value| value.clone())
    }

    /// What colleagues should know, never for the customer; none when nothing was typed, and once it is erased.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.note.value().map(|value| value.clone())
    }

    /// Why it was decided so; none when nothing was typed, and once it is erased.
    #[must_use]
    pub fn decision_reason(&self) -> Option<String> {
        self.decision_reason.value().map(|value| value.clone())
    }

    /// Everything that happened, oldest first, with the time of each.
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &CreditFacilityProposalEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
    }

    /// As it stands in a list, without what the customer may not see.
    #[must_use]
    pub fn row(&self) -> ProposalRow {
        ProposalRow {
            id: self.id,
            customer_id: self.customer_id,
            amount: self.amount,
            purpose: self.purpose(),
            status: self.status,
            created_at: self.created_at(),
        }
    }

    pub(crate) fn accept(&mut self, by: String) {
        self.status = ProposalStatus::PendingApproval;
        self.events
            .push(CreditFacilityProposalEvent::Accepted { by });
    }

    pub(crate) fn decline(&mut self, by: String) {
        self.status = ProposalStatus::CustomerDenied;
        self.events
            .push(CreditFacilityProposalEvent::DeclinedByCustomer { by });
    }

    pub(crate) fn approve(&mut self, reason: Option<&Reason>, by: String) {
        self.status = ProposalStatus::Approved;
        self.decision_reason = forgettable(reason);
        let reason = self.decision_reason.clone();
        self.events
            .push(CreditFacilityProposalEvent::Approved { reason, by });
    }

    pub(crate) fn deny(&mut self, reason: Option<&Reason>, by: String) {
        self.status = ProposalStatus::Denied;
        self.decision_reason = forgettable(reason);
        let reason = self.decision_reason.clone();
        self.events
            .push(CreditFacilityProposalEvent::Denied { reason, by });
    }

    pub(crate) fn cancel(&mut self, cause: Ineligible) {
        self.status = ProposalStatus::Cancelled;
        self.cancelled_because = Some(cause);
        self.events
            .push(CreditFacilityProposalEvent::Cancelled { cause });
    }

    pub(crate) fn proposed(&self) -> CreditFacilityProposed {
        CreditFacilityProposed {
            credit_facility_proposal_id: self.id.into(),
            customer_id: self.customer_id,
            amount: self.amount.cents(),
        }
    }

    /// As the audit log names it.
    pub(crate) fn object(&self) -> AuditObject {
        ObjectKind::CreditProposal.id(self.id)
    }

    pub(crate) fn status_name(&self) -> String {
        self.status.name().to_owned()
    }
}

fn forgettable(reason: Option<&Reason>) -> Forgettable<String> {
    reason.map_or_else(Forgettable::forgotten, Forgettable::from)
}

impl TryFromEvents<CreditFacilityProposalEvent> for CreditFacilityProposal {
    fn try_from_events(
        events: EntityEvents<CreditFacilityProposalEvent>,
    ) -> Result<Self, EntityHydrationError> {
        use CreditFacilityProposalEvent::*;
        let mut hydrator = CreditFacilityProposal::hydrator();
        hydrator.decision_reason(Forgettable::forgotten());
        for event in events.iter_all() {
            match event {
                Initialized {
                    id,
                    customer_id,
                    customer_version,
                    amount,
                    purpose,
                    note,
                    by,
                } => {
                    hydrator
                        .id(*id)
                        .customer_id(*customer_id)
                        .customer_version(*customer_version)
                        .amount(*amount)
                        .purpose(purpose.clone())
                        .note(note.clone())
                        .proposed_by(by.clone())
                        .status(ProposalStatus::PendingCustomerApproval);
                }
                Accepted { .. } => {
                    hydrator.status(ProposalStatus::PendingApproval);
                }
                DeclinedByCustomer { .. } => {
                    hydrator.status(ProposalStatus::CustomerDenied);
                }
                Approved { reason, .. } => {
                    hydrator
                        .status(ProposalStatus::Approved)
                        .decision_reason(reason.clone());
                }
                Denied { reason, .. } => {
                    hydrator
                        .status(ProposalStatus::Denied)
                        .decision_reason(reason.clone());
                }
                Cancelled { cause } => {
                    hydrator
                        .status(ProposalStatus::Cancelled)
                        .cancelled_because(*cause);
                }
            }
        }
        hydrator.build(events)
    }
}

/// A proposal to be made.
#[derive(Debug)]
pub struct NewCreditFacilityProposal {
    pub(crate) id: CreditFacilityProposalId,
    pub(crate) customer_id: CustomerId,
    pub(crate) customer_version: usize,
    pub(crate) amount: Amount,
    pub(crate) purpose: String,
    pub(crate) note: Option<String>,
    pub(crate) by: String,
}

impl NewCreditFacilityProposal {
    pub(crate) fn status_at_start(&self) -> String {
        ProposalStatus::PendingCustomerApproval.name().to_owned()
    }

    pub(crate) fn purpose_column(&self) -> Option<String> {
        Some(self.purpose.clone())
    }
}

impl IntoEvents<CreditFacilityProposalEvent> for NewCreditFacilityProposal {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<CreditFacilityProposalEvent, FromCaller>,
    ) -> EntityEvents<CreditFacilityProposalEvent> {
        builder.initial_events(
            self.id,
            [CreditFacilityProposalEvent::Initialized {
                id: self.id,
                customer_id: self.customer_id,
                customer_version: self.customer_version,
                amount: self.amount,
                purpose: Forgettable::new(self.purpose),
                note: self
                    .note
                    .map_or_else(Forgettable::forgotten, Forgettable::new),
                by: self.by,
            }],
        )
    }
}
