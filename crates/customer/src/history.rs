//! The history of a prospect and a customer, in words.

use chrono::{DateTime, Utc};

use crate::{
    customer::{Conversion, Customer, CustomerEvent},
    kyc::Status,
    primitives::CallbackId,
    prospect::{Prospect, ProspectEvent},
};

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// What happened, in words.
    pub what: String,
    /// Who did it, as the audit log names subjects; `None` when a callback or Usher itself did.
    pub by: Option<String>,
    /// The callback that caused it.
    pub callback: Option<CallbackId>,
}

impl HistoryEntry {
    fn new(at: DateTime<Utc>, what: impl Into<String>) -> Self {
        HistoryEntry {
            at,
            what: what.into(),
            by: None,
            callback: None,
        }
    }

    fn by(mut self, who: &str) -> Self {
        self.by = Some(who.to_owned());
        self
    }

    fn callback(mut self, callback: CallbackId) -> Self {
        self.callback = Some(callback);
        self
    }
}

/// A prospect's history, oldest first.
#[must_use]
pub fn of_prospect(prospect: &Prospect) -> Vec<HistoryEntry> {
    prospect
        .history()
        .map(|(at, event)| match event {
            ProspectEvent::Initialized { created_by, .. } => {
                HistoryEntry::new(at, "Prospect created").by(created_by)
            }
            ProspectEvent::LinkCreated {
                level, created_by, ..
            } => HistoryEntry::new(at, format!("Verification link generated for level {level}"))
                .by(created_by),
            ProspectEvent::CallbackAccepted {
                callback,
                status,
                stage,
                ..
            } => HistoryEntry::new(at, format!("{} (stage: {})", said(*status), stage.label()))
                .callback(*callback),
            ProspectEvent::ApplicantBound {
                callback,
                applicant_id,
            } => HistoryEntry::new(at, format!("Sumsub applicant {applicant_id}"))
                .callback(*callback),
            ProspectEvent::ApplicantCleared { callback, .. } => {
                HistoryEntry::new(at, "Sumsub applicant cleared").callback(*callback)
            }
        })
        .collect()
}

/// A customer's history, oldest first.
#[must_use]
pub fn of_customer(customer: &Customer) -> Vec<HistoryEntry> {
    customer
        .history()
        .map(|(at, event)| match event {
            CustomerEvent::Initialized {
                conversion: Conversion::SumsubApproved { callback },
                level,
                ..
            } => HistoryEntry::new(
                at,
                format!(
                    "Became a customer: approved by Sumsub, level {}",
                    level.label()
                ),
            )
            .callback(*callback),
            CustomerEvent::KycUpdated {
                callback,
                verification,
                ..
            } => HistoryEntry::new(at, format!("Verification: {}", verification.label()))
                .callback(*callback),
            CustomerEvent::ProvisioningStepDone { step, detail } => {
                let step = step.replace('_', " ");
                HistoryEntry::new(
                    at,
                    match detail {
                        Some(detail) => format!("Provisioning: {step} done ({detail})"),
                        None => format!("Provisioning: {step} done"),
                    },
                )
            }
            CustomerEvent::ProvisioningCompleted {} => {
                HistoryEntry::new(at, "Provisioning completed")
            }
        })
        .collect()
}

fn said(status: Status) -> &'static str {
    match status {
        Status::Created => "Sumsub: applicant created",
        Status::Reset => "Sumsub: verification reset",
        Status::Pending => "Sumsub: documents submitted, review begins",
        Status::OnHold => "Sumsub: put on hold, review needed",
        Status::Green => "Sumsub: approved (GREEN)",
        Status::Red => "Sumsub: rejected (RED)",
        Status::Deleted => "Sumsub: applicant deleted",
    }
}
