//! `/ledger/deposits/{public id}` and `/ledger/withdrawals/{public id}`: one document, and what became of it.

use ::deposit::{
    DepositError, DepositStatus, SameReference, WithdrawalStatus, deposit_history,
    withdrawal_history,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use customer::primitives::CustomerId;
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        deposits::{
            lines::{self, deposit_state, withdrawal_state},
            subject::Kind,
        },
        dialog::Offers,
        history::History,
        records::regions::is_public_id,
    },
    error_page::PageError,
    format::{self, Time, money},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/deposits/page.html")]
struct DocumentPage {
    layout: Layout,
    kind: &'static str,
    /// The id of what the buttons are about.
    about: String,
    customer_id: CustomerId,
    customer: String,
    account: String,
    public_id: String,
    amount: String,
    reference: Option<String>,
    /// The others of the account that have or had it: address and words.
    same: Vec<(String, String)>,
    state: format::State,
    at: Time,
    offers: Offers,
    history: History,
}

pub async fn deposit(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    if !is_public_id(&public_id) {
        return Err(PageError::NotFound("deposit"));
    }
    let who = &viewer.subject;
    // That somebody looked is written down.
    let found = state.money.deposit_by_public_id(who, &public_id).await;
    let deposit = found.map_err(|error| missing(error, "deposit"))?;
    let facts = state.money.deposit_facts(who, &deposit).await?;
    let customer = customer(&state, &viewer, deposit.customer_id).await?;
    let template = DocumentPage {
        layout: Layout::panel(format!("Deposit {public_id}"), Section::Ledger, &viewer),
        kind: "Deposit",
        about: format!("deposit-{public_id}"),
        amount: money(deposit.amount.cents()),
        reference: deposit.reference(),
        same: same(
            "deposit",
            state.money.deposits_with_its_reference(&deposit).await?,
            DepositStatus::label,
        ),
        state: deposit_state(deposit.status),
        at: Time::of(deposit.created_at()),
        offers: lines::offers(
            &viewer,
            &format!("/customers/{customer}"),
            Kind::Deposit(deposit.status),
            &public_id,
            facts,
        ),
        history: History::of(&state, deposit_history(&deposit)).await?,
        account: ledger::account_code(&customer),
        customer,
        customer_id: deposit.customer_id,
        public_id,
    };
    page(StatusCode::OK, &template)
}

pub async fn withdrawal(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    if !is_public_id(&public_id) {
        return Err(PageError::NotFound("withdrawal"));
    }
    let who = &viewer.subject;
    // That somebody looked is written down.
    let found = state.money.withdrawal_by_public_id(who, &public_id).await;
    let withdrawal = found.map_err(|error| missing(error, "withdrawal"))?;
    let facts = state.money.withdrawal_facts(who, &withdrawal).await?;
    let customer = customer(&state, &viewer, withdrawal.customer_id).await?;
    let record = format!("/customers/{customer}");
    let template = DocumentPage {
        layout: Layout::panel(format!("Withdrawal {public_id}"), Section::Ledger, &viewer),
        kind: "Withdrawal",
        about: format!("withdrawal-{public_id}"),
        amount: money(withdrawal.amount.cents()),
        reference: withdrawal.reference(),
        same: same(
            "withdrawal",
            state
                .money
                .withdrawals_with_its_reference(&withdrawal)
                .await?,
            WithdrawalStatus::label,
        ),
        state: withdrawal_state(withdrawal.status),
        at: Time::of(withdrawal.created_at()),
        offers: lines::offers(
            &viewer,
            &record,
            Kind::Withdrawal(withdrawal.status),
            &public_id,
            facts,
        ),
        history: History::of(&state, withdrawal_history(&withdrawal)).await?,
        account: ledger::account_code(&customer),
        customer,
        customer_id: withdrawal.customer_id,
        public_id,
    };
    page(StatusCode::OK, &template)
}

fn same<Status>(
    kind: &str,
    found: Vec<SameReference<Status>>,
    label: fn(Status) -> &'static str,
) -> Vec<(String, String)> {
    let line = |it: SameReference<Status>| {
        let number = it.public_id;
        let stands = label(it.status).to_lowercase();
        (
            format!("/ledger/{kind}s/{number}"),
            format!("{kind} {number} ({stands})"),
        )
    };
    found.into_iter().map(line).collect()
}

fn missing(error: DepositError, what: &'static str) -> PageError {
    match error {
        DepositError::NotFound => PageError::NotFound(what),
        error => error.into(),
    }
}

/// The customer's public id.
async fn customer(
    state: &AdminState,
    viewer: &Viewer,
    id: CustomerId,
) -> Result<String, PageError> {
    let id = Uuid::from(id);
    let mut found = state.onboarding.public_ids(&viewer.subject, &[id]).await?;
    found.remove(&id).ok_or(PageError::NotFound("customer"))
}
