use chrono::{DateTime, Utc};
use customer::primitives::{CustomerId, PublicId};
use es_entity::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    DepositRow,
    event::DepositMoved,
    primitives::{DepositId, DepositStatus},
    reference,
};
use kernel::Amount;

/// What happened to a deposit. The reference stands outside the event stream (`Forgettable`): it may name people.
/// `by` names subjects as the audit log does.
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "DepositId")]
pub enum DepositEvent {
    /// It was recorded, and posted.
    Initialized {
        /// Its UUID in our database.
        id: DepositId,
        /// Its short number.
        public_id: PublicId,
        /// The customer whose account it is on.
        customer_id: CustomerId,
        /// The customer's account in the ledger.
        account_id: Uuid,
        /// The amount, in whole US cents.
        amount: Amount,
        /// Known by what; forgotten from the start when nothing was typed.
        reference: Forgettable<String>,
        /// Who recorded it.
        by: String,
    },
    /// A counter-entry took it back.
    Reverted {
        /// Whoever did it, as the audit log names subjects.
        by: String,
    },
}

/// Money that came onto a customer's account.
#[derive(EsEntity)]
pub struct Deposit {
    /// Its UUID in our database.
    pub id: DepositId,
    /// Its short number.
    pub public_id: PublicId,
    /// The customer whose account it is on.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// The amount, in whole US cents.
    pub amount: Amount,
    /// Where it stands.
    pub status: DepositStatus,
    /// Who recorded it, as the audit log names subjects.
    pub recorded_by: String,
    reference: Forgettable<String>,
    events: EntityEvents<DepositEvent>,
}

impl Deposit {
    /// When it was recorded.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        self.events
            .entity_first_persisted_at()
            .unwrap_or_else(Utc::now)
    }

    /// Known by what; none when nothing was typed, and once it is erased.
    #[must_use]
    pub fn reference(&self) -> Option<String> {
        self.reference.value().map(|value| value.clone())
    }

    /// As it stands in a list.
    #[must_use]
    pub fn row(&self) -> DepositRow {
        DepositRow {
            id: self.id,
            public_id: self.public_id.clone(),
            customer_id: self.customer_id,
            account_id: self.account_id,
            amount: self.amount,
            reference: self.reference(),
            status: self.status,
            created_at: self.created_at(),
        }
    }

    /// Everything that happened, oldest first, with the time of each.
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &DepositEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
    }

    pub(crate) fn revert(&mut self, by: String) {
        self.status = DepositStatus::Reverted;
        self.events.push(DepositEvent::Reverted { by });
    }

    pub(crate) fn moved(&self) -> DepositMoved {
        DepositMoved {
            deposit_id: self.id.into(),
            customer_id: self.customer_id,
            account_id: self.account_id,
            amount: self.amount.cents(),
        }
    }

    pub(crate) fn status_name(&self) -> String {
        self.status.name().to_owned()
    }
}

impl TryFromEvents<DepositEvent> for Deposit {
    fn try_from_events(events: EntityEvents<DepositEvent>) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Deposit::hydrator();
        for event in events.iter_all() {
            match event {
                DepositEvent::Initialized {
                    id,
                    public_id,
                    customer_id,
                    account_id,
                    amount,
                    reference,
                    by,
                } => {
                    hydrator
                        .id(*id)
                        .public_id(public_id.clone())
                        .customer_id(*customer_id)
                        .account_id(*account_id)
                        .amount(*amount)
                        .reference(reference.clone())
                        .recorded_by(by.clone())
                        .status(DepositStatus::Confirmed);
                }
                DepositEvent::Reverted { .. } => {
                    hydrator.status(DepositStatus::Reverted);
                }
            }
        }
        hydrator.build(events)
    }
}

/// A deposit to be recorded.
#[derive(Debug)]
pub struct NewDeposit {
    pub(crate) id: DepositId,
    pub(crate) public_id: PublicId,
    pub(crate) customer_id: CustomerId,
    pub(crate) account_id: Uuid,
    pub(crate) amount: Amount,
    pub(crate) reference: Option<String>,
    pub(crate) by: String,
}

impl NewDeposit {
    pub(crate) fn reference_key(&self) -> Option<String> {
        self.reference.as_deref().map(reference::key)
    }

    pub(crate) fn status_at_start(&self) -> String {
        DepositStatus::Confirmed.name().to_owned()
    }
}

impl IntoEvents<DepositEvent> for NewDeposit {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<DepositEvent, FromCaller>,
    ) -> EntityEvents<DepositEvent> {
        builder.initial_events(
            self.id,
            [DepositEvent::Initialized {
                id: self.id,
                public_id: self.public_id,
                customer_id: self.customer_id,
                account_id: self.account_id,
                amount: self.amount,
                reference: self
                    .reference
                    .map_or_else(Forgettable::forgotten, Forgettable::new),
                by: self.by,
            }],
        )
    }
}
