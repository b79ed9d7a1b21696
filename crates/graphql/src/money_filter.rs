//! What the lists of withdrawals, deposits and credit proposals are narrowed down to.

use async_graphql::{Context, InputObject};
use kernel::{Amount, MoneyFilter, Sought, Whose};
use uuid::Uuid;

use crate::{
    credit::CreditFacilityProposalStatus,
    deposits::{DepositStatus, WithdrawalStatus},
    error::ApiError,
    request::{caller, services},
    scalars::{Timestamp, UsdCents},
};

/// So many customers who are called so are looked at.
const CUSTOMERS: i64 = 200;

/// Declares the filter of a list of money.
macro_rules! money_filter {
    ($(#[doc = $about:literal])+ $name:ident, $status:ident of $domain:ty, $(#[doc = $search:literal])+) => {
        $(#[doc = $about])+
        #[derive(InputObject, Default)]
        pub(crate) struct $name {
            /// Those that stand there.
            status: Option<$status>,
            /// Of this amount or more.
            amount_from: Option<UsdCents>,
            /// Of this amount or less.
            amount_to: Option<UsdCents>,
            /// Those of this customer.
            customer_id: Option<Uuid>,
            /// Made then or later.
            created_from: Option<Timestamp>,
            /// Made before then.
            created_to: Option<Timestamp>,
            $(#[doc = $search])+
            search: Option<String>,
        }

        impl $name {
            /// The same as the domain has it.
            pub(crate) async fn into_domain(
                self,
                ctx: &Context<'_>,
            ) -> Result<MoneyFilter<$domain>, ApiError> {
                Ok(MoneyFilter {
                    status: self.status.map(Into::into),
                    least: amount("amountFrom", self.amount_from)?,
                    most: amount("amountTo", self.amount_to)?,
                    from: self.created_from.map(|at| at.0),
                    before: self.created_to.map(|at| at.0),
                    customer: self.customer_id,
                    whose: whose(ctx, self.search).await?,
                })
            }
        }
    };
}

money_filter! {
    /// The deposits that a list has; all that is given must hold.
    DepositsFilter, DepositStatus of ::deposit::DepositStatus,
    /// Words of the customer's name, its public id or a part of its e-mail address; how the reference begins; the deposit's public id. Of
    /// the customers who match the newest 200 are looked at.
}

money_filter! {
    /// The withdrawals that a list has; all that is given must hold.
    WithdrawalsFilter, WithdrawalStatus of ::deposit::WithdrawalStatus,
    /// Words of the customer's name, its public id or a part of its e-mail address; how the reference begins; the withdrawal's public id.
    /// Of the customers who match the newest 200 are looked at.
}

money_filter! {
    /// The credit facility proposals that a list has; all that is given must hold.
    CreditFacilityProposalsFilter, CreditFacilityProposalStatus of ::credit::ProposalStatus,
    /// Words of the customer's name, its public id or a part of its e-mail address; the proposal's UUID. Of the customers who match the
    /// newest 200 are looked at.
}

fn amount(field: &str, cents: Option<UsdCents>) -> Result<Option<Amount>, ApiError> {
    let amount = cents.map(|cents| Amount::from_cents(cents.0));
    amount
        .transpose()
        .map_err(|error| ApiError::field(field, error.to_string()))
}

async fn whose(ctx: &Context<'_>, search: Option<String>) -> Result<Option<Whose>, ApiError> {
    let text = search
        .as_deref()
        .map(kernel::text::line)
        .unwrap_or_default();
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let customers = services(ctx)?
        .onboarding
        .customers_called(&caller(ctx)?.subject, &Sought::parse(text), CUSTOMERS)
        .await?;
    Ok(Some(Whose {
        customers,
        text: text.to_owned(),
    }))
}
