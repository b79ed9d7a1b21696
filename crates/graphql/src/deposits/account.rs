//! The GraphQL type `DepositAccount`: the ledger's account of a customer.

use std::sync::Arc;

use ::customer::customer::AccountState;
use async_graphql::{Context, Object, SimpleObject};
use ledger::{AccountOnRecord, AccountStatus};
use uuid::Uuid;

use super::{Deposit, DepositAccountStatus, Withdrawal};
use crate::{
    connection::cost,
    customers::Customer,
    error::ApiError,
    page_batch::PageBatch,
    request::{caller, services},
    scalars::{PublicId, Timestamp, UsdCents},
};

/// The GraphQL type `DepositAccount`, with what its page shares.
pub(crate) struct DepositAccount {
    on_record: AccountOnRecord,
    customer: Uuid,
    batch: Arc<PageBatch>,
}

/// What is on a deposit account.
#[derive(SimpleObject)]
pub(crate) struct DepositAccountBalance {
    /// Money on the account. Never negative.
    settled: UsdCents,
    /// Money reserved for withdrawals that wait to be confirmed; no part of `settled`.
    pending: UsdCents,
}

impl DepositAccount {
    /// The account of this customer of the batch.
    pub(crate) fn new(on_record: AccountOnRecord, customer: Uuid, batch: &Arc<PageBatch>) -> Self {
        Self {
            on_record,
            customer,
            batch: Arc::clone(batch),
        }
    }

    /// One that was found by itself: whose it is, its number says.
    async fn found(
        ctx: &Context<'_>,
        on_record: Option<AccountOnRecord>,
    ) -> Result<Option<Self>, ApiError> {
        let Some(on_record) = on_record else {
            return Ok(None);
        };
        let Some(public_id) = ledger::public_id_in(&on_record.account.code) else {
            return Ok(None);
        };
        let public_id = public_id.to_owned();
        let (batch, owners) = PageBatch::by_public_ids(ctx, vec![public_id.clone()]).await?;
        let Some(customer) = owners.get(&public_id).copied() else {
            return Ok(None);
        };
        Ok(Some(Self::new(on_record, customer, &batch)))
    }

    /// The account with this UUID; none when there is no such.
    pub(crate) async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>, ApiError> {
        let ledger = &services(ctx)?.ledger;
        let found = ledger.read(&caller(ctx)?.subject, id).await?;
        Self::found(ctx, found).await
    }

    /// The account with this number; none when there is no such.
    pub(crate) async fn by_public_id(
        ctx: &Context<'_>,
        id: &PublicId,
    ) -> Result<Option<Self>, ApiError> {
        let ledger = &services(ctx)?.ledger;
        let found = ledger.read_by_code(&caller(ctx)?.subject, &id.0).await?;
        Self::found(ctx, found).await
    }

    async fn owner(&self) -> Result<Customer, ApiError> {
        Customer::in_batch(&self.batch, self.customer)
            .await?
            .ok_or_else(|| ApiError::internal(&"an account without its customer"))
    }
}

/// A customer's deposit account. Each customer has one, once provisioning has opened it.
#[Object]
impl DepositAccount {
    /// The UUID, which is the ledger's.
    async fn deposit_account_id(&self) -> Uuid {
        self.on_record.account.id
    }

    /// The account number: `DEP-` and the customer's public id, for example `DEP-100023`. It is in the one space of public
    /// ids, where digits alone are prospects and customers.
    async fn public_id(&self) -> PublicId {
        PublicId(self.on_record.account.code.clone())
    }

    /// Whose it is.
    async fn customer_id(&self) -> Uuid {
        self.customer
    }

    /// Whose it is.
    async fn customer(&self) -> Result<Customer, ApiError> {
        self.owner().await
    }

    /// Whether money moves on it.
    async fn status(&self) -> Result<DepositAccountStatus, ApiError> {
        let locked = self.on_record.account.status == AccountStatus::Locked;
        let activity = self.batch.activity(self.customer).await?;
        let activity =
            activity.ok_or_else(|| ApiError::internal(&"an account without its customer"))?;
        Ok(AccountState::of(activity, locked).into())
    }

    /// What is on it.
    async fn balance(&self) -> DepositAccountBalance {
        DepositAccountBalance {
            settled: UsdCents(self.on_record.account.settled),
            pending: UsdCents(self.on_record.account.pending),
        }
    }

    /// The newest deposits on it; the root's `deposits` pages through all.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deposits(
        &self,
        #[graphql(desc = "How many, 1 to 100.", default = 100)] first: i32,
    ) -> Result<Vec<Deposit>, ApiError> {
        Deposit::newest(&self.batch, self.customer, first).await
    }

    /// The newest withdrawals from it; the root's `withdrawals` pages through all.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals(
        &self,
        #[graphql(desc = "How many, 1 to 100.", default = 100)] first: i32,
    ) -> Result<Vec<Withdrawal>, ApiError> {
        Withdrawal::newest(&self.batch, self.customer, first).await
    }

    /// When it was opened.
    async fn created_at(&self) -> Timestamp {
        self.on_record.created_at.into()
    }
}
