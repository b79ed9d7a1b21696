//! `/ledger/deposits/{public id}` and `/ledger/withdrawals/{public id}`: one document, and what became of it.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use customer::primitives::CustomerId;
use uuid::Uuid;

use super::{document::Document, lines};
use crate::{
    admin::{AdminState, dialog::Offers, history::History},
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

/// The page of a document; the kind is `deposits` or `withdrawals`.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path((kind, public_id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    if !matches!(kind.as_str(), "deposits" | "withdrawals") {
        return Err(PageError::NotFound("page"));
    }
    // That somebody looked is written down.
    let document = Document::find(&state, &viewer, &kind, &public_id).await?;
    let facts = document.facts(&state, &viewer).await?;
    let (kind, owner) = (document.kind(), document.owner());
    let ids = [Uuid::from(owner)];
    let mut known = state.onboarding.public_ids(&viewer.subject, &ids).await?;
    let customer = known
        .remove(&ids[0])
        .ok_or(PageError::NotFound("customer"))?;
    let same = document.same_reference(&state).await?;
    let same = same.into_iter().map(|(number, status)| {
        let words = format!("{kind} {number} ({})", status.to_lowercase());
        (format!("/ledger/{kind}s/{number}"), words)
    });
    let title = format!("{} {public_id}", document.heading());
    let record = format!("/customers/{customer}");
    let template = DocumentPage {
        layout: Layout::panel(title, Section::Ledger, &viewer),
        kind: document.heading(),
        about: document.line(),
        amount: money(document.cents()),
        reference: document.reference(),
        same: same.collect(),
        state: document.state(),
        at: Time::of(document.made_at()),
        offers: lines::offers(&viewer, &record, Some(&document), facts),
        history: History::of(&state, document.history()).await?,
        account: ledger::account_code(&customer),
        customer,
        customer_id: owner,
        public_id,
    };
    page(StatusCode::OK, &template)
}
