//! The history of a prospect and a customer, in words.

mod desk;
mod words;

use access::{AuditAction, ObjectKind};
use chrono::{DateTime, Utc};
use es_entity::Forgettable;
use kernel::{AuditedAct, HistoryEntry, TimelineEntry};

use crate::{
    customer::{Conversion, Customer, CustomerEvent},
    prospect::{Prospect, ProspectEvent},
};

use words::{sent_words, status_words, sumsub_answer};

/// A prospect's events, oldest first.
#[must_use]
pub fn prospect_timeline(prospect: &Prospect) -> Vec<TimelineEntry> {
    let acts = prospect.history().map(|(_, event)| {
        let action = match event {
            ProspectEvent::Initialized { .. } => AuditAction::ProspectCreate,
            ProspectEvent::LinkCreated { .. } => AuditAction::ProspectGenerateLink,
            ProspectEvent::LinkSent { kind, .. } if !kind.is_by_itself() => {
                AuditAction::ProspectSendLink
            }
            ProspectEvent::CustomerTypeChanged { .. } => AuditAction::ProspectChangeType,
            ProspectEvent::EmailChanged { .. } => AuditAction::ProspectChangeEmail,
            ProspectEvent::TelegramHandleChanged { .. } => {
                AuditAction::ProspectChangeTelegramHandle
            }
            ProspectEvent::ConvertedByHand { .. } => AuditAction::ProspectConvert,
            ProspectEvent::Closed { .. } => AuditAction::ProspectClose,
            ProspectEvent::Reopened { .. } => AuditAction::ProspectReopen,
            ProspectEvent::Assigned { .. } => AuditAction::ProspectAssign,
            ProspectEvent::Snoozed { .. } => AuditAction::ProspectSnooze,
            ProspectEvent::Woken { .. } => AuditAction::ProspectWake,
            ProspectEvent::PersonalDataErased { .. } => AuditAction::ProspectErase,
            ProspectEvent::LinkSent { .. }
            | ProspectEvent::LinkOpened { .. }
            | ProspectEvent::CallbackAccepted { .. }
            | ProspectEvent::ApplicantBound { .. }
            | ProspectEvent::ApplicantCleared { .. }
            | ProspectEvent::PersonalDataRecorded { .. } => return None,
        };
        Some(action.on(ObjectKind::Prospect.id(prospect.id)))
    });
    let payloads = prospect.history().map(|(_, event)| event_payload(event));
    timeline(prospect_history(prospect), payloads, acts)
}

/// A customer's events, oldest first; `prospect` is what it was.
#[must_use]
pub fn customer_timeline(customer: &Customer, prospect: Option<&Prospect>) -> Vec<TimelineEntry> {
    let acts = customer.history().map(|(_, event)| {
        let action = match event {
            CustomerEvent::Initialized {
                conversion: Conversion::Hand { .. },
                ..
            } => AuditAction::ProspectConvert,
            CustomerEvent::EmailChanged { .. } => AuditAction::ProspectChangeEmail,
            CustomerEvent::TelegramHandleChanged { .. } => {
                AuditAction::ProspectChangeTelegramHandle
            }
            CustomerEvent::PersonalDataErased { .. } => AuditAction::ProspectErase,
            CustomerEvent::Restored { .. } => AuditAction::CustomerRestore,
            CustomerEvent::Deactivated { .. } => AuditAction::CustomerDeactivate,
            CustomerEvent::Reactivated { .. } => AuditAction::CustomerReactivate,
            CustomerEvent::Closed { .. } => AuditAction::CustomerClose,
            CustomerEvent::Initialized { .. }
            | CustomerEvent::KycUpdated { .. }
            | CustomerEvent::ProvisioningStepDone { .. }
            | CustomerEvent::ProvisioningCompleted {} => return None,
        };
        // What a prospect has, too, is asked for under the prospect's name.
        let kind = match event {
            CustomerEvent::Restored { .. }
            | CustomerEvent::Deactivated { .. }
            | CustomerEvent::Reactivated { .. }
            | CustomerEvent::Closed { .. } => ObjectKind::Customer,
            _ => ObjectKind::Prospect,
        };
        Some(action.on(kind.id(customer.id)))
    });
    let payloads = customer.history().map(|(_, event)| event_payload(event));
    timeline(customer_history(customer, prospect), payloads, acts)
}

/// An event's payload: what was persisted can be serialised; `Forgettable`s always are as null.
#[must_use]
pub fn event_payload(event: &impl serde::Serialize) -> serde_json::Value {
    serde_json::to_value(event).unwrap_or_default()
}

/// Puts a history together: words, payload and act of each event, oldest first.
pub fn timeline(
    words: Vec<HistoryEntry>,
    payloads: impl Iterator<Item = serde_json::Value>,
    acts: impl Iterator<Item = Option<AuditedAct>>,
) -> Vec<TimelineEntry> {
    (1..)
        .zip(words)
        .zip(payloads.zip(acts))
        .map(|((sequence, words), (payload, act))| TimelineEntry {
            sequence,
            event_type: payload["type"].as_str().unwrap_or_default().to_owned(),
            payload,
            act,
            words,
        })
        .collect()
}

/// A prospect's history, oldest first.
#[must_use]
pub fn prospect_history(prospect: &Prospect) -> Vec<HistoryEntry> {
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
            ProspectEvent::LinkSent { kind, by, .. } => {
                HistoryEntry::new(at, sent_words(*kind)).by(by)
            }
            ProspectEvent::LinkOpened { .. } => {
                HistoryEntry::new(at, "Verification begun from the e-mail")
            }
            ProspectEvent::CallbackAccepted {
                callback,
                status,
                stage,
                reject_type,
                ..
            } => {
                let words = status_words(*status, reject_type.as_deref());
                HistoryEntry {
                    answer: sumsub_answer(*status),
                    ..HistoryEntry::new(at, format!("{words} (stage: {})", stage.label()))
                        .callback(*callback)
                }
            }
            ProspectEvent::ApplicantBound {
                callback,
                applicant_id,
            } => HistoryEntry::new(at, format!("Sumsub applicant {applicant_id}"))
                .callback(*callback),
            ProspectEvent::ApplicantCleared { callback, .. } => {
                HistoryEntry::new(at, "Sumsub applicant cleared").callback(*callback)
            }
            ProspectEvent::PersonalDataRecorded { .. } => {
                HistoryEntry::new(at, "Personal data recorded, as Sumsub tells it")
            }
            ProspectEvent::CustomerTypeChanged { customer_type, by } => HistoryEntry::new(
                at,
                format!("Customer type changed to {}", customer_type.label()),
            )
            .by(by),
            ProspectEvent::EmailChanged { by, .. } => {
                HistoryEntry::new(at, "E-mail address changed").by(by)
            }
            ProspectEvent::TelegramHandleChanged { by, .. } => {
                HistoryEntry::new(at, "Telegram handle changed").by(by)
            }
            ProspectEvent::ConvertedByHand { reason, by } => {
                HistoryEntry::new(at, with_reason("Converted by hand, past KYC", reason)).by(by)
            }
            ProspectEvent::Closed { reason, by } => {
                HistoryEntry::new(at, with_reason("Closed", reason)).by(by)
            }
            ProspectEvent::Reopened { reason, by } => {
                HistoryEntry::new(at, with_reason("Reopened", reason)).by(by)
            }
            ProspectEvent::Assigned { to, by } => desk::assigned(at, *to, by),
            ProspectEvent::Snoozed { until, by, .. } => desk::snoozed(at, *until, by),
            ProspectEvent::Woken { by } => HistoryEntry::new(at, "Woken").by(by),
            ProspectEvent::PersonalDataErased { by } => {
                HistoryEntry::new(at, "Personal data erased").by(by)
            }
        })
        .collect()
}

/// A customer's history, oldest first; `prospect` is what it was, and knows why it was converted by hand.
#[must_use]
pub fn customer_history(customer: &Customer, prospect: Option<&Prospect>) -> Vec<HistoryEntry> {
    let why = prospect.and_then(Prospect::why_converted_by_hand);
    let why = why.map_or_else(String::new, |why| format!(": {why}"));
    customer
        .history()
        .map(|(at, event)| match event {
            CustomerEvent::Initialized {
                conversion, level, ..
            } => became_customer(at, conversion, level.label(), &why),
            CustomerEvent::KycUpdated {
                callback,
                verification,
                ..
            } => HistoryEntry::new(at, format!("Verification: {}", verification.label()))
                .callback(*callback),
            CustomerEvent::ProvisioningStepDone { step, detail } => {
                let step = step.replace('_', " ").replace("email", "e-mail");
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
            CustomerEvent::Restored { reason, by, .. } => {
                HistoryEntry::new(at, with_reason("Restored after a rejection", reason)).by(by)
            }
            CustomerEvent::Deactivated { reason, by } => {
                HistoryEntry::new(at, with_reason("Deactivated", reason)).by(by)
            }
            CustomerEvent::Reactivated { reason, by } => {
                HistoryEntry::new(at, with_reason("Reactivated", reason)).by(by)
            }
            CustomerEvent::Closed { reason, by } => {
                HistoryEntry::new(at, with_reason("Closed for good", reason)).by(by)
            }
            CustomerEvent::EmailChanged { by, .. } => {
                HistoryEntry::new(at, "E-mail address changed").by(by)
            }
            CustomerEvent::TelegramHandleChanged { by, .. } => {
                HistoryEntry::new(at, "Telegram handle changed").by(by)
            }
            CustomerEvent::PersonalDataErased { by } => {
                HistoryEntry::new(at, "Personal data erased").by(by)
            }
        })
        .collect()
}

fn became_customer(
    at: DateTime<Utc>,
    conversion: &Conversion,
    level: &str,
    why: &str,
) -> HistoryEntry {
    match conversion {
        Conversion::SumsubApproved { callback } => HistoryEntry::new(
            at,
            format!("Became a customer: approved by Sumsub, level {level}"),
        )
        .callback(*callback),
        Conversion::Hand { operator } => HistoryEntry::new(
            at,
            format!("Became a customer: converted by hand, level {level}{why}"),
        )
        .by(operator),
    }
}

/// The reason is personal data, too: it may have been erased.
fn with_reason(what: &str, reason: &Forgettable<String>) -> String {
    match reason.value() {
        Some(reason) => format!("{what}: {}", &*reason),
        None => format!("{what} (the reason was erased)"),
    }
}
