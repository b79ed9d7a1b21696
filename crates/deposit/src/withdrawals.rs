//! What makes a document a withdrawal.

use crate::{
    document::{document, prelude::*},
    event::{MoneyEvent, WithdrawalMoved},
    primitives::{WithdrawalId, WithdrawalStatus},
};

document! {
    /// Money that leaves a customer's account, once another than who started it has confirmed.
    Withdrawal, named "Withdrawal", a Withdrawal with WithdrawalId in WithdrawalRepo (withdrawals), made as NewWithdrawal

    /// What happened to a withdrawal.
    WithdrawalEvent {
        /// It was started, and the money reserved.
        Initialized => WithdrawalStatus::PendingConfirmation,
        /// The money left.
        Confirmed by confirm,
        /// The money is on the account again.
        Cancelled by cancel,
        /// The money had left; a counter-entry took it back.
        Reverted by revert,
    }
}

impl Withdrawal {
    fn outbox_event(&self, event: &WithdrawalEvent) -> MoneyEvent {
        let moved = WithdrawalMoved {
            withdrawal_id: self.id.into(),
            customer_id: self.customer_id,
            account_id: self.account_id,
            amount: self.amount.cents(),
        };
        match event {
            WithdrawalEvent::Initialized { .. } => MoneyEvent::WithdrawalInitiated(moved),
            WithdrawalEvent::Confirmed { .. } => MoneyEvent::WithdrawalConfirmed(moved),
            WithdrawalEvent::Cancelled { .. } => MoneyEvent::WithdrawalCancelled(moved),
            WithdrawalEvent::Reverted { .. } => MoneyEvent::WithdrawalReverted(moved),
        }
    }
}
