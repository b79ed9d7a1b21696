//! What can be done with deposits and withdrawals.

use access::Permission;
use customer::primitives::CustomerId;
use deposit::{Document as _, DocumentKind};
use kernel::Amount;
use uuid::Uuid;

use super::{Deposit, Withdrawal};
use crate::{
    error::ApiError,
    mutation::{Call, mutations},
    scalars::UsdCents,
};

mutations! {
    /// The mutations of deposits and withdrawals.
    DepositMutations(call):

    /// Records a deposit (DEPOSIT_CREATE): the money is on the account at once. An account that is frozen or closed, or whose
    /// customer isn't VERIFIED, is a `CONFLICT`.
    deposit_record("Where, and how much.")
    DepositRecordInput = "Money that came in." {
        /// On which account.
        deposit_account_id: Uuid,
        /// How much, more than 0.
        amount: UsdCents,
        /// Known by what outside; one that another deposit on the account has, in any case, is a `CONFLICT`,
        /// until that one is reverted.
        reference: Option<String>,
        /// The deposit's UUID, made by you (v7): then the same mutation again answers the same deposit, also without a reference.
        deposit_id: Option<Uuid>,
    }
    {
        let deposits = &call.services.deposits;
        let customer = account_holder(&call, deposit_account_id).await?;
        let (amount, reference) = (Amount::from_cents(amount.0), reference.unwrap_or_default());
        let new = deposits.check(call.subject, DocumentKind::Deposit, customer, amount, &reference).await?;
        let id = deposit_id.unwrap_or_else(Uuid::now_v7).into();
        let recorded = deposits.record_deposit(call.subject, id, &new).await?;
    }
    DepositRecordPayload {
        /// The deposit as it is now.
        deposit: Deposit => Deposit::single(call.ctx, recorded.row())?,
    }

    /// Takes a deposit back by a counter-entry (WITHDRAWAL_CONFIRM), not by who recorded it. One that is spent already is a
    /// `CONFLICT`.
    deposit_revert("Which.")
    DepositRevertInput = "Taking a deposit back." {
        /// The deposit's UUID.
        deposit_id: Uuid,
    }
    { let reverted = call.services.deposits.revert_deposit(call.subject, deposit_id.into()).await?; }
    DepositRevertPayload {
        /// The deposit as it is now.
        deposit: Deposit => Deposit::single(call.ctx, reverted.row())?,
    }

    /// Starts a withdrawal (DEPOSIT_CREATE): the money is reserved, and no longer settled. More than is there is a `CONFLICT`.
    withdrawal_initiate("From where, and how much.")
    WithdrawalInitiateInput = "Money that is to go out." {
        /// From which account.
        deposit_account_id: Uuid,
        /// How much, more than 0.
        amount: UsdCents,
        /// Known by what outside; one that another withdrawal from the account has, in any case, is a
        /// `CONFLICT`, until that one is cancelled or reverted.
        reference: Option<String>,
        /// The withdrawal's UUID, made by you (v7): then the same mutation again answers the same withdrawal, also without a
        /// reference.
        withdrawal_id: Option<Uuid>,
    }
    {
        let deposits = &call.services.deposits;
        let customer = account_holder(&call, deposit_account_id).await?;
        let (amount, reference) = (Amount::from_cents(amount.0), reference.unwrap_or_default());
        let new = deposits.check(call.subject, DocumentKind::Withdrawal, customer, amount, &reference).await?;
        let id = withdrawal_id.unwrap_or_else(Uuid::now_v7).into();
        let initiated = deposits.initiate_withdrawal(call.subject, id, &new).await?;
    }
    WithdrawalInitiatePayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal => Withdrawal::single(call.ctx, initiated.row())?,
    }

    /// Lets the reserved money go (WITHDRAWAL_CONFIRM), by another than who initiated it.
    withdrawal_confirm("Which.")
    WithdrawalConfirmInput = "Letting reserved money go." {
        /// The withdrawal's UUID.
        withdrawal_id: Uuid,
    }
    { let confirmed = call.services.deposits.confirm_withdrawal(call.subject, withdrawal_id.into()).await?; }
    WithdrawalConfirmPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal => Withdrawal::single(call.ctx, confirmed.row())?,
    }

    /// Gives the reserved money free again (DEPOSIT_CREATE), also on a frozen account.
    withdrawal_cancel("Which.")
    WithdrawalCancelInput = "Giving reserved money free." {
        /// The withdrawal's UUID.
        withdrawal_id: Uuid,
    }
    { let cancelled = call.services.deposits.cancel_withdrawal(call.subject, withdrawal_id.into()).await?; }
    WithdrawalCancelPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal => Withdrawal::single(call.ctx, cancelled.row())?,
    }

    /// Puts a confirmed withdrawal back by a counter-entry (WITHDRAWAL_CONFIRM), not by who initiated it.
    withdrawal_revert("Which.")
    WithdrawalRevertInput = "Putting back what went out." {
        /// The withdrawal's UUID.
        withdrawal_id: Uuid,
    }
    { let reverted = call.services.deposits.revert_withdrawal(call.subject, withdrawal_id.into()).await?; }
    WithdrawalRevertPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal => Withdrawal::single(call.ctx, reverted.row())?,
    }
}

/// Whose account it is. Of an account that does not exist, whoever may not do it anyway goes on as if it did: the domain,
/// asked next, refuses them and writes that down.
async fn account_holder(call: &Call<'_>, account: Uuid) -> Result<CustomerId, ApiError> {
    match call.services.deposits.customer_of(account).await? {
        Some(customer) => Ok(customer),
        None if call.subject.may(Permission::DepositCreate) => {
            Err(ApiError::not_found("deposit account"))
        }
        None => Ok(account.into()),
    }
}
