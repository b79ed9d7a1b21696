//! The admin GraphQL API: names and shapes for programs, over the same domain services as the panel.
//!
//! Transports and authentication are the web's (`web/src/admin/graphql`): it tells with [`prepare`] who asks (for a
//! WebSocket, whose operations share one connection: [`connection_data`]), and runs the request on the [`schema`].
//!
//! - [`request`]: who asks, the limits, the request id; [`guard`]: what is refused before it is even read; [`turns`]: how
//!   much is looked up at the same time
//! - [`looks`]: whose data an operation hands out is written down; [`presence`]: an object of which nothing is asked for is one
//! - [`error`]: the codes; [`page`]: connections; [`loaders`]: no statement per row
//! - one file for each type; mutations in [`mutation`], subscriptions in [`subscription`]
//! - [`money`], [`credit`]: deposits and withdrawals; credit facility proposals

mod audit;
mod callback;
mod coded;
mod credit;
mod customer;
mod deposit_account;
mod enums;
mod error;
mod filter;
mod guard;
mod history;
mod loaders;
mod looks;
mod me;
mod money;
mod mutation;
mod page;
mod personal_info;
mod presence;
mod prospect;
mod query;
mod raised;
mod request;
mod scalars;
mod step;
mod subject;
mod subscription;
mod turns;

use std::{future::Future, pin::Pin, sync::Arc};

use ::credit::Credit;
use ::customer::Onboarding;
use ::deposit::Deposits;
use access::{ApiTokens, AuditLog, OperatorDirectory, Subject};
use async_graphql::SDLExportOptions;
use ledger::Ledger;
use provisioning::Board;

pub use error::{ApiError, Code};
pub use mutation::Mutation;
pub use page::MAX_PAGE_SIZE;
pub use query::Query;
pub use request::{
    MAX_COMPLEXITY, MAX_CONCURRENT_FIELDS, MAX_DEPTH, MAX_DIRECTIVES, MAX_NESTING, MAX_SELECTIONS,
    RequestId, connection_data, prepare,
};
pub use subscription::Subscription;

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

/// The executable schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over these services, with its limits. All requests together look up at most `concurrent_fields` fields at the same
/// time: let it be a part of the connections to the database, of which a field takes one.
#[must_use]
pub fn schema(services: Services, concurrent_fields: usize) -> Schema {
    let looks = looks::Looks(services.audit.access().clone());
    bare()
        .extension(turns::Turns::new(concurrent_fields))
        .extension(looks)
        .data(services)
        .finish()
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
    Schema::build(Query::default(), Mutation::default(), Subscription)
        .limit_depth(MAX_DEPTH)
        .limit_complexity(MAX_COMPLEXITY)
        .limit_directives(MAX_DIRECTIVES)
        .limit_recursive_depth(MAX_NESTING)
        .disable_suggestions()
        .extension(coded::Coded)
}
