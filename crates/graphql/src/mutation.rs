//! How a mutation is declared. Each is `x(input: XInput!): XPayload!` and is one entry of [`mutations!`], in the file
//! `mutations.rs` of its resource: what it does in a sentence, its input, the one call into the domain (which asks for the
//! permission, decides and records), and its payload.
//!
//! Each is safe to repeat: what is so already is answered with the record as it is. An id that does not exist is `NOT_FOUND`.

use access::{Permission, Subject};
use async_graphql::Context;
use uuid::Uuid;

use crate::{
    Services,
    customers::Customer,
    error::ApiError,
    page_batch::PageBatch,
    prospects::Prospect,
    request::{caller, services},
};

/// What is recorded when a program gives no reason.
const NO_REASON: &str = "none given (API)";

/// Declares the mutations of a resource, each in this order: its sentence, its name and its argument's description, its input,
/// what it does, its payload. A field of an input or payload that many have is written by its name alone: [`object!`] knows
/// its type and description. What `{ … }` does sees the input's fields and the [`Call`], the payload's values these and
/// whatever it has bound.
macro_rules! mutations {
    (
        $(#[doc = $root_doc:literal])+
        $root:ident($call:ident):
        $(
            $(#[doc = $about:literal])+
            $mutation:ident($argument_doc:literal)
            $input:ident = $input_doc:literal {
                $($(#[doc = $field_doc:literal])* $field:ident $(: $field_type:ty)?,)+
            }
            { $($act:tt)* }
            $payload:ident $(= $payload_doc:literal)? {
                $($(#[doc = $answer_doc:literal])* $answer:ident $(: $answer_type:ty)? => $value:expr,)+
            }
        )+
    ) => {
        $(
            $crate::mutation::object! {
                InputObject $input [$input_doc] {}
                $($(#[doc = $field_doc])* $field $(: $field_type)?;)+
            }
            $crate::mutation::object! {
                SimpleObject $payload [$crate::mutation::payload_doc!($input_doc $($payload_doc)?)] {}
                $($(#[doc = $answer_doc])* $answer $(: $answer_type)?;)+
            }
        )+

        $(#[doc = $root_doc])+
        #[derive(Default)]
        pub(crate) struct $root;

        #[async_graphql::Object]
        impl $root {
            $(
                $(#[doc = $about])+
                async fn $mutation(
                    &self,
                    ctx: &async_graphql::Context<'_>,
                    #[graphql(desc = $argument_doc)] input: $input,
                ) -> Result<$payload, $crate::error::ApiError> {
                    let $call = $crate::mutation::Call::new(ctx)?;
                    let $input { $($field),+ } = input;
                    $($act)*
                    Ok($payload { $($answer: $value),+ })
                }
            )+
        }
    };
}
pub(crate) use mutations;

/// Declares an input or a payload, a field at a time.
macro_rules! object {
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* }) => {
        #[doc = $($doc)+]
        #[derive(async_graphql::$kind)]
        pub(crate) struct $name { $($done)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* } prospect_id; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            /// The prospect's UUID.
            prospect_id: uuid::Uuid,
        } $($rest)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* } customer_id; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            /// The customer's UUID.
            customer_id: uuid::Uuid,
        } $($rest)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* } reason; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            /// Why; recorded as *none given (API)* when absent.
            reason: Option<String>,
        } $($rest)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* } prospect; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            /// The prospect as it is now.
            prospect: $crate::prospects::Prospect,
        } $($rest)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* } customer; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            /// The customer as it is now.
            customer: $crate::customers::Customer,
        } $($rest)* }
    };
    ($kind:ident $name:ident [$($doc:tt)+] { $($done:tt)* }
     $(#[doc = $field_doc:literal])+ $field:ident: $type:ty; $($rest:tt)*) => {
        $crate::mutation::object! { $kind $name [$($doc)+] {
            $($done)*
            $(#[doc = $field_doc])+
            $field: $type,
        } $($rest)* }
    };
}
pub(crate) use object;

/// The description of a payload: its own, or what every payload says (with the two spaces that the schema always had).
macro_rules! payload_doc {
    ($input_doc:literal) => {
        concat!("What became of it:  ", $input_doc)
    };
    ($input_doc:literal $payload_doc:literal) => {
        $payload_doc
    };
}
pub(crate) use payload_doc;

/// One mutation under way: who asks, and the services that carry it out.
pub(crate) struct Call<'a> {
    /// Where it stands in the request.
    pub(crate) ctx: &'a Context<'a>,
    /// The domain services, which ask for the permission themselves.
    pub(crate) services: &'a Services,
    /// Whoever asks for the mutation.
    pub(crate) subject: &'a Subject,
}

impl<'a> Call<'a> {
    /// `UNAUTHENTICATED` when nobody asks.
    pub(crate) fn new(ctx: &'a Context<'a>) -> Result<Self, ApiError> {
        Ok(Self {
            ctx,
            services: services(ctx)?,
            subject: &caller(ctx)?.subject,
        })
    }

    /// The prospect as it is by now; `NOT_FOUND` when there is none.
    pub(crate) async fn prospect(&self, id: Uuid) -> Result<Prospect, ApiError> {
        let batch = PageBatch::new(self.ctx, vec![id])?;
        Prospect::in_batch(&batch, id)
            .await?
            .ok_or_else(|| ApiError::not_found("prospect"))
    }

    /// The customer as it is by now; `NOT_FOUND` when there is none.
    pub(crate) async fn customer(&self, id: Uuid) -> Result<Customer, ApiError> {
        let batch = PageBatch::new(self.ctx, vec![id])?;
        Customer::in_batch(&batch, id)
            .await?
            .ok_or_else(|| ApiError::not_found("customer"))
    }

    /// Refuses who is no customer (yet) with `NOT_FOUND`: for mutations that a prospect with the same UUID would take as well,
    /// or that take any id. Whoever lacks `permission` passes: the domain, asked next, refuses them and writes that down.
    pub(crate) async fn require_customer(
        &self,
        id: Uuid,
        permission: Permission,
    ) -> Result<(), ApiError> {
        if !self.subject.may(permission) {
            return Ok(());
        }
        let onboarding = &self.services.onboarding;
        if onboarding.customers(self.subject, &[id]).await?.is_empty() {
            return Err(ApiError::not_found("customer"));
        }
        Ok(())
    }
}

/// The reason as it is recorded: as it was given, or the words that say that none was.
pub(crate) fn recorded_reason(reason: Option<String>) -> String {
    reason.unwrap_or_else(|| NO_REASON.to_owned())
}
