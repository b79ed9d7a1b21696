//! Looking deposit accounts, deposits and withdrawals up.

use async_graphql::{Context, Object};
use uuid::Uuid;

use super::{Deposit, DepositAccount, Withdrawal};
use crate::{
    connection::{Connection, cost},
    error::ApiError,
    lookup::by_public_id,
    money_filter::{DepositsFilter, WithdrawalsFilter},
    scalars::PublicId,
};

/// The queries of deposit accounts, deposits and withdrawals.
#[derive(Default)]
pub(crate) struct DepositQueries;

#[Object]
impl DepositQueries {
    /// One deposit account.
    async fn deposit_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<DepositAccount>, ApiError> {
        DepositAccount::by_id(ctx, id).await
    }

    /// One deposit account.
    async fn deposit_account_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account number, for example `DEP-100023`.")] id: PublicId,
    ) -> Result<Option<DepositAccount>, ApiError> {
        DepositAccount::by_public_id(ctx, &id).await
    }

    /// The deposit with this id; null when there is none.
    async fn deposit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Deposit>, ApiError> {
        Deposit::by_id(ctx, id).await
    }

    /// The deposit with this id; null when there is none.
    async fn deposit_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Deposit>, ApiError> {
        by_public_id(ctx, &id).await
    }

    /// The withdrawal with this id; null when there is none.
    async fn withdrawal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Withdrawal>, ApiError> {
        Withdrawal::by_id(ctx, id).await
    }

    /// The withdrawal with this id; null when there is none.
    async fn withdrawal_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Withdrawal>, ApiError> {
        by_public_id(ctx, &id).await
    }

    /// Deposits, of all accounts or of one, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deposits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account's; all accounts' when absent.")] deposit_account_id: Option<
            Uuid,
        >,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<DepositsFilter>,
    ) -> Result<Connection<Deposit>, ApiError> {
        let after = after.as_deref();
        match (deposit_account_id, filter) {
            (Some(account), None) => Deposit::page_of_account(ctx, account, first, after).await,
            (account, filter) => {
                let filter = filter.unwrap_or_default().into_domain(ctx).await?;
                Deposit::filtered(ctx, account, filter, first, after).await
            }
        }
    }

    /// Withdrawals, of all accounts or of one, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account's; all accounts' when absent.")] deposit_account_id: Option<
            Uuid,
        >,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<WithdrawalsFilter>,
    ) -> Result<Connection<Withdrawal>, ApiError> {
        let after = after.as_deref();
        match (deposit_account_id, filter) {
            (Some(account), None) => Withdrawal::page_of_account(ctx, account, first, after).await,
            (account, filter) => {
                let filter = filter.unwrap_or_default().into_domain(ctx).await?;
                Withdrawal::filtered(ctx, account, filter, first, after).await
            }
        }
    }

    /// The withdrawals from all accounts that wait for somebody to confirm or cancel them, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals_pending_confirmation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Connection<Withdrawal>, ApiError> {
        Withdrawal::pending_confirmation(ctx, first, after.as_deref()).await
    }
}
