//! How many fields are looked up at the same time. The library resolves all fields of an object at once, so that one
//! request with hundreds of aliases would take every connection to the database, and everybody else would wait for it.
//!
//! A field has a turn while it is looked up, and lends it to the fields within it while these are: so no more are under
//! way than there are turns, however deep, and none waits for one that waits for it.

use std::sync::Arc;

use async_graphql::{
    ServerResult, Value,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextResolve, ResolveInfo},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::request::MAX_CONCURRENT_FIELDS;

tokio::task_local! {
    /// The turn that the field around lends.
    static LENT: Arc<Semaphore>;
}

/// Makes the turns of each request, and has those of all.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
}

impl Turns {
    /// So many for all requests together.
    pub(crate) fn new(all: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.max(1))),
        }
    }
}

impl ExtensionFactory for Turns {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(TurnsOfRequest {
            own: Arc::new(Semaphore::new(MAX_CONCURRENT_FIELDS)),
            all: Arc::clone(&self.all),
        })
    }
}

struct TurnsOfRequest {
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
}

/// Given back when it is dropped.
struct Turn {
    _permits: (OwnedSemaphorePermit, Option<OwnedSemaphorePermit>),
}

impl TurnsOfRequest {
    async fn turn(&self) -> Option<Turn> {
        let own = async {
            let own = Arc::clone(&self.own).acquire_owned().await.ok()?;
            let all = Arc::clone(&self.all).acquire_owned().await.ok()?;
            Some(Turn {
                _permits: (own, Some(all)),
            })
        };
        let Ok(lent) = LENT.try_with(Arc::clone) else {
            return own.await;
        };
        let lent = async {
            let lent = lent.acquire_owned().await.ok()?;
            Some(Turn {
                _permits: (lent, None),
            })
        };
        // Nobody closes them, so that each ends with a turn.
        tokio::select! {
            biased;
            turn = lent => turn,
            turn = own => turn,
        }
    }
}

#[async_trait::async_trait]
impl Extension for TurnsOfRequest {
    async fn resolve(
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
        let _turn = self.turn().await;
        // The library asks for each item of a list, too, also of a list of plain values: they need what their field lends, or
        // all who hold a turn would wait for one more.
        let plain = info.field.selection_set.node.items.is_empty();
        if plain && !info.return_type.contains('[') {
            return next.run(ctx, info).await;
        }
        let lent = Arc::new(Semaphore::new(1));
        LENT.scope(lent, next.run(ctx, info)).await
    }
}
