//! What each event does to a customer: when it happens, and when it is read again. The two belong side by side.

use es_entity::*;

use super::{super::CustomerEvent, Customer};
use crate::primitives::Verification;

impl Customer {
    pub(super) fn push(&mut self, event: CustomerEvent) {
        match &event {
            CustomerEvent::KycUpdated {
                level,
                verification,
                ..
            } => {
                self.level = *level;
                self.verification = *verification;
            }
            CustomerEvent::ProvisioningCompleted {} => self.provisioned = true,
            CustomerEvent::Restored { level, .. } => {
                self.level = *level;
                self.verification = Verification::Verified;
            }
            CustomerEvent::Deactivated { .. } => self.deactivated = true,
            CustomerEvent::Reactivated { .. } => self.deactivated = false,
            CustomerEvent::Closed { .. } => self.closed = true,
            CustomerEvent::EmailChanged { email, .. } => self.email = email.clone(),
            CustomerEvent::TelegramHandleChanged {
                telegram_handle, ..
            } => self.telegram_handle = telegram_handle.clone(),
            CustomerEvent::PersonalDataErased { .. } => {
                self.erased = true;
                self.email = Forgettable::forgotten();
                self.telegram_handle = Forgettable::forgotten();
            }
            CustomerEvent::Initialized { .. } | CustomerEvent::ProvisioningStepDone { .. } => {}
        }
        self.events.push(event);
    }
}

impl TryFromEvents<CustomerEvent> for Customer {
    fn try_from_events(events: EntityEvents<CustomerEvent>) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Customer::hydrator();
        hydrator
            .provisioned(false)
            .deactivated(false)
            .closed(false)
            .erased(false);
        for event in events.iter_all() {
            match event {
                CustomerEvent::Initialized {
                    id,
                    public_id,
                    customer_type,
                    email,
                    telegram_handle,
                    conversion,
                    level,
                    verification,
                } => {
                    hydrator
                        .id(*id)
                        .public_id(public_id.clone())
                        .customer_type(*customer_type)
                        .email(email.clone())
                        .telegram_handle(telegram_handle.clone())
                        .conversion(conversion.clone())
                        .level(*level)
                        .verification(*verification);
                }
                CustomerEvent::KycUpdated {
                    level,
                    verification,
                    ..
                } => {
                    hydrator.level(*level).verification(*verification);
                }
                CustomerEvent::ProvisioningStepDone { .. } => {}
                CustomerEvent::ProvisioningCompleted {} => {
                    hydrator.provisioned(true);
                }
                CustomerEvent::Restored { level, .. } => {
                    hydrator.level(*level).verification(Verification::Verified);
                }
                CustomerEvent::Deactivated { .. } => {
                    hydrator.deactivated(true);
                }
                CustomerEvent::Reactivated { .. } => {
                    hydrator.deactivated(false);
                }
                CustomerEvent::Closed { .. } => {
                    hydrator.closed(true);
                }
                CustomerEvent::EmailChanged { email, .. } => {
                    hydrator.email(email.clone());
                }
                CustomerEvent::TelegramHandleChanged {
                    telegram_handle, ..
                } => {
                    hydrator.telegram_handle(telegram_handle.clone());
                }
                CustomerEvent::PersonalDataErased { .. } => {
                    hydrator.erased(true);
                }
            }
        }
        hydrator.build(events)
    }
}
