use es_entity::*;
use outbox::Outbox;
use sqlx::PgPool;

use super::{entity::*, event::*};
use crate::{event::OnboardingEvent, primitives::CustomerId};

/// Customers in the database. Whatever is persisted is published with it.
#[derive(EsRepo, Clone)]
#[es_repo(
    entity = "Customer",
    id(source = caller),
    columns(
        public_id(ty = "String", create(accessor = "public_id.0.clone()"), update(persist = false)),
        email(ty = "Option<String>", create(accessor = "email_column()"), update(accessor = "email()"), find_by = false, list_by = false),
        telegram_handle(ty = "Option<String>", create(accessor = "telegram_handle_column()"), update(accessor = "telegram_handle()"), find_by = false, list_by = false),
        customer_type(ty = "String", create(accessor = "customer_type_name()"), update(persist = false), find_by = false, list_by = false),
        level(ty = "String", create(accessor = "level_name()"), update(accessor = "level_name()"), find_by = false, list_by = false),
        verification(ty = "String", create(accessor = "verification_name()"), update(accessor = "verification_name()"), find_by = false, list_by = false),
        activity(ty = "String", create(accessor = "activity_at_start()"), update(accessor = "activity_name()"), find_by = false, list_by = false),
    ),
    forgettable,
    post_persist_hook = "publish",
    persist_event_context = false
)]
pub(crate) struct Customers {
    pool: PgPool,
    outbox: Outbox,
}

impl Customers {
    pub(crate) fn new(pool: PgPool, outbox: Outbox) -> Self {
        Self { pool, outbox }
    }

    async fn publish(
        &self,
        op: &mut impl AtomicOperation,
        customer: &Customer,
        new_events: LastPersisted<'_, CustomerEvent>,
    ) -> Result<(), RepoFault> {
        let customer_id = customer.id;
        let mut events = Vec::new();
        let mut progressed = false;
        for event in new_events {
            match &event.event {
                CustomerEvent::Initialized {
                    level,
                    verification,
                    ..
                } => {
                    events.push(OnboardingEvent::ProspectConverted {
                        prospect_id: customer_id.into(),
                    });
                    events.push(OnboardingEvent::CustomerKycUpdated {
                        customer_id,
                        level: *level,
                        verification: *verification,
                    });
                }
                CustomerEvent::KycUpdated {
                    level,
                    verification,
                    ..
                } => {
                    events.push(OnboardingEvent::CustomerKycUpdated {
                        customer_id,
                        level: *level,
                        verification: *verification,
                    });
                }
                CustomerEvent::ProvisioningStepDone { .. }
                | CustomerEvent::ProvisioningCompleted {} => {
                    progressed = true;
                }
                CustomerEvent::Restored { .. }
                | CustomerEvent::Deactivated { .. }
                | CustomerEvent::Reactivated { .. }
                | CustomerEvent::Closed { .. } => {
                    events.push(OnboardingEvent::CustomerActivityChanged {
                        customer_id,
                        activity: customer.activity(),
                    });
                }
                CustomerEvent::EmailChanged { .. } => {
                    events.push(OnboardingEvent::CustomerEmailChanged { customer_id });
                }
                // The prospect, whose record this is too, tells of it.
                CustomerEvent::TelegramHandleChanged { .. }
                | CustomerEvent::PersonalDataErased { .. } => {}
            }
        }
        if progressed {
            events.push(OnboardingEvent::CustomerProvisioningProgressed {
                customer_id,
                activity: customer.activity(),
            });
        }
        self.outbox.publish_all(op, events).await?;
        Ok(())
    }
}

/// What the index columns hold.
impl Customer {
    fn level_name(&self) -> String {
        self.level.name().to_owned()
    }

    fn verification_name(&self) -> String {
        self.verification.name().to_owned()
    }

    fn activity_name(&self) -> String {
        self.activity().name().to_owned()
    }
}
