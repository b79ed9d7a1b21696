use chrono::{DateTime, Utc};
use es_entity::*;
use outbox::Outbox;
use sqlx::PgPool;

use super::{entity::*, event::*};
use crate::{event::OnboardingEvent, name::name_key, primitives::ProspectId};

/// Prospects in the database. Whatever is persisted is published with it.
#[derive(EsRepo, Clone)]
#[es_repo(
    entity = "Prospect",
    id(source = caller),
    columns(
        public_id(ty = "String", create(accessor = "public_id.0.clone()"), update(persist = false)),
        email(ty = "Option<String>", create(accessor = "email_column()"), update(accessor = "email()"), find_by = false, list_by = false),
        telegram_handle(ty = "Option<String>", create(accessor = "telegram_handle_column()"), update(accessor = "telegram_handle()"), find_by = false, list_by = false),
        customer_type(ty = "String", create(accessor = "customer_type_name()"), update(accessor = "customer_type_name()"), find_by = false, list_by = false),
        created_by(ty = "String", create(accessor = "created_by.clone()"), update(persist = false), find_by = false, list_by = false),
        stage(ty = "String", create(accessor = "stage_at_start()"), update(accessor = "stage_name()"), find_by = false, list_by = false),
        kyc_status(ty = "String", create(accessor = "kyc_status_at_start()"), update(accessor = "kyc_status_name()"), find_by = false, list_by = false),
        applicant_id(ty = "Option<String>", create(persist = false), update(accessor = "applicant_id_column()"), find_by = false, list_by = false),
        identity_key(ty = "Option<String>", create(persist = false), update(accessor = "identity_key_column()"), find_by = false, list_by = false),
        name(ty = "Option<String>", create(persist = false), update(accessor = "name()"), find_by = false, list_by = false),
        name_key(ty = "Option<String>", create(persist = false), update(accessor = "name_key_column()"), find_by = false, list_by = false),
        reject_type(ty = "Option<String>", create(persist = false), update(accessor = "reject_type_column()"), find_by = false, list_by = false),
        assignee(ty = "Option<uuid::Uuid>", create(persist = false), update(accessor = "assignee_column()"), find_by = false, list_by = false),
        snoozed_at(ty = "Option<chrono::DateTime<chrono::Utc>>", create(persist = false), update(accessor = "snoozed_at_column()"), find_by = false, list_by = false),
        snoozed_until(ty = "Option<chrono::DateTime<chrono::Utc>>", create(persist = false), update(accessor = "snoozed_until_column()"), find_by = false, list_by = false),
        link_ends_at(ty = "Option<chrono::DateTime<chrono::Utc>>", create(persist = false), update(accessor = "link_ends_at_column()"), find_by = false, list_by = false),
    ),
    forgettable,
    post_persist_hook = "publish",
    persist_event_context = false
)]
pub(crate) struct Prospects {
    pool: PgPool,
    outbox: Outbox,
}

impl Prospects {
    pub(crate) fn new(pool: PgPool, outbox: Outbox) -> Self {
        Self { pool, outbox }
    }

    async fn publish(
        &self,
        op: &mut impl AtomicOperation,
        prospect: &Prospect,
        new_events: LastPersisted<'_, ProspectEvent>,
    ) -> Result<(), RepoFault> {
        let prospect_id = prospect.id;
        let events: Vec<_> = new_events
            .filter_map(|event| match &event.event {
                ProspectEvent::Initialized { .. } => {
                    Some(OnboardingEvent::ProspectCreated { prospect_id })
                }
                ProspectEvent::LinkCreated { .. } => {
                    Some(OnboardingEvent::ProspectLinkCreated { prospect_id })
                }
                ProspectEvent::LinkSent { .. } => {
                    Some(OnboardingEvent::ProspectLinkSent { prospect_id })
                }
                ProspectEvent::LinkOpened { .. } => {
                    Some(OnboardingEvent::ProspectLinkOpened { prospect_id })
                }
                ProspectEvent::CallbackAccepted {
                    stage, kyc_status, ..
                } => Some(OnboardingEvent::ProspectKycUpdated {
                    prospect_id,
                    stage: *stage,
                    kyc_status: *kyc_status,
                }),
                ProspectEvent::PersonalDataRecorded { .. }
                | ProspectEvent::CustomerTypeChanged { .. }
                | ProspectEvent::EmailChanged { .. }
                | ProspectEvent::TelegramHandleChanged { .. } => {
                    Some(OnboardingEvent::ProspectDetailsChanged { prospect_id })
                }
                ProspectEvent::Closed { .. } => {
                    Some(OnboardingEvent::ProspectClosed { prospect_id })
                }
                ProspectEvent::Reopened { .. } => {
                    Some(OnboardingEvent::ProspectReopened { prospect_id })
                }
                ProspectEvent::Assigned { to, .. } => Some(OnboardingEvent::ProspectAssigned {
                    prospect_id,
                    assignee: to.map(Into::into),
                }),
                ProspectEvent::Snoozed { until, .. } => Some(OnboardingEvent::ProspectSnoozed {
                    prospect_id,
                    until: Some(*until),
                }),
                ProspectEvent::Woken { .. } => Some(OnboardingEvent::ProspectSnoozed {
                    prospect_id,
                    until: None,
                }),
                ProspectEvent::PersonalDataErased { .. } => {
                    Some(OnboardingEvent::PersonalDataErased { prospect_id })
                }
                // The customer that it makes tells of it.
                ProspectEvent::ConvertedByHand { .. }
                | ProspectEvent::ApplicantBound { .. }
                | ProspectEvent::ApplicantCleared { .. } => None,
            })
            .collect();
        if events.is_empty() {
            return Ok(());
        }
        self.outbox.publish_all(op, events).await?;
        Ok(())
    }
}

/// What the index columns hold.
impl Prospect {
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

    pub(crate) fn identity_key_column(&self) -> Option<String> {
        self.personal_data().and_then(|data| data.identity_key())
    }

    pub(crate) fn name_key_column(&self) -> Option<String> {
        self.name().as_deref().map(name_key)
    }

    pub(crate) fn reject_type_column(&self) -> Option<String> {
        self.kyc
            .rejection
            .as_ref()
            .and_then(|r| r.reject_type.clone())
    }

    pub(crate) fn assignee_column(&self) -> Option<uuid::Uuid> {
        self.assignee.map(Into::into)
    }

    pub(crate) fn snoozed_at_column(&self) -> Option<DateTime<Utc>> {
        self.snooze.map(|(at, _)| at)
    }

    pub(crate) fn snoozed_until_column(&self) -> Option<DateTime<Utc>> {
        self.snooze.map(|(_, until)| until)
    }

    pub(crate) fn link_ends_at_column(&self) -> Option<DateTime<Utc>> {
        self.kyc.link.as_ref().map(|link| link.expires_at)
    }
}
