//! What follows from a customer's facts for the deposit account.

use super::Customer;
use crate::primitives::Activity;

/// Whether money moves on a customer's deposit account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountState {
    /// It does.
    Active,
    /// Not while the customer is Inactive.
    Frozen,
    /// Never again.
    Closed,
}

impl Customer {
    /// The state of the account; `locked` is what the ledger says.
    #[must_use]
    pub fn account_state(&self, locked: bool) -> AccountState {
        match self.activity() {
            Activity::Closed => AccountState::Closed,
            _ if locked => AccountState::Closed,
            Activity::Inactive => AccountState::Frozen,
            Activity::Pending | Activity::Active => AccountState::Active,
        }
    }
}
