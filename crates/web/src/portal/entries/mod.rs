//! What came and went on the account, newest first.

use ::deposit::DocumentId;
use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{DateTime, Utc};
use ledger::{DepositAccount, Entry, Layers, LedgerError, Posting, Which, account_id};
use serde::Deserialize;
use uuid::Uuid;

use super::{PortalState, inside::Inside};
use crate::{
    error_page::PageError,
    format::{Time, money},
    layout::{Layout, Place, page as show},
    list::{ListAddress, Pages},
};

/// So many to a page.
const A_PAGE: usize = 25;

/// An entry as its owner reads it.
pub struct EntryRow {
    pub at: DateTime<Utc>,
    pub what: &'static str,
    /// Its deposit's or withdrawal's short number.
    pub number: Option<String>,
    pub reference: Option<String>,
    /// A withdrawal that has not been paid out yet.
    pub reserved: bool,
    pub cents: i64,
    pub after: i64,
}

impl EntryRow {
    pub fn when(&self) -> Time {
        Time::day(self.at)
    }

    pub fn amount(&self) -> String {
        let sign = if self.cents > 0 { "+" } else { "" };
        format!("{sign}{}", money(self.cents))
    }

    pub fn balance(&self) -> String {
        money(self.after)
    }
}

/// What is reserved for withdrawals, in one sentence; none when nothing is.
pub fn reserved_words(account: &DepositAccount) -> Option<String> {
    (account.pending > 0).then(|| {
        format!(
            "{} more is reserved for withdrawals that are not paid out yet. It is no part of the balance, and comes back if they are cancelled.",
            money(account.pending)
        )
    })
}

#[derive(Template)]
#[template(path = "portal/entries/page.html")]
struct EntriesPage {
    layout: Layout,
    account: Option<String>,
    reserved: Option<String>,
    entries: Vec<EntryRow>,
    /// Whether newer ones stand on another page.
    older_page: bool,
    pages: Pages,
}

#[derive(Deserialize)]
pub struct EntriesQuery {
    before: Option<i32>,
}

pub async fn page(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, PageError> {
    let account = state.own_account(customer).await?;
    let (entries, next) = state.newest_entries(customer, query.before, A_PAGE).await?;
    let template = EntriesPage {
        layout: Layout::portal("Entries", Place::Entries),
        reserved: account.as_ref().and_then(reserved_words),
        account: account.map(|account| account.code),
        entries,
        older_page: query.before.is_some(),
        pages: ListAddress::new("/entries", []).pages("before", query.before.is_none(), next),
    };
    show(StatusCode::OK, &template)
}

impl PortalState {
    pub(super) async fn own_account(
        &self,
        customer: Uuid,
    ) -> Result<Option<DepositAccount>, PageError> {
        let account = self.public.deposits.account_of(customer).await;
        account.map_err(|error| no_ledger(&error, customer))
    }

    /// The newest entries, or those before a place, and the place where more begin.
    pub(super) async fn newest_entries(
        &self,
        customer: Uuid,
        before: Option<i32>,
        first: usize,
    ) -> Result<(Vec<EntryRow>, Option<i32>), PageError> {
        let page = self
            .public
            .deposits
            .entries_of(
                account_id(customer),
                Layers::Settled,
                Which::Newest { before },
                first,
            )
            .await
            .map_err(|error| no_ledger(&error, customer))?;
        Ok((self.described(page.rows).await?, page.next))
    }

    /// The entries with what they are for.
    pub(super) async fn described(&self, entries: Vec<Entry>) -> Result<Vec<EntryRow>, PageError> {
        let documents = self
            .public
            .money
            .documents(&entries)
            .await
            .map_err(|error| {
                tracing::error!(%error, "the portal could not read what entries are for");
                PageError::Unavailable("Your account can't be shown right now.".to_owned())
            })?;
        let row = |entry: Entry| {
            let document = DocumentId::of(&entry).and_then(|id| documents.get(&id));
            let reserved = entry.posting == Some(Posting::WithdrawalReserve)
                && document.as_ref().is_some_and(|document| document.reserved);
            EntryRow {
                at: entry.at,
                what: entry.posting.map_or("Other movement", Posting::label),
                number: document
                    .as_ref()
                    .map(|document| document.public_id.to_string()),
                reference: document.and_then(|document| document.reference.clone()),
                reserved,
                cents: entry.cents,
                after: entry.after.settled,
            }
        };
        Ok(entries.into_iter().map(row).collect())
    }
}

/// What the ledger answered, for the log; the customer reads that it can't be shown now.
pub fn no_ledger(error: &LedgerError, customer: Uuid) -> PageError {
    tracing::error!(%error, %customer, "the ledger did not answer the portal");
    PageError::Unavailable("Your account can't be shown right now.".to_owned())
}
