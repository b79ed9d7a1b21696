//! The place of deposits, withdrawals and credit proposals (`depositRecord`, `withdrawalInitiate`, `Deposit`, …): they come
//! with the domain services that move money. `UsdCents` and `DepositAccount` are there already.
