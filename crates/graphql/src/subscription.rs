//! Subscriptions: the record as it is, at once and after each change, from any server on the database. Whoever comes back
//! after a restart is told where things stand by then, so nothing is missed.

use std::{sync::Arc, time::Duration};

use access::Permission;
use async_graphql::{Context, SimpleObject};
use customer::Changed;
use futures::{Stream, StreamExt as _, stream::BoxStream};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    Caller, Services,
    customer::Customer,
    error::{ApiError, Code},
    loaders::Siblings,
    prospect::Prospect,
    request::{caller, services},
};

/// How often it is looked whether whoever listens still may.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// The root of subscriptions.
pub struct Subscription;

/// A prospect as it is now.
#[derive(SimpleObject)]
struct ProspectUpdatedPayload {
    /// The prospect.
    prospect: Prospect,
}

/// A customer as it is now.
#[derive(SimpleObject)]
struct CustomerUpdatedPayload {
    /// The customer.
    customer: Customer,
}

/// What changes, within a second. Ends with an error when the permission does.
#[async_graphql::Subscription]
impl Subscription {
    /// A prospect as it is, at once and whenever it or the customer that it became changes.
    async fn prospect_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] prospect_id: Uuid,
    ) -> Result<impl Stream<Item = Result<ProspectUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let following = Following::begin(ctx, prospect_id)?;
        let onboarding = &services(ctx)?.onboarding;
        onboarding
            .prospect(&caller(ctx)?.subject, prospect_id.into())
            .await?;
        Ok(following.stream().then(move |siblings| async move {
            let prospect = Prospect::among(&siblings?, prospect_id)
                .await?
                .ok_or_else(|| ApiError::not_found("prospect"))?;
            Ok(ProspectUpdatedPayload { prospect })
        }))
    }

    /// A customer as it is, at once and whenever it changes.
    async fn customer_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] customer_id: Uuid,
    ) -> Result<impl Stream<Item = Result<CustomerUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let following = Following::begin(ctx, customer_id)?;
        let onboarding = &services(ctx)?.onboarding;
        onboarding
            .customer(&caller(ctx)?.subject, customer_id.into())
            .await?;
        Ok(following.stream().then(move |siblings| async move {
            let customer = Customer::among(&siblings?, customer_id)
                .await?
                .ok_or_else(|| ApiError::not_found("customer"))?;
            Ok(CustomerUpdatedPayload { customer })
        }))
    }
}

/// Somebody who listens for one record.
struct Following {
    id: Uuid,
    services: Services,
    caller: Caller,
    changes: BoxStream<'static, Changed>,
    look_again: Instant,
    begun: bool,
    over: bool,
}

impl Following {
    /// Listens from now on: what changes while the record is read for the first time is heard.
    fn begin(ctx: &Context<'_>, id: Uuid) -> Result<Self, ApiError> {
        let services = services(ctx)?.clone();
        Ok(Self {
            id,
            changes: services.onboarding.subscribe().boxed(),
            services,
            caller: caller(ctx)?.clone(),
            look_again: Instant::now() + LOOK_AGAIN,
            begun: false,
            over: false,
        })
    }

    /// Each time that the record is to be read anew; after an error nothing comes any more.
    fn stream(self) -> impl Stream<Item = Result<Arc<Siblings>, ApiError>> + Send + use<> {
        futures::stream::unfold(self, |mut this| async move {
            if this.over {
                return None;
            }
            let next = this.next().await;
            this.over = next.is_err();
            Some((next, this))
        })
    }

    async fn next(&mut self) -> Result<Arc<Siblings>, ApiError> {
        if std::mem::replace(&mut self.begun, true) {
            self.changed().await?;
        }
        self.siblings().await
    }

    async fn changed(&mut self) -> Result<(), ApiError> {
        loop {
            tokio::select! {
                changed = self.changes.next() => match changed {
                    Some(changed) if changed.id == self.id => return Ok(()),
                    Some(_) => {}
                    None => return Err(ApiError::new(
                        Code::Unavailable,
                        "Nothing is heard of changes any more. Subscribe again.",
                    )),
                },
                () = tokio::time::sleep_until(self.look_again) => {
                    self.siblings().await?;
                }
            }
        }
    }

    /// The record for whoever listens, as whom they are let in by now.
    async fn siblings(&mut self) -> Result<Arc<Siblings>, ApiError> {
        self.look_again = Instant::now() + LOOK_AGAIN;
        let subject = (self.caller.still)()
            .await
            .ok_or_else(ApiError::unauthenticated)?;
        if !subject.may(Permission::CustomerRead) {
            // The domain writes the refusal down, as everywhere.
            self.services.onboarding.prospects(&subject, &[]).await?;
            return Err(ApiError::forbidden(Permission::CustomerRead));
        }
        Ok(Siblings::seen_by(
            self.services.clone(),
            subject,
            vec![self.id],
        ))
    }
}
