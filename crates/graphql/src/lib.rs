//! The admin GraphQL API: names and shapes for programs, over the same domain services as the panel. It decides nothing:
//! permissions, rules and the audit log are the domain's.
//!
//! Transports and authentication are the web's (`web/src/admin/graphql`): it tells with [`prepare`] who asks (for a
//! WebSocket, whose operations share one connection: [`connection_data`]), and runs the request on the [`schema`].
//!
//! Begin with a resource, for example `prospects`: each is a folder with its type (`object.rs`), `queries.rs`, `mutations.rs` and
//! `subscription.rs`; `roots` merges them. To add a mutation, declare it there; `mutation.rs` says how.
//!
//! What they share:
//! - `request`: who asks, the limits, the request id; `error`: the codes
//! - `connection`: pages of a list; `page_batch`: no statement per row; `columns`: fields that wait for nothing; `documents`: parsed
//!   once; `watch`: following a
//!   record
//! - `event_history`: the events of a record; `audit`: who did it, by name
//! - `extensions`: what is done around every operation, such as limits and the log of whose data it hands out

mod audit;
mod cached;
mod callbacks;
mod columns;
mod connection;
mod credit;
mod customers;
mod deposits;
mod documents;
mod error;
mod event_history;
mod extensions;
mod imports;
mod lookup;
mod me;
mod money_filter;
mod mutation;
mod page_batch;
mod prospects;
mod provisioning;
mod public_id_target;
mod raised_items;
mod request;
mod roots;
mod scalars;
mod statistics;
mod watch;

use std::{future::Future, pin::Pin, sync::Arc};

use ::credit::Credit;
use ::provisioning::Board;
use access::{ApiTokens, AuditLog, OperatorDirectory, Subject};
use async_graphql::{Request, Response, SDLExportOptions, parser::types::OperationType};
use customer::Onboarding;
use deposit::Deposits;
use futures::{FutureExt as _, future::BoxFuture, stream::BoxStream};
use ledger::Ledger;

use documents::Documents;
use extensions::Around;

pub use connection::MAX_PAGE_SIZE;
pub use error::{ApiError, Code};
pub use request::{
    MAX_COMPLEXITY, MAX_CONCURRENT_FIELDS, MAX_DEPTH, MAX_DIRECTIVES, MAX_NESTING, MAX_SELECTIONS,
    RequestId, connection_data, prepare,
};
pub use roots::{Mutation, Query, Subscription};

/// The domain services that the API passes on to.
#[derive(Clone)]
pub struct Services {
    /// Prospects and customers.
    pub onboarding: Onboarding,
    /// What provisioning does.
    pub board: Board,
    /// Account numbers and balances.
    pub ledger: Ledger,
    /// Deposits and withdrawals.
    pub deposits: Deposits,
    /// Credit facility proposals.
    pub credit: Credit,
    /// What was decided.
    pub audit: AuditLog,
    /// The operators' names.
    pub operators: Arc<dyn OperatorDirectory>,
    /// The tokens' names.
    pub tokens: ApiTokens,
}

/// Who asks; the transport puts it into every request (for a WebSocket: into the connection).
#[derive(Clone)]
pub struct Caller {
    /// Whom the domain services ask about permissions.
    pub subject: Subject,
    /// The operator's e-mail, or the token's name.
    pub name: String,
    /// Asked now and then while a subscription runs: whether this caller is still let in, and as whom.
    pub reauthenticate: Reauthenticate,
}

/// Answers who the caller is by now; none when it isn't let in any more.
pub type Reauthenticate =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<Subject>> + Send>> + Send + Sync>;

/// The executable schema. Clones share it.
///
/// Its futures are boxed here so that its resolvers are compiled here, once, and not again wherever it is run.
#[derive(Clone)]
pub struct Schema {
    schema: async_graphql::Schema<Query, Mutation, Subscription>,
    documents: Arc<Documents>,
}

impl Schema {
    /// Reads the request's document; answers what kind of operation the request is.
    pub fn read(&self, request: &mut Request) -> OperationType {
        self.documents.read(request)
    }

    /// Runs a query or mutation.
    #[must_use]
    pub fn execute(&self, request: Request) -> BoxFuture<'static, Response> {
        let schema = self.schema.clone();
        async move { schema.execute(request).await }.boxed()
    }

    /// Runs any operation: a subscription answers again and again.
    #[must_use]
    pub fn execute_stream(&self, request: Request) -> BoxStream<'static, Response> {
        self.schema.execute_stream(request)
    }
}

/// The schema over these services, with its limits. All requests together look up at most `concurrent_fields` fields at the same
/// time: let it be a part of the connections to the database, of which a field takes one.
#[must_use]
pub fn schema(services: Services, concurrent_fields: usize) -> Schema {
    let access = services.audit.access().clone();
    let schema = bare()
        .extension(Around::new(access, concurrent_fields))
        .data(services)
        .finish();
    Schema {
        schema,
        documents: Arc::default(),
    }
}

/// The schema in its own language, as it stands in `docs/schema.graphql`: the same whatever the order in the source.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    let mut sdl = bare().finish().sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}

fn bare() -> async_graphql::SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .limit_depth(MAX_DEPTH)
    .limit_complexity(MAX_COMPLEXITY)
    .limit_directives(MAX_DIRECTIVES)
    .limit_recursive_depth(MAX_NESTING)
    .disable_suggestions()
}
