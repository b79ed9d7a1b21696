//! What follows from a customer's facts for the deposit account.

use super::Customer;
use crate::primitives::Activity;

/// Whether money moves on a customer's deposit account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// Money moves on it.
    Active,
    /// Not while the customer is Inactive.
    Frozen,
    /// No money moves on it any more: the customer is closed, or the ledger locked the account.
    Closed,
}

impl AccountState {
    /// The state of the account of a customer with this activity; `locked` is what the ledger says.
    #[must_use]
    pub fn of(activity: Activity, locked: bool) -> Self {
        match activity {
            Activity::Closed => Self::Closed,
            _ if locked => Self::Closed,
            Activity::Inactive => Self::Frozen,
            Activity::Pending | Activity::Active => Self::Active,
        }
    }
}

impl Customer {
    /// The state of the account; `locked` is what the ledger says.
    #[must_use]
    pub fn account_state(&self, locked: bool) -> AccountState {
        AccountState::of(self.activity(), locked)
    }
}
