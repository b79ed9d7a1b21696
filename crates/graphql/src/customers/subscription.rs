//! Following a customer.

use access::Permission;
use async_graphql::{Context, SimpleObject, Subscription};
use futures::{Stream, StreamExt as _, stream};
use uuid::Uuid;

use super::Customer;
use crate::{
    Services,
    error::ApiError,
    request::{caller, services},
    watch::RecordWatch,
};

/// A customer as it is now.
#[derive(SimpleObject)]
struct CustomerUpdatedPayload {
    /// The customer as it is now.
    customer: Customer,
}

/// The subscription to customers.
#[derive(Default)]
pub(crate) struct CustomerSubscription;

#[Subscription]
impl CustomerSubscription {
    /// A customer as it is, at once and whenever it, its money or a proposal to it changes.
    async fn customer_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] customer_id: Uuid,
    ) -> Result<impl Stream<Item = Result<CustomerUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let Services {
            onboarding,
            deposits,
            credit,
            ..
        } = services(ctx)?;
        let changes = stream::select_all([
            onboarding.subscribe().map(|changed| changed.id).boxed(),
            deposits.subscribe().map(|it| it.customer.into()).boxed(),
            credit.subscribe().map(|it| it.customer.into()).boxed(),
        ]);
        let watch = RecordWatch::begin(ctx, customer_id, changes, Permission::CustomerRead)?;
        onboarding
            .customer(&caller(ctx)?.subject, customer_id.into())
            .await?;
        Ok(watch.stream().then(move |batch| async move {
            let customer = Customer::in_batch(&batch?, customer_id)
                .await?
                .ok_or_else(|| ApiError::not_found("customer"))?;
            Ok(CustomerUpdatedPayload { customer })
        }))
    }
}
