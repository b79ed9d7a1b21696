//! The admin panel, and what programs use: the API (`graphql/`) and the events (`feed/`).

mod access;
mod answers;
mod audit;
mod auth;
mod callbacks;
mod changes;
mod credit;
mod customers;
mod deposits;
mod dialog;
mod entrance;
mod feed;
mod for_me;
mod graphql;
mod help;
mod history;
mod imports;
mod ledger;
mod login;
mod me;
mod money;
mod needs_a_person;
mod next_one;
mod operation;
mod overview;
mod programs;
mod prospects;
mod provisioning;
mod records;
mod refusal;
mod search;
mod words;

use std::{ops::Deref, sync::Arc};

use ::access::{
    AccessError, ActorNames, ApiTokens, AuditLog, Invitations, OperatorDirectory, Operators,
};
use ::credit::Credit;
use ::customer::Onboarding;
use ::ledger::Ledger;
use ::provisioning::Board;
use axum::{
    Router, middleware,
    routing::{get, post},
};
use deposit::Deposits;
use kernel::Database;
use oidc::{BearerTokens, RelyingParty};
use outbox::Outbox;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;

use self::{
    callbacks::operations::Reprocess, credit::operations::CreditOperation,
    customers::operations::CustomerOperation, deposits::operations::MoneyOperation,
    entrance::Entrance, needs_a_person::operations::RaisedOperation,
    prospects::operations::ProspectOperation, provisioning::operations::Retry,
};
use crate::{config::WebConfig, devices, origin::OwnOrigins, session::Sessions, site, site::Site};

/// What the panel works with.
pub struct AdminServices {
    /// For the sessions.
    pub pool: Database,
    /// Who may do what, asked at each request.
    pub operators: Arc<dyn OperatorDirectory>,
    /// How they sign in.
    pub sign_in: OperatorSignIn,
    /// Bearer tokens, accepted on every route.
    pub tokens: ApiTokens,
    /// Access tokens of an identity provider, accepted on every route beside our own tokens.
    pub bearer: Option<Arc<BearerTokens>>,
    /// Brings built-in operators their passwords.
    pub invitations: Arc<dyn Invitations>,
    /// What was decided.
    pub audit: AuditLog,
    /// What happened, for programs.
    pub outbox: Outbox,
    /// Prospects and customers.
    pub onboarding: Onboarding,
    /// What provisioning does.
    pub board: Board,
    /// Account codes and balances.
    pub deposits: Ledger,
    /// Deposits and withdrawals.
    pub money: Deposits,
    /// Credit facility proposals.
    pub credit: Credit,
    /// Addresses and lifetimes.
    pub config: Arc<WebConfig>,
    /// Ends the event streams, which would otherwise keep a graceful shutdown waiting.
    pub shutdown: CancellationToken,
}

/// What the panel works with, shared by all of its requests: each has it several times over.
#[derive(Clone)]
pub struct AdminState(Arc<AdminServices>);

impl Deref for AdminState {
    type Target = AdminServices;

    fn deref(&self) -> &AdminServices {
        &self.0
    }
}

impl AdminState {
    /// What people call these subjects, as the audit log and the events keep them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names(
        &self,
        kept: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<ActorNames, AccessError> {
        ActorNames::of(&*self.operators, &self.tokens, kept).await
    }

    /// What people call the operators, also those who work here no longer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn operator_names(&self) -> Result<ActorNames, AccessError> {
        ActorNames::of_operators(&*self.operators).await
    }
}

/// How operators sign in.
#[derive(Clone)]
pub enum OperatorSignIn {
    /// With e-mail and password, here.
    Password(Operators),
    /// At an identity provider.
    Oidc(Arc<RelyingParty>),
}

impl OperatorSignIn {
    fn by_provider(&self) -> bool {
        matches!(self, OperatorSignIn::Oidc(_))
    }
}

/// The panel's pages. Serve it with `into_make_service_with_connect_info::<SocketAddr>()`: login is throttled by address.
pub fn router(mut services: AdminServices) -> Router {
    // What a token may is what its maker may.
    services.tokens = services.tokens.made_by(Arc::clone(&services.operators));
    let state = AdminState(Arc::new(services));
    let sessions = Sessions::new(state.pool.clone(), Site::Admin);
    let entrance = Entrance::of(&state, &sessions);
    let pages = pages(&state.sign_in)
        .merge(entrance.me)
        .route_layer(middleware::from_fn_with_state(
            state.clone(),
            auth::written_down,
        ))
        .route_layer(middleware::from_fn_with_state(state.clone(), auth::require))
        .with_state(state.clone());
    let own = OwnOrigins::from_url(&state.config.admin_url);
    let config = Arc::clone(&state.config);
    let session_layer = sessions.layer(&state.config);
    let site = site::around(
        entrance.open.merge(pages).layer(
            ServiceBuilder::new()
                .layer(middleware::map_response(devices::set_cookie))
                .layer(session_layer.clone()),
        ),
        feed::routes(state.clone()).merge(graphql::routes(state, own.clone(), session_layer)),
        own,
        Site::Admin,
        &entrance.forms_lead_to,
    )
    .merge(entrance.back_channel);
    site::https_only(site, &config.admin_url)
}

/// The lists as files, and what each operator keeps of them.
fn lists() -> Router<AdminState> {
    Router::new()
        .route("/prospects.csv", get(records::file::prospects))
        .route("/columns", post(records::kept::columns))
        .route("/views", post(records::kept::save_view))
        .route("/views/{id}/rename", post(records::kept::rename_view))
        .route("/views/{id}/delete", post(records::kept::delete_view))
        .route("/customers.csv", get(records::file::customers))
        .route("/callbacks.csv", get(callbacks::list::file))
        .route("/audit.csv", get(audit::page::file))
}

/// The pages for who has signed in, and all that is done on them.
fn pages(sign_in: &OperatorSignIn) -> Router<AdminState> {
    Router::new()
        .route("/", get(overview::page::show))
        .route("/search", get(search::page::show))
        .merge(for_me::routes())
        .merge(needs_a_person::routes())
        .route("/overview/{file}", get(overview::page::file))
        .merge(operation::routes::<RaisedOperation>(
            "/raised/{id}/{operation}",
        ))
        .route(
            "/prospects",
            get(records::list::prospects).post(prospects::new::create),
        )
        .route(
            "/prospects/new",
            get(prospects::new::form).post(prospects::new::review),
        )
        .route("/help/{page}", get(help::show))
        .merge(imports::routes())
        .route("/prospects/selected", post(prospects::selected::ask))
        .route(
            "/prospects/selected/{id}",
            get(prospects::selected::show).post(prospects::selected::act),
        )
        .route("/prospects/{public_id}", get(prospects::page::show))
        .route("/prospects/{public_id}/file", get(records::sheet::prospect))
        .merge(operation::routes::<ProspectOperation>(
            "/prospects/{public_id}/{operation}",
        ))
        .route("/customers", get(records::list::customers))
        .merge(customers::page::tabs())
        .route("/customers/{public_id}/file", get(records::sheet::customer))
        .merge(operation::routes::<CustomerOperation>(
            "/customers/{public_id}/{operation}",
        ))
        .route(
            "/customers/{public_id}/provisioning/{id}",
            get(provisioning::region::show),
        )
        .merge(operation::routes::<MoneyOperation>(
            "/customers/{public_id}/{kind}/new",
        ))
        .merge(operation::routes::<MoneyOperation>(
            "/customers/{public_id}/{kind}/{document}/{operation}",
        ))
        .merge(operation::routes::<CreditOperation>(
            "/customers/{public_id}/credit/new",
        ))
        .merge(operation::routes::<CreditOperation>(
            "/customers/{public_id}/credit/{proposal}/{operation}",
        ))
        .merge(money::routes())
        .route("/callbacks", get(callbacks::list::show))
        .route("/callbacks/{id}", get(callbacks::page::show))
        .merge(operation::routes::<Reprocess>("/callbacks/{id}/reprocess"))
        .route("/provisioning", get(provisioning::page::show))
        .route(
            "/provisioning/retry/{customer}/{step}",
            post(operation::perform::<Retry>),
        )
        .route(
            "/provisioning/retry-all/{waits_for}",
            post(operation::perform::<Retry>),
        )
        .merge(ledger::routes())
        .merge(access::routes(sign_in))
        .route("/audit", get(audit::page::show))
        .route("/audit/{id}", get(audit::entry::show))
        .merge(lists())
        .route("/changes", get(changes::stream))
}
