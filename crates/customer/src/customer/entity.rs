use chrono::{DateTime, Utc};
use es_entity::*;
use serde::{Deserialize, Serialize};

use crate::{
    kyc::Holder,
    primitives::{
        Activity, CallbackId, CustomerId, CustomerType, KycLevel, PublicId, Verification,
    },
    prospect::{Prospect, forgettable},
};

/// What made a prospect a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Conversion {
    /// A GREEN of Sumsub's.
    SumsubApproved {
        /// Its number in the callback log.
        callback: CallbackId,
    },
}

/// What happened to a customer. Personal data stands outside the event stream (`Forgettable`).
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "CustomerId")]
pub enum CustomerEvent {
    /// The prospect was converted.
    Initialized {
        /// The prospect's UUID.
        id: CustomerId,
        /// The prospect's short number.
        public_id: PublicId,
        /// Decides the ledger's account set.
        customer_type: CustomerType,
        /// As typed.
        email: Forgettable<String>,
        /// Without `@`; forgotten from the start when there is none.
        telegram_handle: Forgettable<String>,
        /// What converted it.
        conversion: Conversion,
        /// How far it is verified.
        level: KycLevel,
        /// Whether it stands.
        verification: Verification,
    },
    /// Sumsub's later answers.
    KycUpdated {
        /// Its number in the callback log.
        callback: CallbackId,
        /// How far it is verified.
        level: KycLevel,
        /// Whether it stands.
        verification: Verification,
    },
    /// A step of provisioning was done.
    ProvisioningStepDone {
        /// The step's name, for example `login`.
        step: String,
        /// What came of it, for example the account's code.
        detail: Option<String>,
    },
    /// All steps were done.
    ProvisioningCompleted {},
}

/// A converted prospect.
#[derive(EsEntity)]
pub struct Customer {
    /// The prospect's UUID.
    pub id: CustomerId,
    /// The prospect's short number.
    pub public_id: PublicId,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    email: Forgettable<String>,
    telegram_handle: Forgettable<String>,
    /// What converted it.
    pub conversion: Conversion,
    /// How far it is verified.
    pub level: KycLevel,
    /// Whether it stands.
    pub verification: Verification,
    provisioned: bool,
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

    /// The Telegram handle without `@`, when there is one.
    #[must_use]
    pub fn telegram_handle(&self) -> Option<String> {
        self.telegram_handle.value().map(|value| value.clone())
    }

    /// Derived from the facts, never set (*Activity* in `design.md`, "The words").
    #[must_use]
    pub fn activity(&self) -> Activity {
        if self.verification == Verification::Rejected {
            Activity::Inactive
        } else if self.provisioned {
            Activity::Active
        } else {
            Activity::Pending
        }
    }

    /// What judging a callback needs to know.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder {
            verification: self.verification,
            closed: false,
        }
    }

    /// Everything that happened, oldest first, with the time of each.
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &CustomerEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
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

    /// Whether something was recorded that is not persisted yet.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.events.any_new()
    }

    fn push(&mut self, event: CustomerEvent) {
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
            CustomerEvent::Initialized { .. } | CustomerEvent::ProvisioningStepDone { .. } => {}
        }
        self.events.push(event);
    }

    // What the index columns hold.
    pub(crate) fn level_name(&self) -> String {
        self.level.name().to_owned()
    }

    pub(crate) fn verification_name(&self) -> String {
        self.verification.name().to_owned()
    }

    pub(crate) fn activity_name(&self) -> String {
        self.activity().name().to_owned()
    }
}

impl TryFromEvents<CustomerEvent> for Customer {
    fn try_from_events(events: EntityEvents<CustomerEvent>) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Customer::hydrator();
        hydrator.provisioned(false);
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
            }
        }
        hydrator.build(events)
    }
}

/// A customer to be made of a prospect.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    pub(crate) id: CustomerId,
    pub(crate) public_id: PublicId,
    customer_type: CustomerType,
    email: Option<String>,
    telegram_handle: Option<String>,
    conversion: Conversion,
    level: KycLevel,
    verification: Verification,
}

impl NewCustomer {
    /// After a GREEN: level Basic, Verified.
    #[must_use]
    pub fn approved(prospect: &Prospect, callback: CallbackId) -> Self {
        NewCustomer {
            id: prospect.id.into(),
            public_id: prospect.public_id.clone(),
            customer_type: prospect.customer_type,
            email: prospect.email(),
            telegram_handle: prospect.telegram_handle(),
            conversion: Conversion::SumsubApproved { callback },
            level: KycLevel::Basic,
            verification: Verification::Verified,
        }
    }

    pub(crate) fn email_column(&self) -> Option<String> {
        self.email.clone()
    }

    pub(crate) fn telegram_handle_column(&self) -> Option<String> {
        self.telegram_handle.clone()
    }

    pub(crate) fn customer_type_name(&self) -> String {
        self.customer_type.name().to_owned()
    }

    pub(crate) fn level_name(&self) -> String {
        self.level.name().to_owned()
    }

    pub(crate) fn verification_name(&self) -> String {
        self.verification.name().to_owned()
    }

    pub(crate) fn activity_at_start(&self) -> String {
        Activity::Pending.name().to_owned()
    }
}

impl IntoEvents<CustomerEvent> for NewCustomer {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<CustomerEvent, FromCaller>,
    ) -> EntityEvents<CustomerEvent> {
        builder.initial_events(
            self.id,
            [CustomerEvent::Initialized {
                id: self.id,
                public_id: self.public_id,
                customer_type: self.customer_type,
                email: forgettable(self.email),
                telegram_handle: forgettable(self.telegram_handle),
                conversion: self.conversion,
                level: self.level,
                verification: self.verification,
            }],
        )
    }
}
