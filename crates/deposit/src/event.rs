//! What others hear of money: this domain's events of the outbox. They carry ids and amounts, never personal data.

use customer::primitives::CustomerId;
use kernel::DomainEvent;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event of the outbox (table `outbox_events`, column `payload`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum MoneyEvent {
    /// Money came onto a customer's account.
    DepositRecorded(DepositMoved),
    /// A deposit was taken back by a counter-entry.
    DepositReverted(DepositMoved),
    /// Money was reserved for a withdrawal, which waits for somebody to confirm or cancel it.
    WithdrawalInitiated(WithdrawalMoved),
    /// The reserved money left.
    WithdrawalConfirmed(WithdrawalMoved),
    /// The reserved money is on the account again.
    WithdrawalCancelled(WithdrawalMoved),
    /// A confirmed withdrawal was taken back by a counter-entry.
    WithdrawalReverted(WithdrawalMoved),
}

/// Which deposit, whose, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositMoved {
    /// The deposit's UUID.
    pub deposit_id: Uuid,
    /// The customer that it is about.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// In whole US cents.
    pub amount: i64,
}

/// Which withdrawal, whose, and how much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithdrawalMoved {
    /// The withdrawal's UUID.
    pub withdrawal_id: Uuid,
    /// The customer that it is about.
    pub customer_id: CustomerId,
    /// The customer's account in the ledger.
    pub account_id: Uuid,
    /// In whole US cents.
    pub amount: i64,
}

impl MoneyEvent {
    /// The customer whose money moved, and the deposit's or withdrawal's id.
    pub(crate) fn moved(&self) -> (CustomerId, Uuid) {
        match self {
            MoneyEvent::DepositRecorded(moved) | MoneyEvent::DepositReverted(moved) => {
                (moved.customer_id, moved.deposit_id)
            }
            MoneyEvent::WithdrawalInitiated(moved)
            | MoneyEvent::WithdrawalConfirmed(moved)
            | MoneyEvent::WithdrawalCancelled(moved)
            | MoneyEvent::WithdrawalReverted(moved) => (moved.customer_id, moved.withdrawal_id),
        }
    }
}

impl DomainEvent for MoneyEvent {
    fn subject(&self) -> Uuid {
        self.moved().0.into()
    }
}
