//! Telling of changes.

use customer::{event::OnboardingEvent, primitives::CustomerId};
use futures::{Stream, StreamExt as _};
use uuid::Uuid;

use crate::Deposits;

/// A deposit or withdrawal was made or changed; look again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MoneyChanged {
    /// The customer whose money moved.
    pub customer: CustomerId,
    /// The deposit's or withdrawal's id.
    pub document: Uuid,
}

impl Deposits {
    /// Tells of every change from now on, from any server on the database.
    pub fn subscribe(&self) -> impl Stream<Item = MoneyChanged> + Send + 'static {
        self.outbox
            .changes()
            .filter_map(|event| async move { changed(&event) })
    }
}

fn changed(event: &OnboardingEvent) -> Option<MoneyChanged> {
    use OnboardingEvent::*;
    match event {
        DepositRecorded(moved) | DepositReverted(moved) => Some(MoneyChanged {
            customer: moved.customer_id,
            document: moved.deposit_id,
        }),
        WithdrawalInitiated(moved)
        | WithdrawalConfirmed(moved)
        | WithdrawalCancelled(moved)
        | WithdrawalReverted(moved) => Some(MoneyChanged {
            customer: moved.customer_id,
            document: moved.withdrawal_id,
        }),
        _ => None,
    }
}
