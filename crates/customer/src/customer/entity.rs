mod fold;

use chrono::{DateTime, Utc};
use es_entity::*;

use super::{Conversion, CustomerEvent, NewCustomer};
use crate::{
    contact::{Email, TelegramHandle},
    kyc::{CustomerFacts, CustomerStanding, Rejection},
    primitives::{
        Activity, CallbackId, CustomerId, CustomerType, KycLevel, PublicId, Verification,
    },
    prospect::{KycRecord, forgettable},
};
use kernel::Reason;

/// A customer: a prospect that was converted, and keeps its UUID and number.
#[derive(EsEntity)]
pub struct Customer {
    /// The UUID that the prospect had before.
    pub id: CustomerId,
    /// The prospect's short number.
    pub public_id: PublicId,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    email: Forgettable<String>,
    telegram_handle: Forgettable<String>,
    /// What made a customer of the prospect.
    pub conversion: Conversion,
    /// How far it is verified.
    pub level: KycLevel,
    /// Whether the identity stands.
    pub verification: Verification,
    /// An operator took the access away: a fact apart from verification.
    pub deactivated: bool,
    /// An operator closed it for good.
    pub closed: bool,
    /// All of its provisioning was done.
    pub provisioned: bool,
    erased: bool,
    events: EntityEvents<CustomerEvent>,
}

impl Customer {
    /// When the prospect was converted.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.events
            .entity_first_persisted_at()
            .unwrap_or_else(Utc::now)
    }

    /// The e-mail address, until it is erased.
    #[must_use]
    pub fn email(&self) -> Option<String> {
        self.email.value().map(|value| value.clone())
    }

    /// The addresses that the last `changes` changes of e-mail replaced, newest first.
    pub(crate) fn emails_before(&self, changes: usize) -> Vec<String> {
        let ever: Vec<&Forgettable<String>> = self
            .events
            .iter_all()
            .filter_map(|event| match event {
                CustomerEvent::Initialized { email, .. }
                | CustomerEvent::EmailChanged { email, .. } => Some(email),
                _ => None,
            })
            .collect();
        ever.iter()
            .rev()
            .skip(1)
            .take(changes)
            .filter_map(|email| email.value().map(|value| value.clone()))
            .collect()
    }

    /// The Telegram handle without `@`, when there is one.
    #[must_use]
    pub fn telegram_handle(&self) -> Option<String> {
        self.telegram_handle.value().map(|value| value.clone())
    }

    /// Derived from the facts, never set (`docs/RULES.md`, "What happens to a customer").
    #[must_use]
    pub fn activity(&self) -> Activity {
        if self.closed {
            Activity::Closed
        } else if self.deactivated || self.verification == Verification::Rejected {
            Activity::Inactive
        } else if self.provisioned {
            Activity::Active
        } else {
            Activity::Pending
        }
    }

    /// What judging a callback needs to know.
    #[must_use]
    pub fn standing(&self) -> CustomerStanding {
        CustomerStanding {
            verification: self.verification,
            closed: self.closed,
        }
    }

    /// Everything that happened, oldest first, with the time of each.
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &CustomerEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
    }

    /// How much has happened so far: a place in the history, for who looks later at what came after it.
    #[must_use]
    pub fn version(&self) -> usize {
        self.history().count()
    }

    /// A GREEN for a customer that was converted by hand.
    pub fn verify(&mut self, callback: CallbackId) {
        self.push(CustomerEvent::KycUpdated {
            callback,
            level: KycLevel::Basic,
            verification: Verification::Verified,
        });
    }

    /// A RED, however late.
    pub fn reject(&mut self, callback: CallbackId) {
        self.push(CustomerEvent::KycUpdated {
            callback,
            level: self.level,
            verification: Verification::Rejected,
        });
    }

    /// Records a finished step of provisioning. The same again records nothing.
    pub fn step_done(&mut self, step: &str, detail: Option<String>) {
        let known = self
            .events
            .iter_all()
            .any(|event| matches!(event, CustomerEvent::ProvisioningStepDone { step: done, .. } if done == step));
        if !known {
            self.push(CustomerEvent::ProvisioningStepDone {
                step: step.to_owned(),
                detail,
            });
        }
    }

    /// Records that all of provisioning is done. The same again records nothing.
    pub fn provisioning_completed(&mut self) {
        if !self.provisioned {
            self.push(CustomerEvent::ProvisioningCompleted {});
        }
    }

    /// What the operators' rows of the table depend on, with the prospect's record of the verification.
    #[must_use]
    pub fn facts(&self, kyc: &KycRecord) -> CustomerFacts {
        CustomerFacts {
            verification: self.verification,
            deactivated: self.deactivated,
            closed: self.closed,
            green_after_red: kyc.green_after_red(),
            declined_for_good: kyc.rejection.as_ref().is_some_and(Rejection::is_final),
            restored: self
                .events
                .iter_all()
                .any(|event| matches!(event, CustomerEvent::Restored { .. })),
        }
    }

    /// When it was closed.
    #[must_use]
    pub fn closed_at(&self) -> Option<DateTime<Utc>> {
        self.history()
            .find(|(_, event)| matches!(event, CustomerEvent::Closed { .. }))
            .map(|(at, _)| at)
    }

    /// Whether the personal data was erased for good.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erased
    }

    pub(crate) fn restore(&mut self, reason: &Reason, by: String) {
        self.push(CustomerEvent::Restored {
            level: KycLevel::Basic,
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn deactivate(&mut self, reason: &Reason, by: String) {
        self.push(CustomerEvent::Deactivated {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn reactivate(&mut self, reason: &Reason, by: String) {
        self.push(CustomerEvent::Reactivated {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn close(&mut self, reason: &Reason, by: String) {
        self.push(CustomerEvent::Closed {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn change_email(&mut self, email: &Email, by: String) {
        if self.email().as_deref() != Some(email.as_str()) {
            let email = Forgettable::new(email.as_str().to_owned());
            self.push(CustomerEvent::EmailChanged { email, by });
        }
    }

    pub(crate) fn change_telegram_handle(&mut self, handle: Option<&TelegramHandle>, by: String) {
        let handle = handle.map(|handle| handle.as_str().to_owned());
        if self.telegram_handle() != handle {
            self.push(CustomerEvent::TelegramHandleChanged {
                telegram_handle: forgettable(handle),
                by,
            });
        }
    }

    pub(crate) fn erase(&mut self, by: String) {
        self.push(CustomerEvent::PersonalDataErased { by });
    }

    /// Whether something was recorded that is not persisted yet.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.events.any_new()
    }
}
