//! The region "Deposit account" of a customer's page.

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use deposit::Told;
use ledger::{AccountStatus, DepositAccount, Layers, Which};

use super::{document::Document, lines::DocumentLine};
use crate::{
    admin::{AdminState, customers::page::CustomerRecord, ledger::EntryLine, operation::Beside},
    error_page::PageError,
    format::money,
    layout::Viewer,
};

/// The region, as the viewer may see it.
#[derive(Template)]
#[template(path = "admin/deposits/region.html")]
pub struct AccountRegion(Account);

impl HtmlSafe for AccountRegion {}

enum Account {
    Open(Box<Open>),
    NotYet,
    NotOpened,
    Unknown,
}

struct Open {
    code: String,
    settled: String,
    pending: String,
    locked: bool,
    /// Entries, deposits and withdrawals that are shown at most; older ones are found in the ledger and the lists.
    shown: usize,
    /// For who may see them.
    books: Option<Books>,
}

struct Books {
    entries: Vec<EntryLine>,
    deposits: Vec<DocumentLine>,
    withdrawals: Vec<DocumentLine>,
}

impl AccountRegion {
    /// Of this customer, so many of each; `stopped` says that provisioning won't open one. The ledger being away takes no other
    /// part of the page with it.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        stopped: bool,
        shown: usize,
        beside: &mut Beside,
    ) -> Self {
        let customer = record.customer.id;
        let account = match load(state, viewer, record, shown, beside).await {
            Ok(Some(open)) => Account::Open(Box::new(open)),
            Ok(None) if stopped => Account::NotOpened,
            Ok(None) => Account::NotYet,
            Err(error) => {
                tracing::error!(%error, %customer, "the ledger did not answer a page");
                Account::Unknown
            }
        };
        Self(account)
    }
}

async fn load(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
    shown: usize,
    beside: &mut Beside,
) -> Result<Option<Open>, PageError> {
    let Some(account) = record.account(state).await? else {
        return Ok(None);
    };
    Ok(Some(Open {
        books: if viewer.may(Permission::DepositRead) {
            let mut books = books(state, viewer, record, account, shown).await?;
            for line in books.deposits.iter_mut().chain(&mut books.withdrawals) {
                let offers = std::mem::take(&mut line.offers).opened_on_page(record.from());
                line.offers = offers.saying(beside.said_at([line.id.as_str()]));
            }
            Some(books)
        } else {
            None
        },
        shown,
        settled: money(account.settled),
        pending: money(account.pending),
        locked: account.status == AccountStatus::Locked,
        code: account.code.clone(),
    }))
}

/// Looking at the customer was written down; this is a part of it.
async fn books(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
    account: &DepositAccount,
    shown: usize,
) -> Result<Books, PageError> {
    let customer = record.customer.id;
    let path = record.own_path();
    let which = Which::Newest { before: None };
    let entries = state
        .deposits
        .entries_of(account.id, Layers::Settled, which, shown)
        .await?;
    let documents = state.money.documents(&entries.rows).await?;
    let who = &viewer.subject;
    let deposits = state
        .money
        .deposits_with_facts(who, customer, shown)
        .await?;
    let withdrawals = state
        .money
        .withdrawals_with_facts(who, customer, shown)
        .await?;
    let told = deposits.iter().map(|(it, _)| Told::of_deposit(it));
    let told = told.chain(withdrawals.iter().map(|(it, _)| Told::of_withdrawal(it)));
    record.read.documents.get_or_init(|| told.collect());
    let line = |document, facts| DocumentLine::of(viewer, &path, &document, facts);
    Ok(Books {
        entries: EntryLine::all(entries.rows, &documents),
        deposits: deposits
            .into_iter()
            .map(|(it, facts)| line(Document::Deposit(Box::new(it)), facts))
            .collect(),
        withdrawals: withdrawals
            .into_iter()
            .map(|(it, facts)| line(Document::Withdrawal(Box::new(it)), facts))
            .collect(),
    })
}
