mod fold;

use access::OperatorId;
use chrono::{DateTime, Utc};
use es_entity::*;
use uuid::Uuid;

use super::{NewProspect, ProspectEvent, Retry, record::KycRecord};
use crate::{
    contact::{Email, TelegramHandle},
    kyc::{Case, Observation, ProspectFacts, Verdict},
    link_mail::LinkMailKind,
    personal_data::PersonalData,
    primitives::{CallbackId, CustomerType, ProspectId, PublicId},
};
use kernel::Reason;

/// A person or company being onboarded, and the record of its verification (also after conversion).
#[derive(EsEntity)]
pub struct Prospect {
    /// The UUID that the customer keeps; `externalUserId` in Sumsub.
    pub id: ProspectId,
    /// The short number that the customer keeps.
    pub public_id: PublicId,
    /// Who is being onboarded.
    pub customer_type: CustomerType,
    pub(crate) email: Forgettable<String>,
    pub(crate) telegram_handle: Forgettable<String>,
    /// Which operator sees to it; also once it is a customer.
    pub assignee: Option<OperatorId>,
    /// Since when and until when it is snoozed, perhaps in the past; see [`Prospect::snoozed`].
    pub(super) snooze: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Stage, applicant, link and rejection.
    pub kyc: KycRecord,
    data: Forgettable<PersonalData>,
    erased: bool,
    events: EntityEvents<ProspectEvent>,
}

impl Prospect {
    /// When it was created.
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

    /// The Telegram handle without `@`, when there is one.
    #[must_use]
    pub fn telegram_handle(&self) -> Option<String> {
        self.telegram_handle.value().map(|value| value.clone())
    }

    /// Everything that happened, oldest first, with the time of each.
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &ProspectEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
    }

    /// What judging a callback needs to know. `configured_level` counts until there is a link.
    #[must_use]
    pub fn case(&self, configured_level: &str) -> Case {
        let company = self.customer_type != CustomerType::Individual;
        self.kyc.case(configured_level, company)
    }

    /// Records a link that Sumsub made.
    pub fn record_link(
        &mut self,
        url: String,
        level: String,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        created_by: String,
    ) {
        self.push(ProspectEvent::LinkCreated {
            url: url.into(),
            level,
            created_at,
            expires_at,
            created_by,
        });
    }

    /// Records that the link was mailed.
    pub(crate) fn record_link_sent(
        &mut self,
        mail: Uuid,
        kind: LinkMailKind,
        link_made_at: DateTime<Utc>,
        at: DateTime<Utc>,
        by: String,
    ) {
        self.push(ProspectEvent::LinkSent {
            mail,
            kind,
            link_made_at,
            at,
            by,
        });
    }

    /// Records that somebody began the verification from a mail.
    pub(crate) fn record_link_opened(&mut self, mail: Uuid, at: DateTime<Utc>) {
        self.push(ProspectEvent::LinkOpened { mail, at });
    }

    /// Records what a judged callback did.
    pub fn apply(
        &mut self,
        callback: CallbackId,
        observation: &Observation,
        verdict: &Verdict,
        now: DateTime<Utc>,
    ) {
        for mut event in self.kyc.recorded(callback, observation, verdict, now) {
            // What comes after an erasure is not kept either.
            if let (
                true,
                ProspectEvent::CallbackAccepted {
                    moderation_comment,
                    client_comment,
                    ..
                },
            ) = (self.erased, &mut event)
            {
                *moderation_comment = Forgettable::forgotten();
                *client_comment = Forgettable::forgotten();
            }
            self.push(event);
        }
    }

    /// Who it is, once Sumsub has told and until it is erased.
    #[must_use]
    pub fn personal_data(&self) -> Option<PersonalData> {
        self.data.value().map(|value| value.clone())
    }

    /// The name of the person or company, once Sumsub has told it and until it is erased.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.personal_data().and_then(|data| data.full_name())
    }

    /// Whether the personal data was erased for good.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.erased
    }

    /// When it was closed, while it is.
    #[must_use]
    pub fn closed_at(&self) -> Option<DateTime<Utc>> {
        let mut closed = None;
        for event in self.events.iter_persisted() {
            match event.event {
                ProspectEvent::Closed { .. } => closed = Some(event.recorded_at),
                ProspectEvent::Reopened { .. } => closed = None,
                _ => {}
            }
        }
        closed
    }

    /// Why an operator made it a customer past KYC, as typed; none when none did, or once it is erased.
    #[must_use]
    pub fn why_converted_by_hand(&self) -> Option<String> {
        self.events.iter_all().find_map(|event| match event {
            ProspectEvent::ConvertedByHand { reason, .. } => {
                reason.value().map(|reason| reason.clone())
            }
            _ => None,
        })
    }

    /// What the operators' rows of the table depend on.
    #[must_use]
    pub fn facts(&self, by_hand_allowed: bool) -> ProspectFacts {
        ProspectFacts {
            stage: self.kyc.stage,
            converted_by_hand: self
                .events
                .iter_all()
                .any(|event| matches!(event, ProspectEvent::ConvertedByHand { .. })),
            erased: self.erased,
            declined_for_good: self.retry() == Retry::Final,
            by_hand_allowed,
        }
    }

    /// Records who it is. The same again records nothing.
    pub fn record_personal_data(&mut self, data: PersonalData) {
        if self.personal_data().as_ref() != Some(&data) && !self.erased {
            self.push(ProspectEvent::PersonalDataRecorded { data: data.into() });
        }
    }

    pub(crate) fn change_type(&mut self, customer_type: CustomerType, by: String) {
        if self.customer_type != customer_type {
            self.push(ProspectEvent::CustomerTypeChanged { customer_type, by });
        }
    }

    pub(crate) fn change_email(&mut self, email: &Email, by: String) {
        if self.email().as_deref() != Some(email.as_str()) {
            let email = Forgettable::new(email.as_str().to_owned());
            self.push(ProspectEvent::EmailChanged { email, by });
        }
    }

    pub(crate) fn change_telegram_handle(&mut self, handle: Option<&TelegramHandle>, by: String) {
        let handle = handle.map(|handle| handle.as_str().to_owned());
        if self.telegram_handle() != handle {
            self.push(ProspectEvent::TelegramHandleChanged {
                telegram_handle: forgettable(handle),
                by,
            });
        }
    }

    pub(crate) fn convert_by_hand(&mut self, reason: &Reason, by: String) {
        self.push(ProspectEvent::ConvertedByHand {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn close(&mut self, reason: &Reason, by: String) {
        self.push(ProspectEvent::Closed {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn reopen(&mut self, reason: &Reason, by: String) {
        self.push(ProspectEvent::Reopened {
            reason: reason.into(),
            by,
        });
    }

    pub(crate) fn assign(&mut self, to: Option<OperatorId>, by: String) {
        if self.assignee != to {
            self.push(ProspectEvent::Assigned { to, by });
        }
    }

    /// Since when and until when nobody is to be asked about it, as of `now`.
    #[must_use]
    pub fn snoozed(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        self.snooze.filter(|(_, until)| *until > now)
    }

    pub(crate) fn snooze(&mut self, until: DateTime<Utc>, now: DateTime<Utc>, by: String) {
        if self.snoozed(now).is_none_or(|(_, set)| set != until) {
            self.push(ProspectEvent::Snoozed { until, at: now, by });
        }
    }

    pub(crate) fn wake(&mut self, now: DateTime<Utc>, by: String) {
        if self.snoozed(now).is_some() {
            self.push(ProspectEvent::Woken { by });
        }
    }

    pub(crate) fn erase(&mut self, by: String) {
        self.push(ProspectEvent::PersonalDataErased { by });
    }

    /// Whether something was recorded that is not persisted yet.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.events.any_new()
    }
}

/// Forgotten from the start when there is nothing: `Forgettable` inside an `Option` would be lost.
pub(crate) fn forgettable(value: Option<String>) -> Forgettable<String> {
    value.map_or_else(Forgettable::forgotten, Forgettable::new)
}
