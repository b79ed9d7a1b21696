//! Deposit accounts, and the deposits and withdrawals on them: the GraphQL types, their queries, mutations and subscription.

mod account;
mod enums;
mod mutations;
mod queries;
mod subscription;
mod transaction;

pub(crate) use account::DepositAccount;
pub(crate) use enums::{DepositAccountStatus, DepositStatus, WithdrawalStatus};
pub(crate) use mutations::DepositMutations;
pub(crate) use queries::DepositQueries;
pub(crate) use subscription::WithdrawalSubscription;
pub(crate) use transaction::{Deposit, Withdrawal};
