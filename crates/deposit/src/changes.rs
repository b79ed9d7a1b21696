//! Telling of changes.

use customer::primitives::CustomerId;
use futures::{Stream, StreamExt as _};
use uuid::Uuid;

use crate::{Deposits, event::MoneyEvent};

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
        self.outbox.changes().filter_map(|event| async move {
            let (customer, document) = event.read::<MoneyEvent>().ok()?.moved();
            Some(MoneyChanged { customer, document })
        })
    }
}
