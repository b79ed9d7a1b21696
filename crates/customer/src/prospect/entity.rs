use chrono::{DateTime, Utc};
use es_entity::*;
use serde::{Deserialize, Serialize};

use super::record::KycRecord;
use crate::{
    contact::{Email, TelegramHandle},
    kyc::{Case, Said, Status, Verdict},
    primitives::{CallbackId, CustomerType, KycStatus, ProspectId, PublicId, Stage},
};

/// What happened to a prospect. Personal data stands outside the event stream (`Forgettable`).
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "ProspectId")]
pub enum ProspectEvent {
    /// An operator created it.
    Initialized {
        /// The UUID that the customer keeps.
        id: ProspectId,
        /// The short number that the customer keeps.
        public_id: PublicId,
        /// Who is being onboarded.
        customer_type: CustomerType,
        /// As typed.
        email: Forgettable<String>,
        /// Without `@`; forgotten from the start when there is none.
        telegram_handle: Forgettable<String>,
        /// Who created it, as the audit log names subjects.
        created_by: String,
    },
    /// Sumsub made a verification link.
    LinkCreated {
        /// Where the person verifies.
        url: Forgettable<String>,
        /// The Sumsub level it is for.
        level: String,
        /// When it was made.
        created_at: DateTime<Utc>,
        /// When it ends.
        expires_at: DateTime<Utc>,
        /// Who asked for it, as the audit log names subjects.
        created_by: String,
    },
    /// A status callback counted. `stage` and `kyc_status` are what they became.
    CallbackAccepted {
        /// Its number in the callback log.
        callback: CallbackId,
        /// What it said.
        status: Status,
        /// When, by Sumsub's clock; none only for a RED without a time that locked a customer out.
        at: Option<DateTime<Utc>>,
        /// The stage afterwards.
        stage: Stage,
        /// The KYC status afterwards.
        kyc_status: KycStatus,
        /// On RED: for example `FORGERY`.
        labels: Vec<String>,
        /// On RED: `RETRY` or `FINAL`.
        reject_type: Option<String>,
        /// On RED: may be shown to the applicant.
        moderation_comment: Forgettable<String>,
        /// On RED: for operators only.
        client_comment: Forgettable<String>,
    },
    /// A callback, maybe a stale one, told the applicant id.
    ApplicantBound {
        /// Its number in the callback log.
        callback: CallbackId,
        /// Sumsub's id.
        applicant_id: String,
    },
    /// Sumsub deleted the applicant.
    ApplicantCleared {
        /// Its number in the callback log.
        callback: CallbackId,
        /// Sumsub's id that is gone.
        applicant_id: Option<String>,
    },
}

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
    /// Stage, applicant, link and rejection.
    pub kyc: KycRecord,
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
        self.kyc.case(configured_level)
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

    /// Records what a judged callback did.
    pub fn apply(&mut self, callback: CallbackId, said: &Said, verdict: &Verdict) {
        for event in self.kyc.recorded(callback, said, verdict) {
            self.push(event);
        }
    }

    /// Whether something was recorded that is not persisted yet.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.events.any_new()
    }

    fn push(&mut self, event: ProspectEvent) {
        self.kyc.take(&event);
        self.events.push(event);
    }

    // What the index columns hold.
    pub(crate) fn customer_type_name(&self) -> String {
        self.customer_type.name().to_owned()
    }

    pub(crate) fn stage_name(&self) -> String {
        self.kyc.stage.name().to_owned()
    }

    pub(crate) fn kyc_status_name(&self) -> String {
        self.kyc.kyc_status.name().to_owned()
    }

    pub(crate) fn applicant_id_column(&self) -> Option<String> {
        self.kyc.applicant_id.clone()
    }
}

/// Forgotten from the start when there is nothing: `Forgettable` inside an `Option` would be lost.
pub(crate) fn forgettable(value: Option<String>) -> Forgettable<String> {
    value.map_or_else(Forgettable::forgotten, Forgettable::new)
}

impl TryFromEvents<ProspectEvent> for Prospect {
    fn try_from_events(events: EntityEvents<ProspectEvent>) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Prospect::hydrator();
        let mut kyc = KycRecord::default();
        for event in events.iter_all() {
            if let ProspectEvent::Initialized {
                id,
                public_id,
                customer_type,
                email,
                telegram_handle,
                ..
            } = event
            {
                hydrator
                    .id(*id)
                    .public_id(public_id.clone())
                    .customer_type(*customer_type)
                    .email(email.clone())
                    .telegram_handle(telegram_handle.clone());
            }
            kyc.take(event);
        }
        hydrator.kyc(kyc);
        hydrator.build(events)
    }
}

/// A prospect to be created.
#[derive(Debug, Clone)]
pub struct NewProspect {
    /// Given by the caller, so that a form sent twice makes one.
    pub id: ProspectId,
    pub(crate) public_id: PublicId,
    pub(crate) email: Email,
    pub(crate) telegram_handle: Option<TelegramHandle>,
    pub(crate) customer_type: CustomerType,
    pub(crate) created_by: String,
}

impl NewProspect {
    pub(crate) fn email_column(&self) -> Option<String> {
        Some(self.email.as_str().to_owned())
    }

    pub(crate) fn telegram_handle_column(&self) -> Option<String> {
        self.telegram_handle
            .as_ref()
            .map(|handle| handle.as_str().to_owned())
    }

    pub(crate) fn customer_type_name(&self) -> String {
        self.customer_type.name().to_owned()
    }

    pub(crate) fn stage_at_start(&self) -> String {
        KycRecord::default().stage.name().to_owned()
    }

    pub(crate) fn kyc_status_at_start(&self) -> String {
        KycRecord::default().kyc_status.name().to_owned()
    }
}

impl IntoEvents<ProspectEvent> for NewProspect {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<ProspectEvent, FromCaller>,
    ) -> EntityEvents<ProspectEvent> {
        builder.initial_events(
            self.id,
            [ProspectEvent::Initialized {
                id: self.id,
                public_id: self.public_id.clone(),
                customer_type: self.customer_type,
                email: forgettable(self.email_column()),
                telegram_handle: forgettable(self.telegram_handle_column()),
                created_by: self.created_by,
            }],
        )
    }
}
