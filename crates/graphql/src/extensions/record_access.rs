//! Each operation writes down once whose data it hands out, before it does: all that its fields read is gathered, however they
//! are nested. A subscription is one operation: what a later answer shows again is written down already.

use std::sync::Arc;

use access::{Access, AccessError};
use async_graphql::{
    Pos, Response,
    extensions::{Extension, ExtensionContext, ExtensionFactory, NextRequest, NextSubscribe},
};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use crate::error::ApiError;

/// Gathers, for each operation, the records that it hands out.
pub(crate) struct RecordAccessLog(pub(crate) Access);

impl ExtensionFactory for RecordAccessLog {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(RequestRecordAccess {
            access: self.0.clone(),
            looks: access::Looks::new(),
        })
    }
}

/// What one operation has handed out so far.
struct RequestRecordAccess {
    access: Access,
    looks: access::Looks,
}

#[async_trait::async_trait]
impl Extension for RequestRecordAccess {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let response = self.looks.during(next.run(ctx)).await;
        match self.looks.write_down(&self.access).await {
            Ok(()) => response,
            Err(error) => refuse_unlogged(error),
        }
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let (access, looks) = (self.access.clone(), self.looks.clone());
        stream::unfold(Some(next.run(ctx, stream)), move |stream| {
            let (access, looks) = (access.clone(), looks.clone());
            async move {
                let mut stream = stream?;
                let response = looks.during(stream.next()).await?;
                Some(match looks.write_down(&access).await {
                    Ok(()) => (response, Some(stream)),
                    Err(error) => (refuse_unlogged(error), None),
                })
            }
        })
        .boxed()
    }
}

/// Nothing goes out that nobody could write down.
fn refuse_unlogged(error: AccessError) -> Response {
    let error = async_graphql::Error::from(ApiError::from(error));
    Response::from_errors(vec![error.into_server_error(Pos::default())])
}
