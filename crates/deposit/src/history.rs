//! The histories of deposits and withdrawals, in words.

use kernel::HistoryEntry;

use crate::{Deposit, DepositEvent, Withdrawal, WithdrawalEvent};

/// What happened to a deposit, oldest first.
#[must_use]
pub fn deposit_history(deposit: &Deposit) -> Vec<HistoryEntry> {
    use DepositEvent::*;
    let line = |(at, event): (_, &DepositEvent)| match event {
        Initialized { by, .. } => HistoryEntry::new(at, "Recorded").by(by),
        Reverted { by } => HistoryEntry::new(at, "Reverted by a counter-entry").by(by),
    };
    deposit.history().map(line).collect()
}

/// What happened to a withdrawal, oldest first.
#[must_use]
pub fn withdrawal_history(withdrawal: &Withdrawal) -> Vec<HistoryEntry> {
    use WithdrawalEvent::*;
    let line = |(at, event): (_, &WithdrawalEvent)| match event {
        Initialized { by, .. } => HistoryEntry::new(at, "Started: the money was reserved").by(by),
        Confirmed { by } => HistoryEntry::new(at, "Confirmed: the money left").by(by),
        Cancelled { by } => {
            HistoryEntry::new(at, "Cancelled: the money is on the account again").by(by)
        }
        Reverted { by } => HistoryEntry::new(at, "Reverted by a counter-entry").by(by),
    };
    withdrawal.history().map(line).collect()
}
