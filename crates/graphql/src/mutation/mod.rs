//! The root of mutations, each `x(input: XInput!): XPayload!`. Each is safe to repeat: what is so already is answered with
//! the record as it is. An id that does not exist is `NOT_FOUND`.

mod callback;
mod credit;
mod customer;
mod money;
mod prospect;
mod provisioning;

use access::Permission;
use async_graphql::{Context, MergedObject};
use uuid::Uuid;

use crate::{
    customer::Customer,
    error::ApiError,
    loaders::Siblings,
    prospect::Prospect,
    request::{caller, services},
};

/// The root of mutations.
#[derive(MergedObject, Default)]
pub struct Mutation(
    prospect::ProspectMutation,
    customer::CustomerMutation,
    provisioning::ProvisioningMutation,
    callback::CallbackMutation,
    money::MoneyMutation,
    credit::CreditMutation,
);

/// Declares the inputs, and the payloads with the one field that each has.
macro_rules! operations {
    ($(
        $(#[doc = $about:literal])+
        $input:ident { $($(#[doc = $doc:literal])+ $field:ident: $type:ty,)+ }
        => $payload:ident { $(#[doc = $answer_doc:literal])+ $answer:ident: $answer_type:ty }
    )+) => {$(
        #[doc = concat!($($about, "\n",)+)]
        #[derive(async_graphql::InputObject)]
        pub(crate) struct $input { $($(#[doc = $doc])+ $field: $type,)+ }

        #[doc = concat!("What became of it: ", $($about, "\n",)+)]
        #[derive(async_graphql::SimpleObject)]
        pub(crate) struct $payload { $(#[doc = $answer_doc])+ $answer: $answer_type }
    )+};
}
use operations;

/// What is recorded when a program gives no reason.
const NO_REASON: &str = "none given (API)";

fn reason(given: Option<String>) -> String {
    given.unwrap_or_else(|| NO_REASON.to_owned())
}

/// The prospect as it is by now.
async fn prospect_now(ctx: &Context<'_>, id: Uuid) -> Result<Prospect, ApiError> {
    let siblings = Siblings::of(ctx, vec![id])?;
    Prospect::among(&siblings, id)
        .await?
        .ok_or_else(|| ApiError::not_found("prospect"))
}

/// The customer as it is by now.
async fn customer_now(ctx: &Context<'_>, id: Uuid) -> Result<Customer, ApiError> {
    let siblings = Siblings::of(ctx, vec![id])?;
    Customer::among(&siblings, id)
        .await?
        .ok_or_else(|| ApiError::not_found("customer"))
}

/// Refuses who is no customer (yet): for acts that a prospect with the same UUID would take as well, or that take any id.
async fn is_customer(ctx: &Context<'_>, id: Uuid, permission: Permission) -> Result<(), ApiError> {
    let subject = &caller(ctx)?.subject;
    if !subject.may(permission) {
        // The domain, asked next, refuses it and writes that down.
        return Ok(());
    }
    let found = services(ctx)?.onboarding.customers(subject, &[id]).await?;
    if found.is_empty() {
        return Err(ApiError::not_found("customer"));
    }
    Ok(())
}
