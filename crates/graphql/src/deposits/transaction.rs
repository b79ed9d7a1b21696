//! The GraphQL types `Deposit` and `Withdrawal`: what moves on a [`DepositAccount`].

use std::sync::Arc;

use access::Subject;
use async_graphql::{Context, Object};
use deposit::{DepositRow, Document as _, WithdrawalRow};
use kernel::{Cursor, Error, MoneyFilter};
use uuid::Uuid;

use super::{DepositAccount, DepositStatus, WithdrawalStatus};
use crate::{
    Services,
    connection::{Connection, PageArgs},
    error::ApiError,
    lookup::Numbered,
    page_batch::PageBatch,
    request::{caller, services},
    scalars::{PublicId, Timestamp, UsdCents},
};

/// Declares a type that moves money on an account: what a deposit and a withdrawal have alike.
macro_rules! transaction {
    ($(#[doc = $about:literal])+ $name:ident, $row:ident, $id:ident, $status:ident,
     read: $read:ident, $read_by_public_id:ident, $page:ident, $list:ident,
     $(#[doc = $amount:literal])+) => {
        #[doc = concat!("The GraphQL type `", stringify!($name), "`, with what its page shares.")]
        pub(crate) struct $name {
            row: $row,
            batch: Arc<PageBatch>,
        }

        impl $name {
            /// Of a customer in this batch.
            pub(crate) fn in_batch(batch: &Arc<PageBatch>, row: $row) -> Self {
                Self {
                    row,
                    batch: Arc::clone(batch),
                }
            }

            /// One that has been read by itself.
            pub(crate) fn single(ctx: &Context<'_>, row: $row) -> Result<Self, ApiError> {
                let batch = PageBatch::new(ctx, [row.customer_id])?;
                Ok(Self { row, batch })
            }

            /// The one with this UUID; none when there is no such.
            pub(crate) async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Self>, ApiError> {
                let deposits = &services(ctx)?.deposits;
                Self::found(ctx, deposits.$read(&caller(ctx)?.subject, id.into()).await)
            }

            /// The newest of a customer's.
            pub(crate) async fn newest(
                batch: &Arc<PageBatch>,
                customer: Uuid,
                first: i32,
            ) -> Result<Vec<Self>, ApiError> {
                let found = batch.$page(customer, PageArgs::newest(first)?).await?;
                let rows = found.rows.into_iter();
                Ok(rows.map(|row| Self::in_batch(batch, row)).collect())
            }

            /// A page of an account's, newest first; an account that does not exist has none.
            pub(crate) async fn page_of_account(
                ctx: &Context<'_>,
                account: Uuid,
                first: i32,
                after: Option<&str>,
            ) -> Result<Connection<Self>, ApiError> {
                let page = PageArgs::<Cursor>::parse(first, after)?;
                let Some(customer) = services(ctx)?.deposits.customer_of(account).await? else {
                    return Ok(page.empty_connection());
                };
                let batch = PageBatch::new(ctx, [customer])?;
                let found = batch.$page(customer.into(), page).await?;
                Ok(Self::connection(page, found, &batch))
            }

            /// A page of what a filter lets through, newest first; of this account, or of all.
            pub(crate) async fn filtered(
                ctx: &Context<'_>,
                account: Option<Uuid>,
                mut filter: MoneyFilter<::deposit::$status>,
                first: i32,
                after: Option<&str>,
            ) -> Result<Connection<Self>, ApiError> {
                let page = PageArgs::<Cursor>::parse(first, after)?;
                let deposits = &services(ctx)?.deposits;
                if let Some(account) = account {
                    let owner = deposits.customer_of(account).await?.map(Uuid::from);
                    if owner.is_none() || filter.customer.is_some_and(|asked| Some(asked) != owner) {
                        return Ok(page.empty_connection());
                    }
                    filter.customer = owner;
                }
                let subject = &caller(ctx)?.subject;
                let found = deposits.$list(subject, &filter, page.after, page.first).await?;
                let batch = PageBatch::new(ctx, found.rows.iter().map(|row| row.customer_id))?;
                Ok(Self::connection(page, found, &batch))
            }

            fn connection(
                page: PageArgs<Cursor>,
                found: kernel::Page<$row>,
                batch: &Arc<PageBatch>,
            ) -> Connection<Self> {
                let rows = found.rows.into_iter();
                let nodes = rows.map(|row| (row.cursor(), Self::in_batch(batch, row)));
                page.connection(nodes, found.next.is_some())
            }
        }

        impl Numbered for $name {
            type Entity = ::deposit::$name;

            async fn read(
                services: &Services,
                subject: &Subject,
                number: &str,
            ) -> Result<Self::Entity, Error> {
                services.deposits.$read_by_public_id(subject, number).await
            }

            fn alone(ctx: &Context<'_>, entity: Self::Entity) -> Result<Self, ApiError> {
                Self::single(ctx, entity.row())
            }
        }

        $(#[doc = $about])+
        #[Object]
        impl $name {
            /// Its UUID in our database.
            async fn $id(&self) -> Uuid {
                self.row.id.into()
            }

            /// The short number, in the one space of public ids.
            async fn public_id(&self) -> PublicId {
                PublicId(self.row.public_id.0.clone())
            }

            /// The deposit account that it is on.
            async fn account_id(&self) -> Uuid {
                self.row.account_id
            }

            /// The deposit account that it is on.
            async fn account(&self) -> Result<DepositAccount, ApiError> {
                let customer = self.row.customer_id.into();
                let found = self.batch.account(customer).await?;
                let found = found.ok_or_else(|| ApiError::internal(&"money without an account"))?;
                Ok(DepositAccount::new(found, customer, &self.batch))
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

transaction! {
    /// Money that came in. What it moved stands in the ledger and is never changed: a counter-entry takes it back.
    Deposit, DepositRow, deposit_id, DepositStatus,
    read: deposit, deposit_by_public_id, deposits, list_deposits,
    /// How much came in.
}

transaction! {
    /// Money that goes out: reserved when it is initiated, gone when another operator has confirmed it.
    Withdrawal, WithdrawalRow, withdrawal_id, WithdrawalStatus,
    read: withdrawal, withdrawal_by_public_id, withdrawals, list_withdrawals,
    /// How much goes out.
}

impl Withdrawal {
    /// A page of what waits for somebody to confirm or cancel it, of all accounts, oldest first.
    pub(crate) async fn pending_confirmation(
        ctx: &Context<'_>,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor>::parse(first, after)?;
        let found = services(ctx)?
            .deposits
            .waiting_withdrawals(&caller(ctx)?.subject, page.after, page.first)
            .await?;
        let batch = PageBatch::new(ctx, found.rows.iter().map(|row| row.customer_id))?;
        Ok(Self::connection(page, found, &batch))
    }
}
