//! Where a customer stands, in one sentence, and what to do next.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use tower_sessions::Session;

use super::{PortalState, visitor::Visitor};
use crate::{
    error_page::PageError,
    format::money,
    layout::{Layout, page as show},
};

#[derive(Template)]
#[template(path = "portal/home.html")]
struct HomePage {
    layout: Layout,
    account: Option<Account>,
    contact: String,
}

struct Account {
    number: String,
    balance: String,
}

pub async fn page(
    State(state): State<PortalState>,
    session: Session,
) -> Result<Response, PageError> {
    let customer = match state.visitor(&session).await? {
        Visitor::Customer(customer) => customer,
        Visitor::Stranger => return state.sign_in_page(StatusCode::OK, String::new(), None),
        Visitor::MustChoosePassword(_) => return Ok(Redirect::to("/password").into_response()),
        Visitor::LockedOut => return state.locked_out(),
    };
    let account = state
        .public
        .deposits
        .account_of(customer)
        .await
        .map_err(|error| {
            tracing::error!(%error, %customer, "the ledger did not answer the portal");
            PageError::Unavailable("Your account can't be shown right now.".to_owned())
        })?;
    let account = account.map(|account| Account {
        number: account.code,
        balance: money(account.settled),
    });
    let contact = state.public.config.contact_email.clone();
    show(
        StatusCode::OK,
        &HomePage {
            layout: Layout::new("Your account").signed_in(),
            account,
            contact,
        },
    )
}
