//! Each operation writes down once whose data it hands out, before it does: all that its fields read is gathered, however they
//! are nested. A subscription is one operation: what a later answer shows again is written down already.

use access::{Access, AccessError};
use async_graphql::{Pos, Response};
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use crate::error::ApiError;

/// What one operation has handed out so far.
pub(super) struct RecordAccess {
    access: Access,
    looks: access::Looks,
}

impl RecordAccess {
    /// Before anything was handed out.
    pub(super) fn new(access: Access) -> Self {
        Self {
            access,
            looks: access::Looks::new(),
        }
    }

    /// The answer, once it is written down whose data it holds.
    pub(super) async fn logged(&self, answering: impl Future<Output = Response>) -> Response {
        let response = self.looks.during(answering).await;
        match self.looks.write_down(&self.access).await {
            Ok(()) => response,
            Err(error) => refuse_unlogged(error),
        }
    }

    /// The same for each answer of a subscription.
    pub(super) fn logged_each<'s>(
        &self,
        answers: BoxStream<'s, Response>,
    ) -> BoxStream<'s, Response> {
        let (access, looks) = (self.access.clone(), self.looks.clone());
        stream::unfold(Some(answers), move |answers| {
            let (access, looks) = (access.clone(), looks.clone());
            async move {
                let mut answers = answers?;
                let response = looks.during(answers.next()).await?;
                Some(match looks.write_down(&access).await {
                    Ok(()) => (response, Some(answers)),
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
