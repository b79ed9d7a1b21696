//! What each event does to a prospect: when it happens, and when it is read again. The two belong side by side; what it does to
//! the record of the verification stands in `record.rs`, once for both.

use chrono::{DateTime, Utc};
use es_entity::*;

use super::{
    super::{ProspectEvent, record::KycRecord},
    Prospect,
};

impl Prospect {
    pub(super) fn push(&mut self, event: ProspectEvent) {
        self.kyc.take(&event);
        self.snooze = snooze_after(self.snooze, &event);
        match &event {
            ProspectEvent::CustomerTypeChanged { customer_type, .. } => {
                self.customer_type = *customer_type;
            }
            ProspectEvent::EmailChanged { email, .. } => self.email = email.clone(),
            ProspectEvent::TelegramHandleChanged {
                telegram_handle, ..
            } => self.telegram_handle = telegram_handle.clone(),
            ProspectEvent::PersonalDataRecorded { data } => self.data = data.clone(),
            ProspectEvent::Assigned { to, .. } => self.assignee = *to,
            ProspectEvent::PersonalDataErased { .. } => {
                self.erased = true;
                self.email = Forgettable::forgotten();
                self.telegram_handle = Forgettable::forgotten();
                self.data = Forgettable::forgotten();
            }
            _ => {}
        }
        self.events.push(event);
    }
}

impl TryFromEvents<ProspectEvent> for Prospect {
    fn try_from_events(events: EntityEvents<ProspectEvent>) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Prospect::hydrator();
        hydrator.data(Forgettable::forgotten()).erased(false);
        let (mut assignee, mut snooze) = (None, None);
        let mut kyc = KycRecord::default();
        for event in events.iter_all() {
            kyc.take(event);
            snooze = snooze_after(snooze, event);
            match event {
                ProspectEvent::Initialized {
                    id,
                    public_id,
                    customer_type,
                    email,
                    telegram_handle,
                    ..
                } => {
                    hydrator
                        .id(*id)
                        .public_id(public_id.clone())
                        .customer_type(*customer_type)
                        .email(email.clone())
                        .telegram_handle(telegram_handle.clone());
                }
                ProspectEvent::CustomerTypeChanged { customer_type, .. } => {
                    hydrator.customer_type(*customer_type);
                }
                ProspectEvent::EmailChanged { email, .. } => {
                    hydrator.email(email.clone());
                }
                ProspectEvent::TelegramHandleChanged {
                    telegram_handle, ..
                } => {
                    hydrator.telegram_handle(telegram_handle.clone());
                }
                ProspectEvent::PersonalDataRecorded { data } => {
                    hydrator.data(data.clone());
                }
                ProspectEvent::Assigned { to, .. } => assignee = *to,
                ProspectEvent::PersonalDataErased { .. } => {
                    hydrator.erased(true);
                }
                _ => {}
            }
        }
        if let Some(assignee) = assignee {
            hydrator.assignee(assignee);
        }
        if let Some(snooze) = snooze {
            hydrator.snooze(snooze);
        }
        hydrator.kyc(kyc);
        hydrator.build(events)
    }
}

/// What becomes of a snooze: what happens to the prospect, and what somebody decides about it, ends it.
fn snooze_after(
    snooze: Option<(DateTime<Utc>, DateTime<Utc>)>,
    event: &ProspectEvent,
) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    match event {
        ProspectEvent::Snoozed { until, at, .. } => Some((*at, *until)),
        ProspectEvent::Woken { .. }
        | ProspectEvent::CallbackAccepted { .. }
        | ProspectEvent::ConvertedByHand { .. }
        | ProspectEvent::Closed { .. }
        | ProspectEvent::Reopened { .. } => None,
        _ => snooze,
    }
}
