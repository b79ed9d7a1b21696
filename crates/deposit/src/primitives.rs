//! The words of the domain, as types.

use kernel::Kind;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

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

/// Where a deposit stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DepositStatus {
    /// The money is on the account.
    Confirmed,
    /// It was taken back by a counter-entry.
    Reverted,
}

/// Where a withdrawal stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum WithdrawalStatus {
    /// The money is reserved; somebody else has to confirm.
    PendingConfirmation,
    /// The money left.
    Confirmed,
    /// The money is on the account again.
    Cancelled,
    /// The money had left, and was taken back by a counter-entry.
    Reverted,
}

impl DepositStatus {
    /// The name it is stored under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Confirmed => "Confirmed",
            Self::Reverted => "Reverted",
        }
    }
}

impl WithdrawalStatus {
    /// The name it is stored under.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::PendingConfirmation => "Pending Confirmation",
            Self::Confirmed => "Confirmed",
            Self::Cancelled => "Cancelled",
            Self::Reverted => "Reverted",
        }
    }
}
