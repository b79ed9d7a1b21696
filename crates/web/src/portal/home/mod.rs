//! Where a customer stands, in one sentence, and what to do next.

use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use customer::{
    customer::Customer,
    primitives::{Activity, Verification},
};
use tower_sessions::Session;

use super::{
    PortalState,
    entries::{EntryRow, reserved_words},
    inside::Inside,
    proposals::Offer,
};
use crate::{
    error_page::PageError,
    format::money,
    layout::{Layout, Place, page as show},
};

/// So many of the newest entries.
const ENTRIES: usize = 5;

#[derive(Template)]
#[template(path = "portal/home/page.html")]
struct HomePage {
    layout: Layout,
    standing: &'static str,
    next: &'static str,
    account: Option<Account>,
    entries: Vec<EntryRow>,
    /// The proposals that wait for the customer's answer.
    offers: Vec<Offer>,
    contact: String,
}

struct Account {
    number: String,
    balance: String,
    reserved: Option<String>,
}

pub async fn page(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    session: Session,
) -> Result<Response, PageError> {
    let record = state.public.onboarding.own_record(customer.into()).await?;
    // It may have been closed between two looks.
    let open = |record: &Customer| record.activity().has_access();
    let Some(record) = record.filter(open) else {
        state.put_out(&session).await?;
        return state.locked_out();
    };
    let account = state.own_account(customer).await?;
    let (entries, _) = match account {
        Some(_) => state.newest_entries(customer, None, ENTRIES).await?,
        None => (Vec::new(), None),
    };
    let mut offers = state.offers(customer).await?;
    offers.retain(|offer| offer.waits);
    let (standing, mut next) = words(record.activity(), record.verification, account.is_some());
    if !offers.is_empty() {
        next = "Read the credit proposal below, and accept or decline it.";
    }
    let template = HomePage {
        layout: Layout::portal("Your account", Place::Account),
        standing,
        next,
        account: account.map(|account| Account {
            reserved: reserved_words(&account),
            number: account.code,
            balance: money(account.settled),
        }),
        entries,
        offers,
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
            "Follow the verification link that you got from us; if you have none, write to us.",
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
