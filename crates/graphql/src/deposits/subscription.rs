//! Following a withdrawal.

use access::Permission;
use async_graphql::{Context, SimpleObject, Subscription};
use deposit::Document as _;
use futures::{Stream, StreamExt as _};
use uuid::Uuid;

use super::Withdrawal;
use crate::{
    error::ApiError,
    page_batch::PageBatch,
    request::{caller, services},
    watch::RecordWatch,
};

/// A withdrawal as it is now.
#[derive(SimpleObject)]
struct WithdrawalUpdatedPayload {
    /// The withdrawal as it is now.
    withdrawal: Withdrawal,
}

/// The subscription to withdrawals.
#[derive(Default)]
pub(crate) struct WithdrawalSubscription;

#[Subscription]
impl WithdrawalSubscription {
    /// A withdrawal as it is, at once and whenever it changes.
    async fn withdrawal_updated(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] withdrawal_id: Uuid,
    ) -> Result<impl Stream<Item = Result<WithdrawalUpdatedPayload, ApiError>> + use<>, ApiError>
    {
        let deposits = services(ctx)?.deposits.clone();
        let changes = deposits.subscribe().map(|changed| changed.document);
        let watch = RecordWatch::begin(ctx, withdrawal_id, changes, Permission::DepositRead)?;
        deposits
            .withdrawal(&caller(ctx)?.subject, withdrawal_id.into())
            .await?;
        Ok(watch.stream().then(move |listener| {
            let deposits = deposits.clone();
            async move {
                // The batch is the withdrawal's; what it shows is read by its customer.
                let listener = listener?;
                let (services, subject) = (listener.services.clone(), listener.subject.clone());
                let found = deposits.withdrawal(&subject, withdrawal_id.into()).await?;
                let batch = PageBatch::for_subject(services, subject, [found.customer_id]);
                let withdrawal = Withdrawal::in_batch(&batch, found.row());
                Ok(WithdrawalUpdatedPayload { withdrawal })
            }
        }))
    }
}
