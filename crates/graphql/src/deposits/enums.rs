//! Where accounts, deposits and withdrawals stand: the domain's values under the names of the API.

use async_graphql::Enum;

/// Whether money moves on a deposit account.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::customer::AccountState")]
pub(crate) enum DepositAccountStatus {
    /// The account takes postings.
    Active,
    /// Not while the customer has no access.
    Frozen,
    /// The account is closed for good.
    Closed,
}

/// Where a deposit stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "deposit::DepositStatus")]
pub(crate) enum DepositStatus {
    /// The money is on the account.
    Confirmed,
    /// It was taken back by a counter-entry.
    Reverted,
}

/// Where a withdrawal stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "deposit::WithdrawalStatus")]
pub(crate) enum WithdrawalStatus {
    /// The money is reserved; another operator has to confirm.
    PendingConfirmation,
    /// The money left.
    Confirmed,
    /// The money is on the account again.
    Cancelled,
    /// The money had left, and was put back by a counter-entry.
    Reverted,
}
