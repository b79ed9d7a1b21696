use chrono::{DateTime, Utc};
use customer::primitives::{CustomerId, PublicId};
use es_entity::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    WithdrawalRow,
    event::WithdrawalMoved,
    primitives::{WithdrawalId, WithdrawalStatus},
    reference,
};
use kernel::Amount;

/// What happened to a withdrawal. The reference stands outside the event stream (`Forgettable`): it may name people.
/// `by` names subjects as the audit log does.
#[derive(EsEvent, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[es_event(id = "WithdrawalId")]
pub enum WithdrawalEvent {
    /// It was started, and the money reserved.
    Initialized {
        /// Its UUID in our database.
        id: WithdrawalId,
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
        /// Who started it.
        by: String,
    },
    /// The money left.
    Confirmed {
        /// Whoever did it, as the audit log names subjects.
        by: String,
    },
    /// The money is on the account again.
    Cancelled {
        /// Whoever did it, as the audit log names subjects.
        by: String,
    },
    /// The money had left; a counter-entry took it back.
    Reverted {
        /// Whoever did it, as the audit log names subjects.
        by: String,
    },
}

/// Money that leaves a customer's account, once another than who started it has confirmed.
#[derive(EsEntity)]
pub struct Withdrawal {
    /// Its UUID in our database.
    pub id: WithdrawalId,
    /// Its short number.
    pub public_id: PublicId,
    /// The customer whose account it is on.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// The amount, in whole US cents.
    pub amount: Amount,
    /// Where it stands.
    pub status: WithdrawalStatus,
    /// Who started it, as the audit log names subjects.
    pub initiated_by: String,
    reference: Forgettable<String>,
    events: EntityEvents<WithdrawalEvent>,
}

impl Withdrawal {
    /// When it was started.
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
    pub fn row(&self) -> WithdrawalRow {
        WithdrawalRow {
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
    pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &WithdrawalEvent)> {
        self.events
            .iter_persisted()
            .map(|event| (event.recorded_at, &event.event))
    }

    pub(crate) fn confirm(&mut self, by: String) {
        self.status = WithdrawalStatus::Confirmed;
        self.events.push(WithdrawalEvent::Confirmed { by });
    }

    pub(crate) fn cancel(&mut self, by: String) {
        self.status = WithdrawalStatus::Cancelled;
        self.events.push(WithdrawalEvent::Cancelled { by });
    }

    pub(crate) fn revert(&mut self, by: String) {
        self.status = WithdrawalStatus::Reverted;
        self.events.push(WithdrawalEvent::Reverted { by });
    }

    pub(crate) fn moved(&self) -> WithdrawalMoved {
        WithdrawalMoved {
            withdrawal_id: self.id.into(),
            customer_id: self.customer_id,
            account_id: self.account_id,
            amount: self.amount.cents(),
        }
    }

    pub(crate) fn status_name(&self) -> String {
        self.status.name().to_owned()
    }
}

impl TryFromEvents<WithdrawalEvent> for Withdrawal {
    fn try_from_events(
        events: EntityEvents<WithdrawalEvent>,
    ) -> Result<Self, EntityHydrationError> {
        let mut hydrator = Withdrawal::hydrator();
        for event in events.iter_all() {
            match event {
                WithdrawalEvent::Initialized {
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
                        .initiated_by(by.clone())
                        .status(WithdrawalStatus::PendingConfirmation);
                }
                WithdrawalEvent::Confirmed { .. } => {
                    hydrator.status(WithdrawalStatus::Confirmed);
                }
                WithdrawalEvent::Cancelled { .. } => {
                    hydrator.status(WithdrawalStatus::Cancelled);
                }
                WithdrawalEvent::Reverted { .. } => {
                    hydrator.status(WithdrawalStatus::Reverted);
                }
            }
        }
        hydrator.build(events)
    }
}

/// A withdrawal to be started.
#[derive(Debug)]
pub struct NewWithdrawal {
    pub(crate) id: WithdrawalId,
    pub(crate) public_id: PublicId,
    pub(crate) customer_id: CustomerId,
    pub(crate) account_id: Uuid,
    pub(crate) amount: Amount,
    pub(crate) reference: Option<String>,
    pub(crate) by: String,
}

impl NewWithdrawal {
    pub(crate) fn reference_key(&self) -> Option<String> {
        self.reference.as_deref().map(reference::key)
    }

    pub(crate) fn status_at_start(&self) -> String {
        WithdrawalStatus::PendingConfirmation.name().to_owned()
    }
}

impl IntoEvents<WithdrawalEvent> for NewWithdrawal {
    type IdSource = FromCaller;

    fn into_events(
        self,
        builder: EntityEventsBuilder<WithdrawalEvent, FromCaller>,
    ) -> EntityEvents<WithdrawalEvent> {
        builder.initial_events(
            self.id,
            [WithdrawalEvent::Initialized {
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
