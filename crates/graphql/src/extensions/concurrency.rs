//! How many fields are looked up at the same time. The library resolves all fields of an object at once, so that one
//! request with hundreds of aliases would take every connection to the database, and everybody else would wait for it.
//!
//! A field holds a permit while it is looked up, and lends it to the fields within it while these are: so no more are under
//! way than there are permits, however deep, and none waits for one that waits for it.

use std::sync::Arc;

use async_graphql::{
    ServerResult, Value,
    extensions::{ExtensionContext, NextResolve, ResolveInfo},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{columns::is_column, request::MAX_CONCURRENT_FIELDS};

tokio::task_local! {
    /// The permit that the field around lends.
    static LENT: Arc<Semaphore>;
}

/// The permits that all requests share.
pub(super) struct ConcurrencyLimit {
    all: Arc<Semaphore>,
}

impl ConcurrencyLimit {
    /// At most `all` fields are looked up at the same time for all requests together.
    pub(super) fn new(all: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.max(1))),
        }
    }

    /// The permits of one more request.
    pub(super) fn of_request(&self) -> RequestLimit {
        RequestLimit {
            own: Arc::new(Semaphore::new(MAX_CONCURRENT_FIELDS)),
            all: Arc::clone(&self.all),
        }
    }
}

/// The permits of one request.
pub(super) struct RequestLimit {
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
}

/// Leave to look a field up, given back when it is dropped.
struct FieldPermit {
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl RequestLimit {
    async fn permit(&self) -> Option<FieldPermit> {
        let own = async {
            let own = Arc::clone(&self.own).acquire_owned().await.ok()?;
            let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(FieldPermit {
                _permits: (own, Some(all)),
            })
        };
        let Ok(lent) = LENT.try_with(Arc::clone) else {
            return own.await;
        };
        let lent = async {
            let lent = lent.acquire_owned().await.ok()?;
            Some(FieldPermit {
                _permits: (lent, None),
            })
        };
        // Nobody closes the semaphores, so that each ends with a permit.
        tokio::select! {
            biased;
            permit = lent => permit,
            permit = own => permit,
        }
    }
}

/// Whether a field waits for nothing itself. An item of a list has been read with its list, and a list of plain values with
/// its field; what is within an object takes permits itself.
pub(super) fn looks_nothing_up(info: &ResolveInfo<'_>) -> bool {
    is_column(info.parent_type, info.name) || info.parent_type.starts_with('[')
}

impl RequestLimit {
    /// Looks a field up as soon as there is a permit for it.
    pub(super) async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        // Mutations come one after the other anyway, and may wait for Sumsub: that is no reason to keep readers waiting.
        if info.parent_type == "Mutation" {
            let nothing = Arc::new(Semaphore::new(0));
            return LENT.scope(nothing, next.run(ctx, info)).await;
        }
        let _permit = self.permit().await;
        if info.field.selection_set.node.items.is_empty() {
            return next.run(ctx, info).await;
        }
        let lent = Arc::new(Semaphore::new(1));
        LENT.scope(lent, next.run(ctx, info)).await
    }
}
