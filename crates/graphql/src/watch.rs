//! What subscriptions share: the record as it is, at once and after each change, from any server on the database. Whoever comes
//! back after a restart is told where things stand by then, so nothing is missed.

use std::{sync::Arc, time::Duration};

use access::{Permission, Subject};
use async_graphql::Context;
use futures::{
    Stream, StreamExt as _,
    stream::{self, BoxStream},
};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    Caller, Services,
    error::{ApiError, Code},
    page_batch::PageBatch,
    request::{caller, services},
};

/// How often a subscription asks whether whoever listens still may.
const RECHECK_EVERY: Duration = Duration::from_secs(5);

/// Somebody who follows one record.
pub(crate) struct RecordWatch {
    id: Uuid,
    services: Services,
    caller: Caller,
    changes: BoxStream<'static, Uuid>,
    permission: Permission,
    recheck_at: Instant,
    begun: bool,
    over: bool,
}

impl RecordWatch {
    /// Listens from now on: what changes while the record is read for the first time is heard.
    pub(crate) fn begin(
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
            recheck_at: Instant::now() + RECHECK_EVERY,
            begun: false,
            over: false,
        })
    }

    /// The record's batch each time that it is to be read anew; after an error nothing comes any more.
    pub(crate) fn stream(
        self,
    ) -> impl Stream<Item = Result<Arc<PageBatch>, ApiError>> + Send + use<> {
        stream::unfold(self, |mut this| async move {
            if this.over {
                return None;
            }
            let next = this.next().await;
            this.over = next.is_err();
            Some((next, this))
        })
    }

    async fn next(&mut self) -> Result<Arc<PageBatch>, ApiError> {
        if std::mem::replace(&mut self.begun, true) {
            self.wait_for_change().await?;
        }
        let subject = self.recheck().await?;
        let services = self.services.clone();
        Ok(PageBatch::for_subject(services, subject, [self.id]))
    }

    async fn wait_for_change(&mut self) -> Result<(), ApiError> {
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
                () = tokio::time::sleep_until(self.recheck_at) => {
                    self.recheck().await?;
                }
            }
        }
    }

    /// Whoever listens, as whom they are let in by now; an error when they may not see the record any more.
    async fn recheck(&mut self) -> Result<Subject, ApiError> {
        self.recheck_at = Instant::now() + RECHECK_EVERY;
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
        Ok(subject)
    }
}
