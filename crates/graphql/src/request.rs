//! What a transport puts into a request, and how much a request may ask for.

use async_graphql::{Context, Data, Request};

use crate::{Caller, Services, error::ApiError};

/// How deep fields may be nested. The deepest that clients send is the standard introspection query (15).
pub const MAX_DEPTH: usize = 16;

/// What a query may cost: each field 1, a connection `first` times what it holds. Fifty prospects with customer, deposit
/// account and a hundred events of each are within it (`tests/graphql/limits.rs`); loading them is a fixed number of statements.
pub const MAX_COMPLEXITY: usize = 100_000;

/// Directives on one field.
pub const MAX_DIRECTIVES: usize = 8;

/// How deep selections, fragments included, may be nested.
pub const MAX_NESTING: usize = 32;

/// How many fields a query may name, every fragment counted wherever it is spread.
pub const MAX_SELECTIONS: u64 = 5_000;

/// How many fields of a request are looked up at the same time.
pub const MAX_CONCURRENT_FIELDS: usize = 3;

/// The id of a request, as the transport knows it; stands in `extensions.requestId` of every error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

/// The request with who asks and under which id: call it for each request over HTTP or SSE, then run the request on the
/// schema. There is nothing else to put in: the services are the schema's, and what is loaded at once is kept by the pages
/// of records themselves (`page_batch.rs`), not by the request.
#[must_use]
pub fn prepare(request: Request, caller: Caller, request_id: String) -> Request {
    request.data(caller).data(RequestId(request_id))
}

/// The same for a WebSocket: answer it from `on_connection_init` (or give it as the session's data), once for each
/// connection.
#[must_use]
pub fn connection_data(caller: Caller, request_id: String) -> Data {
    let mut data = Data::default();
    data.insert(caller);
    data.insert(RequestId(request_id));
    data
}

/// Whoever sent the request.
pub(crate) fn caller<'a>(ctx: &Context<'a>) -> Result<&'a Caller, ApiError> {
    ctx.data_opt::<Caller>()
        .ok_or_else(ApiError::unauthenticated)
}

/// Whom to pass on to.
pub(crate) fn services<'a>(ctx: &Context<'a>) -> Result<&'a Services, ApiError> {
    ctx.data::<Services>()
        .map_err(|error| ApiError::internal(&error.message))
}
