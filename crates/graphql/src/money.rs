//! `Deposit` and `Withdrawal`: what moves on a [`DepositAccount`].

use std::sync::Arc;

use async_graphql::{Context, Object};
use deposit::{DepositRow, WithdrawalRow};
use kernel::{Cursor, Error};
use uuid::Uuid;

use crate::{
    deposit_account::DepositAccount,
    enums::{DepositStatus, WithdrawalStatus},
    error::ApiError,
    loaders::Siblings,
    page::{self, Page},
    request::{caller, services},
    scalars::{PublicId, Timestamp, UsdCents},
};

/// Declares what a deposit and a withdrawal have alike.
macro_rules! movement {
    ($(#[doc = $about:literal])+ $name:ident, $row:ident, $id:ident, $status:ident,
     read: $read:ident, $read_by_public_id:ident, $page:ident,
     $(#[doc = $amount:literal])+) => {
        /// See its description.
        pub(crate) struct $name {
            row: $row,
            siblings: Arc<Siblings>,
        }

        impl $name {
            /// Of a customer among these.
            pub(crate) fn among(siblings: &Arc<Siblings>, row: $row) -> Self {
                Self {
                    row,
                    siblings: Arc::clone(siblings),
                }
            }

            /// By itself.
            pub(crate) fn alone(ctx: &Context<'_>, row: $row) -> Result<Self, ApiError> {
                let siblings = Siblings::of(ctx, vec![row.customer_id.into()])?;
                Ok(Self { row, siblings })
            }

            pub(crate) async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>, ApiError> {
                let deposits = &services(ctx)?.deposits;
                let found = deposits.$read(&caller(ctx)?.subject, id.into()).await;
                Self::found(ctx, found)
            }

            pub(crate) async fn by_public_id(
                ctx: &Context<'_>,
                id: &PublicId,
            ) -> Result<Option<Self>, ApiError> {
                if !id.is_number() {
                    return Ok(None);
                }
                let deposits = &services(ctx)?.deposits;
                let found = deposits
                    .$read_by_public_id(&caller(ctx)?.subject, &id.0)
                    .await;
                Self::found(ctx, found)
            }

            fn found(
                ctx: &Context<'_>,
                found: Result<deposit::$name, Error>,
            ) -> Result<Option<Self>, ApiError> {
                match found {
                    Ok(entity) => Self::alone(ctx, entity.row()).map(Some),
                    Err(Error::NotFound(_)) => Ok(None),
                    Err(error) => Err(error.into()),
                }
            }

            /// The newest of a customer's.
            pub(crate) async fn newest(
                siblings: &Arc<Siblings>,
                customer: Uuid,
                first: i32,
            ) -> Result<Vec<Self>, ApiError> {
                let first = page::first(first)?;
                let found = siblings.$page(customer, first, None).await?;
                let rows = found.rows.into_iter();
                Ok(rows.map(|row| Self::among(siblings, row)).collect())
            }

            /// A page of an account's, newest first.
            pub(crate) async fn page_of(
                ctx: &Context<'_>,
                account: Uuid,
                first: i32,
                after: Option<&str>,
            ) -> Result<Page<Self>, ApiError> {
                let (first, after) = (page::first(first)?, page::after::<Cursor>(after)?);
                let Some((customer, siblings)) = owner(ctx, account).await? else {
                    return Ok(page::page([], after.is_some(), false));
                };
                let found = siblings.$page(customer, first, after).await?;
                Ok(Self::page(found, after, &siblings))
            }

            fn page(
                found: kernel::Page<$row>,
                after: Option<Cursor>,
                siblings: &Arc<Siblings>,
            ) -> Page<Self> {
                let more = found.next.is_some();
                let nodes = found
                    .rows
                    .into_iter()
                    .map(|row| (row.cursor().to_string(), Self::among(siblings, row)));
                page::page(nodes, after.is_some(), more)
            }
        }

        $(#[doc = $about])+
        #[Object]
        impl $name {
            /// The UUID.
            async fn $id(&self) -> Uuid {
                self.row.id.into()
            }

            /// The short number, in the one space of public ids.
            async fn public_id(&self) -> PublicId {
                PublicId(self.row.public_id.0.clone())
            }

            /// Whose account.
            async fn account_id(&self) -> Uuid {
                self.row.account_id
            }

            /// Whose account.
            async fn account(&self) -> Result<DepositAccount, ApiError> {
                let customer = self.row.customer_id.into();
                let found = self.siblings.account(customer).await?;
                let found = found.ok_or_else(|| ApiError::internal(&"money without an account"))?;
                Ok(DepositAccount::new(found, customer, &self.siblings))
            }

            $(#[doc = $amount])+
            async fn amount(&self) -> UsdCents {
                UsdCents(self.row.amount.cents())
            }

            /// Known by what outside; empty when nothing was given, and once it is erased.
            async fn reference(&self) -> &str {
                self.row.reference.as_deref().unwrap_or_default()
            }

            /// Where it stands.
            async fn status(&self) -> $status {
                self.row.status.into()
            }

            /// When it was recorded here.
            async fn created_at(&self) -> Timestamp {
                self.row.created_at.into()
            }
        }
    };
}

movement! {
    /// Money that came in. What it moved stands in the ledger and is never changed: a counter-entry takes it back.
    Deposit, DepositRow, deposit_id, DepositStatus,
    read: deposit, deposit_by_public_id, deposits,
    /// How much came in.
}

movement! {
    /// Money that goes out: reserved when it is initiated, gone when another operator has confirmed it.
    Withdrawal, WithdrawalRow, withdrawal_id, WithdrawalStatus,
    read: withdrawal, withdrawal_by_public_id, withdrawals,
    /// How much goes out.
}

impl Withdrawal {
    /// A page of what waits for somebody to confirm or cancel it, of all accounts.
    pub(crate) async fn waiting(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Page<Self>, ApiError> {
        let (first, after) = (page::first(first)?, page::after::<Cursor>(after)?);
        let found = services(ctx)?
            .deposits
            .waiting_withdrawals(&caller(ctx)?.subject, after, first)
            .await?;
        let siblings = Siblings::of(ctx, customers(found.rows.iter().map(|row| row.customer_id)))?;
        Ok(Self::page(found, after, &siblings))
    }
}

/// Each of them once.
pub(crate) fn customers(ids: impl Iterator<Item = customer::primitives::CustomerId>) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = ids.map(Uuid::from).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

async fn owner(
    ctx: &Context<'_>,
    account: Uuid,
) -> Result<Option<(Uuid, Arc<Siblings>)>, ApiError> {
    let Some(customer) = services(ctx)?.deposits.customer_of(account).await? else {
        return Ok(None);
    };
    let customer = Uuid::from(customer);
    Ok(Some((customer, Siblings::of(ctx, vec![customer])?)))
}
