//! Where a customer stands, in one sentence, and what to do next.

use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::{
    customer::Customer,
    primitives::{Activity, Verification},
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
    standing: &'static str,
    next: &'static str,
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
        Visitor::Stranger => return state.stranger_page().await,
        Visitor::MustChoosePassword(_) => return Ok(Redirect::to("/password").into_response()),
        Visitor::LockedOut => return state.locked_out(),
    };
    let record = state.public.onboarding.own_record(customer.into()).await?;
    // It may have been closed between two looks.
    let open = |record: &Customer| record.activity().has_access();
    let Some(record) = record.filter(open) else {
        state.put_out(&session).await?;
        return state.locked_out();
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
    let (standing, next) = words(record.activity(), record.verification, account.is_some());
    let template = HomePage {
        layout: Layout::new("Your account").signed_in(),
        standing,
        next,
        account: account.map(|account| Account {
            number: account.code,
            balance: money(account.settled),
        }),
        contact: state.public.config.contact_email.clone(),
    };
    show(StatusCode::OK, &template)
}

/// One sentence on where the person stands, one on what to do.
fn words(
    activity: Activity,
    verification: Verification,
    account: bool,
) -> (&'static str, &'static str) {
    match (activity, verification, account) {
        (Activity::Active, Verification::Verified, true) => (
            "You are verified and your account is open.",
            "Give the account number below to whoever sends you US dollars.",
        ),
        (_, Verification::PendingVerification, _) => (
            "Your login is ready; your identity has not been verified yet.",
            "Follow the verification link that you got from us; if you have none, write to us. Until you are verified the account takes no money.",
        ),
        (_, _, true) => (
            "You are verified and your account is open; we are finishing the rest.",
            "Nothing to do: this usually takes a few seconds.",
        ),
        (_, _, false) => (
            "You are verified and your account is being opened.",
            "Nothing to do: this usually takes a few seconds. Reload the page to see your account number.",
        ),
    }
}
