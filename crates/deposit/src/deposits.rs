//! What makes a document a deposit.

use crate::{
    document::{document, prelude::*},
    event::{DepositMoved, MoneyEvent},
    primitives::{DepositId, DepositStatus},
};

document! {
    /// Money that came onto a customer's account.
    Deposit, named "Deposit", a Deposit with DepositId in DepositRepo (deposits), made as NewDeposit

    /// What happened to a deposit.
    DepositEvent {
        /// It was recorded, and posted.
        Initialized => DepositStatus::Confirmed,
        /// A counter-entry took it back.
        Reverted by revert,
    }
}

impl Deposit {
    fn outbox_event(&self, event: &DepositEvent) -> MoneyEvent {
        let moved = DepositMoved {
            deposit_id: self.id.into(),
            customer_id: self.customer_id,
            account_id: self.account_id,
            amount: self.amount.cents(),
        };
        match event {
            DepositEvent::Initialized { .. } => MoneyEvent::DepositRecorded(moved),
            DepositEvent::Reverted { .. } => MoneyEvent::DepositReverted(moved),
        }
    }
}
