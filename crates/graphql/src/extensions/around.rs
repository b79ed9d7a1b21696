//! What is done around every operation: the schema's one extension, since the library makes a future on the heap for each
//! extension around each field.

use std::sync::Arc;

use access::Access;
use async_graphql::{
    Request, Response, ServerError, ServerResult, ValidationResult, Value, Variables,
    extensions::{
        Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest,
        NextRequest, NextResolve, NextSubscribe, NextValidation, ResolveInfo,
    },
    parser::types::ExecutableDocument,
};
use futures::stream::BoxStream;

use super::{
    concurrency::{self, ConcurrencyLimit, RequestLimit},
    error_codes::{self, ErrorCodes},
    record_access::RecordAccess,
};

/// What all requests share; makes what is around each of them.
pub(crate) struct Around {
    access: Access,
    limit: ConcurrencyLimit,
}

impl Around {
    /// Writes down with `access`; at most `concurrent_fields` fields are looked up at the same time for all requests together.
    pub(crate) fn new(access: Access, concurrent_fields: usize) -> Self {
        Self {
            access,
            limit: ConcurrencyLimit::new(concurrent_fields),
        }
    }
}

impl ExtensionFactory for Around {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(AroundRequest {
            errors: ErrorCodes::default(),
            record_access: RecordAccess::new(self.access.clone()),
            limit: self.limit.of_request(),
        })
    }
}

struct AroundRequest {
    errors: ErrorCodes,
    record_access: RecordAccess,
    limit: RequestLimit,
}

#[async_trait::async_trait]
impl Extension for AroundRequest {
    async fn request(&self, ctx: &ExtensionContext<'_>, next: NextRequest<'_>) -> Response {
        let answered = self.record_access.logged(next.run(ctx)).await;
        self.errors.finish(answered)
    }

    fn subscribe<'s>(
        &self,
        ctx: &ExtensionContext<'_>,
        stream: BoxStream<'s, Response>,
        next: NextSubscribe<'_>,
    ) -> BoxStream<'s, Response> {
        let answers = self.record_access.logged_each(next.run(ctx, stream));
        self.errors.finish_each(answers)
    }

    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let request = self.errors.prepare(ctx, request)?;
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        let parsed = next.run(ctx, query, variables).await;
        parsed.map_err(error_codes::of_parsing)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        let coded = |errors: Vec<ServerError>| {
            let errors = errors.into_iter().map(error_codes::of_validation);
            errors.collect()
        };
        next.run(ctx).await.map_err(coded)
    }

    async fn resolve(
        &self,
        ctx: &ExtensionContext<'_>,
        info: ResolveInfo<'_>,
        next: NextResolve<'_>,
    ) -> ServerResult<Option<Value>> {
        if concurrency::looks_nothing_up(&info) {
            next.run(ctx, info).await
        } else {
            self.limit.resolve(ctx, info, next).await
        }
    }
}
