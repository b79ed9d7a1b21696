//! `/ledger/accounts/{account code}` and `/ledger/omnibus`: the entries of an account, with what was on it after each.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use ledger::{AccountStatus, Balance, Entries, Layers, Which};
use serde::Deserialize;

use super::{EntryLine, Sums};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
    list::{Empty, ListAddress, Pages},
};

/// Entries on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/ledger/account.html")]
struct AccountPage {
    layout: Layout,
    heading: String,
    /// What changes it, as events name it.
    live: String,
    sums: Sums,
    customer: Option<String>,
    opened: Option<Time>,
    locked: bool,
    rows: Vec<EntryLine>,
    empty: Empty,
    pages: Pages,
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct EntriesQuery {
    before: Option<i32>,
}

/// An account of a customer.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(code): Path<String>,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, PageError> {
    // That somebody looked is written down.
    let found = state.deposits.read_by_code(&viewer.subject, &code).await?;
    let found = found.ok_or(PageError::NotFound("account"))?;
    let account = found.account;
    let owner = state.money.customer_of(account.id).await?;
    let entries = entries(&state, account.id, query.before).await?;
    let template = AccountPage {
        live: owner.map_or_else(|| "none".to_owned(), |owner| owner.to_string()),
        customer: ledger::public_id_in(&account.code).map(str::to_owned),
        opened: Some(Time::of(found.created_at)),
        locked: account.status == AccountStatus::Locked,
        ..AccountPage::of(
            &state,
            &viewer,
            account.code.clone(),
            format!("/ledger/accounts/{}", account.code),
            Balance {
                settled: account.settled,
                pending: account.pending,
                ..Balance::default()
            },
            (query.before, entries),
        )
        .await?
    };
    page(StatusCode::OK, &template)
}

/// The bank's own.
pub async fn omnibus(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, PageError> {
    // Asks for the permission, and writes a refusal down.
    let chart = state.deposits.chart(&viewer.subject).await?;
    let entries = entries(&state, chart.omnibus.id, query.before).await?;
    let template = AccountPage {
        live: "all".to_owned(),
        ..AccountPage::of(
            &state,
            &viewer,
            "Omnibus account, USD".to_owned(),
            "/ledger/omnibus".to_owned(),
            chart.omnibus.balance,
            (query.before, entries),
        )
        .await?
    };
    page(StatusCode::OK, &template)
}

async fn entries(
    state: &AdminState,
    account: uuid::Uuid,
    before: Option<i32>,
) -> Result<Entries, PageError> {
    let which = Which::Newest { before };
    Ok(state
        .deposits
        .entries_of(account, Layers::All, which, ROWS)
        .await?)
}

impl AccountPage {
    /// What both have in common.
    async fn of(
        state: &AdminState,
        viewer: &Viewer,
        heading: String,
        path: String,
        balance: Balance,
        (before, entries): (Option<i32>, Entries),
    ) -> Result<Self, PageError> {
        let who = &viewer.subject;
        let documents = state.money.documents_for(who, &entries.rows).await?;
        let list = ListAddress::new(path, []);
        let is_first = before.is_none();
        Ok(Self {
            layout: Layout::panel(heading.clone(), Section::Ledger, viewer),
            heading,
            live: String::new(),
            sums: balance.into(),
            customer: None,
            opened: None,
            locked: false,
            pages: list.pages("before", is_first, entries.next),
            rows: EntryLine::all(entries.rows, &documents),
            empty: list.empty(
                is_first,
                Empty {
                    heading: "No entries yet",
                    next: "The first deposit makes the first entry.",
                    link: None,
                },
            ),
        })
    }
}
