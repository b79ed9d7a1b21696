//! What a public id belongs to: all kinds of records share one space of them.

use async_graphql::{Context, Object, Union};

use crate::{
    customers::Customer,
    deposits::{Deposit, DepositAccount, Withdrawal},
    error::ApiError,
    lookup::by_public_id,
    prospects::Prospect,
    scalars::PublicId,
};

/// What a public id belongs to.
#[derive(Union)]
enum PublicIdTarget {
    Customer(Customer),
    Prospect(Prospect),
    DepositAccount(DepositAccount),
    Deposit(Deposit),
    Withdrawal(Withdrawal),
}

/// The query by public id alone.
#[derive(Default)]
pub(crate) struct PublicIdQueries;

#[Object]
impl PublicIdQueries {
    /// What a public id belongs to. That of a prospect which has become a customer belongs to the customer.
    async fn public_id_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A short id.")] id: PublicId,
    ) -> Result<Option<PublicIdTarget>, ApiError> {
        if let Some(customer) = by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Customer(customer)));
        }
        if let Some(prospect) = by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Prospect(prospect)));
        }
        if let Some(deposit) = by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Deposit(deposit)));
        }
        if let Some(withdrawal) = by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Withdrawal(withdrawal)));
        }
        let account = DepositAccount::by_public_id(ctx, &id).await?;
        Ok(account.map(PublicIdTarget::DepositAccount))
    }
}
