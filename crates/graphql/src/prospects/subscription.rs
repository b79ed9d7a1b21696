//! Following a prospect.

use access::Permission;
use async_graphql::{Context, SimpleObject, Subscription};
use futures::{Stream, StreamExt as _};
use uuid::Uuid;

use super::Prospect;
use crate::{
    error::ApiError,
    request::{caller, services},
    watch::RecordWatch,
};

/// A prospect as it is now.
#[derive(SimpleObject)]
struct ProspectUpdatedPayload {
    /// The prospect as it is now.
    prospect: Prospect,
}

/// The subscription to prospects.
#[derive(Default)]
pub(crate) struct ProspectSubscription;

#[Subscription]
impl ProspectSubscription {
    /// A prospect as it is, at once and whenever it or the customer that it became changes.
    async fn prospect_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] prospect_id: Uuid,
    ) -> Result<impl Stream<Item = Result<ProspectUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let onboarding = &services(ctx)?.onboarding;
        let changes = onboarding.subscribe().map(|changed| changed.id);
        let watch = RecordWatch::begin(ctx, prospect_id, changes, Permission::CustomerRead)?;
        onboarding
            .prospect(&caller(ctx)?.subject, prospect_id.into())
            .await?;
        Ok(watch.stream().then(move |batch| async move {
            let prospect = Prospect::in_batch(&batch?, prospect_id)
                .await?
                .ok_or_else(|| ApiError::not_found("prospect"))?;
            Ok(ProspectUpdatedPayload { prospect })
        }))
    }
}
