use es_entity::*;

use super::{ProspectEvent, forgettable, record::KycRecord};
use crate::{
    contact::{Email, TelegramHandle},
    primitives::{CustomerType, ProspectId, PublicId},
};

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
