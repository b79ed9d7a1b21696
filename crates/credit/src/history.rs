//! The history of a proposal, in words.

use access::AuditAction;
use customer::history::event_payload;
use es_entity::Forgettable;
use kernel::{HistoryEntry, TimelineEntry};

use crate::{CreditFacilityProposal, CreditFacilityProposalEvent};

/// A proposal's events, oldest first. Texts stand outside of the payloads.
#[must_use]
pub fn timeline(proposal: &CreditFacilityProposal) -> Vec<TimelineEntry> {
    use CreditFacilityProposalEvent::*;
    let words = proposal.history().map(|(at, event)| match event {
        Initialized { amount, by, .. } => {
            HistoryEntry::new(at, format!("Proposed: {amount} US dollars")).by(by)
        }
        Accepted { by } => HistoryEntry::new(at, "Accepted by the customer").by(by),
        DeclinedByCustomer { by } => HistoryEntry::new(at, "Declined by the customer").by(by),
        Approved { reason, by } => HistoryEntry::new(at, with_reason("Approved", reason)).by(by),
        Denied { reason, by } => HistoryEntry::new(at, with_reason("Denied", reason)).by(by),
        Cancelled { cause } => HistoryEntry::new(at, format!("Cancelled: {}", cause.cause())),
    });
    let acts = proposal.history().map(|(_, event)| {
        let action = match event {
            Initialized { .. } => AuditAction::CreditProposalPropose,
            Accepted { .. } => AuditAction::CreditProposalAccept,
            DeclinedByCustomer { .. } => AuditAction::CreditProposalDecline,
            Approved { .. } => AuditAction::CreditProposalApprove,
            Denied { .. } => AuditAction::CreditProposalDeny,
            Cancelled { .. } => AuditAction::CreditProposalCancel,
        };
        Some(action.on(proposal.object()))
    });
    let payloads = proposal.history().map(|(_, event)| event_payload(event));
    customer::history::timeline(words.collect(), payloads, acts)
}

/// A reason is optional, and may have been erased: then there is none to tell.
fn with_reason(what: &str, reason: &Forgettable<String>) -> String {
    match reason.value() {
        Some(reason) => format!("{what}: {}", &*reason),
        None => what.to_owned(),
    }
}
