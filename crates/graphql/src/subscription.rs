//! Subscriptions: the record as it is, at once and after each change, from any server on the database. Whoever comes back
//! after a restart is told where things stand by then, so nothing is missed.

use std::{sync::Arc, time::Duration};

use access::Permission;
use async_graphql::{Context, SimpleObject};
use futures::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    Caller, Services,
    customer::Customer,
    error::{ApiError, Code},
    loaders::Siblings,
    money::Withdrawal,
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

/// A withdrawal as it is now.
#[derive(SimpleObject)]
struct WithdrawalUpdatedPayload {
    /// The withdrawal.
    withdrawal: Withdrawal,
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
        let onboarding = &services(ctx)?.onboarding;
        let changes = onboarding.subscribe().map(|changed| changed.id);
        let following = Following::begin(ctx, prospect_id, changes, Permission::CustomerRead)?;
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
        let following = Following::begin(ctx, customer_id, changes, Permission::CustomerRead)?;
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

    /// A withdrawal as it is, at once and whenever it changes.
    async fn withdrawal_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] withdrawal_id: Uuid,
    ) -> Result<impl Stream<Item = Result<WithdrawalUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let deposits = services(ctx)?.deposits.clone();
        let changes = deposits.subscribe().map(|changed| changed.document);
        let following = Following::begin(ctx, withdrawal_id, changes, Permission::DepositRead)?;
        deposits
            .withdrawal(&caller(ctx)?.subject, withdrawal_id.into())
            .await?;
        Ok(following.stream().then(move |listener| {
            let deposits = deposits.clone();
            async move {
                let listener = listener?;
                let found = deposits
                    .withdrawal(&listener.subject, withdrawal_id.into())
                    .await?;
                let customer = found.customer_id.into();
                let siblings = Siblings::seen_by(
                    listener.services.clone(),
                    listener.subject.clone(),
                    vec![customer],
                );
                let withdrawal = Withdrawal::among(&siblings, found.row());
                Ok(WithdrawalUpdatedPayload { withdrawal })
            }
        }))
    }
}

/// Somebody who listens for one record.
struct Following {
    id: Uuid,
    services: Services,
    caller: Caller,
    changes: BoxStream<'static, Uuid>,
    permission: Permission,
    look_again: Instant,
    begun: bool,
    over: bool,
}

impl Following {
    /// Listens from now on: what changes while the record is read for the first time is heard.
    fn begin(
        ctx: &Context<'_>,
        id: Uuid,
        changes: impl Stream<Item = Uuid> + Send + 'static,
        permission: Permission,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            id,
            changes: changes.boxed(),
            permission,
            services: services(ctx)?.clone(),
            caller: caller(ctx)?.clone(),
            look_again: Instant::now() + LOOK_AGAIN,
            begun: false,
            over: false,
        })
    }

    /// Each time that the record is to be read anew; after an error nothing comes any more.
    fn stream(self) -> impl Stream<Item = Result<Arc<Siblings>, ApiError>> + Send + use<> {
        stream::unfold(self, |mut this| async move {
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
                    Some(changed) if changed == self.id => return Ok(()),
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
        let subject = (self.caller.reauthenticate)()
            .await
            .ok_or_else(ApiError::unauthenticated)?;
        if !subject.may(self.permission) {
            // The domain writes the refusal down, as everywhere.
            if self.permission == Permission::DepositRead {
                self.services.ledger.read_many(&subject, &[]).await?;
            }
            self.services.onboarding.prospects(&subject, &[]).await?;
            return Err(ApiError::forbidden(self.permission.as_str()));
        }
        Ok(Siblings::seen_by(
            self.services.clone(),
            subject,
            vec![self.id],
        ))
    }
}
