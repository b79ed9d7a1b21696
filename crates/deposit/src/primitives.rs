//! The words of the domain, as types.

use kernel::{Kind, vocabulary};

/// Money that came onto an account.
pub const DEPOSIT: Kind = Kind::new("deposit");
/// Money that leaves an account.
pub const WITHDRAWAL: Kind = Kind::new("withdrawal");

#[expect(
    missing_docs,
    reason = "the macro takes no comments: the ids of deposits and withdrawals, UUIDs"
)]
mod ids {
    es_entity::entity_id! {
        DepositId,
        WithdrawalId;
    }
}
pub use ids::{DepositId, WithdrawalId};

vocabulary! {
    /// Where a deposit stands.
    DepositStatus {
        /// The money is on the account.
        Confirmed => "Confirmed",
        /// It was taken back by a counter-entry.
        Reverted => "Reverted",
    }
}

vocabulary! {
    /// Where a withdrawal stands.
    WithdrawalStatus {
        /// The money is reserved; somebody else has to confirm.
        PendingConfirmation => "Pending Confirmation",
        /// The money left.
        Confirmed => "Confirmed",
        /// The money is on the account again.
        Cancelled => "Cancelled",
        /// The money had left, and was taken back by a counter-entry.
        Reverted => "Reverted",
    }
}
