use es_entity::*;

use super::{Conversion, CustomerEvent};
use crate::{
    primitives::{
        Activity, CallbackId, CustomerId, CustomerType, KycLevel, PublicId, Verification,
    },
    prospect::{Prospect, forgettable},
};

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

    /// By an operator, past KYC: level Not KYCed, Pending Verification.
    #[must_use]
    pub fn by_hand(prospect: &Prospect, operator: String) -> Self {
        NewCustomer {
            conversion: Conversion::Hand { operator },
            level: KycLevel::NotKyced,
            verification: Verification::PendingVerification,
            ..Self::approved(prospect, 0)
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
