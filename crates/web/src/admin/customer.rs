//! `/customers/{public id}`: one customer, with what provisioning does.

use ::customer::{OnboardingError, customer::Customer, history};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{Redirect, Response},
};
use uuid::Uuid;

use super::{
    AdminState,
    history::{Line, lines},
    prospect::is_public_id,
    steps::Region,
    words,
};
use crate::{
    error_page::PageError,
    format::{self, Time, money},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customer.html")]
struct CustomerPage {
    layout: Layout,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    telegram: Option<String>,
    customer_type: &'static str,
    activity: format::State,
    verification: format::State,
    level: &'static str,
    created: Time,
    provisioning: Region,
    account: Account,
    history: Vec<Line>,
}

enum Account {
    Open { code: String, balance: String },
    NotYet,
    Unknown,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let customer = find(&state, &viewer, &public_id).await?;
    let id: Uuid = customer.id.into();
    let email = customer.email();
    let title = email
        .clone()
        .unwrap_or_else(|| format!("Customer {}", customer.public_id));
    let template = CustomerPage {
        layout: Layout::panel(title, Section::Customers, &viewer),
        id,
        public_id: customer.public_id.to_string(),
        email,
        telegram: customer.telegram_handle(),
        customer_type: customer.customer_type.label(),
        activity: words::activity(customer.activity()),
        verification: words::verification(customer.verification),
        level: customer.level.label(),
        created: Time::of(customer.created_at()),
        provisioning: Region::of(&state, &viewer, id, public_id).await?,
        account: account(&state, id).await,
        history: lines(&state, history::of_customer(&customer)).await?,
    };
    page(StatusCode::OK, &template)
}

/// "Retry now".
pub async fn retry(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Redirect, PageError> {
    let customer = find(&state, &viewer, &public_id).await?;
    state
        .board
        .retry_now(&viewer.subject, customer.id.into())
        .await?;
    Ok(Redirect::to(&format!("/customers/{public_id}")))
}

async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Customer, PageError> {
    if !is_public_id(public_id) {
        return Err(PageError::NotFound("customer"));
    }
    match state
        .onboarding
        .customer_by_public_id(&viewer.subject, public_id)
        .await
    {
        Err(OnboardingError::NotFound) => Err(PageError::NotFound("customer")),
        found => Ok(found?),
    }
}

/// The ledger being away takes no other part of the page with it.
async fn account(state: &AdminState, customer: Uuid) -> Account {
    match state.deposits.account_of(customer).await {
        Ok(Some(account)) => Account::Open {
            code: account.code,
            balance: money(account.settled),
        },
        Ok(None) => Account::NotYet,
        Err(error) => {
            tracing::error!(%error, %customer, "the ledger did not answer a page");
            Account::Unknown
        }
    }
}
