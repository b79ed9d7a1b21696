//! Money in and out.

use access::{Permission, Subject};
use async_graphql::{Context, Object};
use customer::primitives::CustomerId;
use kernel::Amount;
use uuid::Uuid;

use super::operations;
use crate::{
    error::ApiError,
    money::{Deposit, Withdrawal},
    request::{caller, services},
    scalars::UsdCents,
};

operations! {
    /// Money that came in.
    DepositRecordInput {
        /// On which account.
        deposit_account_id: Uuid,
        /// How much, more than 0.
        amount: UsdCents,
        /// Known by what outside; one that another deposit on the account has, in any case, is a `CONFLICT`,
        /// until that one is reverted.
        reference: Option<String>,
        /// The deposit's UUID, made by you (v7): then the same mutation again answers the same deposit, also without a reference.
        deposit_id: Option<Uuid>,
    } => DepositRecordPayload {
        /// The deposit.
        deposit: Deposit
    }

    /// Taking a deposit back.
    DepositRevertInput {
        /// Which.
        deposit_id: Uuid,
    } => DepositRevertPayload {
        /// The deposit as it is now.
        deposit: Deposit
    }

    /// Money that is to go out.
    WithdrawalInitiateInput {
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
    } => WithdrawalInitiatePayload {
        /// The withdrawal.
        withdrawal: Withdrawal
    }

    /// Letting reserved money go.
    WithdrawalConfirmInput {
        /// Which.
        withdrawal_id: Uuid,
    } => WithdrawalConfirmPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal
    }

    /// Giving reserved money free.
    WithdrawalCancelInput {
        /// Which.
        withdrawal_id: Uuid,
    } => WithdrawalCancelPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal
    }

    /// Putting back what went out.
    WithdrawalRevertInput {
        /// Which.
        withdrawal_id: Uuid,
    } => WithdrawalRevertPayload {
        /// The withdrawal as it is now.
        withdrawal: Withdrawal
    }
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct MoneyMutation;

#[Object]
impl MoneyMutation {
    /// Records a deposit (DEPOSIT_CREATE): the money is on the account at once. An account that is frozen or closed, or whose
    /// customer isn't VERIFIED, is a `CONFLICT`.
    async fn deposit_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Where, and how much.")] input: DepositRecordInput,
    ) -> Result<DepositRecordPayload, ApiError> {
        let (deposits, subject) = (&services(ctx)?.deposits, &caller(ctx)?.subject);
        let customer = owner(ctx, input.deposit_account_id).await?;
        let amount = Amount::from_cents(input.amount.0);
        let reference = input.reference.unwrap_or_default();
        let new = deposits
            .check_deposit(subject, customer, amount, &reference)
            .await?;
        let id = input.deposit_id.unwrap_or_else(Uuid::now_v7);
        let made = deposits.record_deposit(subject, id.into(), &new).await?;
        let deposit = Deposit::alone(ctx, made.row())?;
        Ok(DepositRecordPayload { deposit })
    }

    /// Takes a deposit back by a counter-entry (WITHDRAWAL_CONFIRM), not by who recorded it. One that is spent already is a
    /// `CONFLICT`.
    async fn deposit_revert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: DepositRevertInput,
    ) -> Result<DepositRevertPayload, ApiError> {
        let id = input.deposit_id.into();
        let done = services(ctx)?
            .deposits
            .revert_deposit(&caller(ctx)?.subject, id)
            .await?;
        let deposit = Deposit::alone(ctx, done.row())?;
        Ok(DepositRevertPayload { deposit })
    }

    /// Starts a withdrawal (DEPOSIT_CREATE): the money is reserved, and no longer settled. More than is there is a `CONFLICT`.
    async fn withdrawal_initiate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where, and how much.")] input: WithdrawalInitiateInput,
    ) -> Result<WithdrawalInitiatePayload, ApiError> {
        let (deposits, subject) = (&services(ctx)?.deposits, &caller(ctx)?.subject);
        let customer = owner(ctx, input.deposit_account_id).await?;
        let amount = Amount::from_cents(input.amount.0);
        let reference = input.reference.unwrap_or_default();
        let new = deposits
            .check_withdrawal(subject, customer, amount, &reference)
            .await?;
        let id = input.withdrawal_id.unwrap_or_else(Uuid::now_v7);
        let made = deposits
            .initiate_withdrawal(subject, id.into(), &new)
            .await?;
        let withdrawal = Withdrawal::alone(ctx, made.row())?;
        Ok(WithdrawalInitiatePayload { withdrawal })
    }

    /// Lets the reserved money go (WITHDRAWAL_CONFIRM), by another than who initiated it.
    async fn withdrawal_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawalConfirmInput,
    ) -> Result<WithdrawalConfirmPayload, ApiError> {
        let id = input.withdrawal_id.into();
        let done = services(ctx)?
            .deposits
            .confirm_withdrawal(&caller(ctx)?.subject, id)
            .await?;
        let withdrawal = Withdrawal::alone(ctx, done.row())?;
        Ok(WithdrawalConfirmPayload { withdrawal })
    }

    /// Gives the reserved money free again (DEPOSIT_CREATE), also on a frozen account.
    async fn withdrawal_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawalCancelInput,
    ) -> Result<WithdrawalCancelPayload, ApiError> {
        let id = input.withdrawal_id.into();
        let done = services(ctx)?
            .deposits
            .cancel_withdrawal(&caller(ctx)?.subject, id)
            .await?;
        let withdrawal = Withdrawal::alone(ctx, done.row())?;
        Ok(WithdrawalCancelPayload { withdrawal })
    }

    /// Puts a confirmed withdrawal back by a counter-entry (WITHDRAWAL_CONFIRM), not by who initiated it.
    async fn withdrawal_revert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawalRevertInput,
    ) -> Result<WithdrawalRevertPayload, ApiError> {
        let id = input.withdrawal_id.into();
        let done = services(ctx)?
            .deposits
            .revert_withdrawal(&caller(ctx)?.subject, id)
            .await?;
        let withdrawal = Withdrawal::alone(ctx, done.row())?;
        Ok(WithdrawalRevertPayload { withdrawal })
    }
}

/// Whose account it is.
async fn owner(ctx: &Context<'_>, account: Uuid) -> Result<CustomerId, ApiError> {
    let customer = services(ctx)?.deposits.customer_of(account).await?;
    customer.map_or_else(|| nobodys(&caller(ctx)?.subject, account), Ok)
}

/// Of an account that does not exist. Who may not do it anyway goes on as if it did: the domain, asked next, refuses them and
/// writes that down.
fn nobodys(subject: &Subject, account: Uuid) -> Result<CustomerId, ApiError> {
    if subject.may(Permission::DepositCreate) {
        Err(ApiError::not_found("deposit account"))
    } else {
        Ok(account.into())
    }
}
