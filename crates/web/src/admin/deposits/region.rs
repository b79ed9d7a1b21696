//! The region "Deposit account" of a customer's page.

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use customer::primitives::CustomerId;
use ledger::{AccountStatus, DepositAccount, Layers, Which};

use super::{
    document::Document,
    lines::{self, DocumentLine},
    operations::MoneyOperation,
};
use crate::{
    admin::{
        AdminState,
        dialog::Offers,
        ledger::EntryLine,
        operation::{Beside, Operation as _},
    },
    error_page::PageError,
    format::money,
    layout::Viewer,
};

/// Entries, deposits and withdrawals on the page; older ones are found in the ledger.
const SHOWN: usize = 10;

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
    offers: Offers,
    /// For who may see them.
    books: Option<Books>,
}

struct Books {
    entries: Vec<EntryLine>,
    deposits: Vec<DocumentLine>,
    withdrawals: Vec<DocumentLine>,
}

impl AccountRegion {
    /// Of the customer at `record`; `stopped` says that provisioning won't open one. The ledger being away takes no other
    /// part of the page with it.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        customer: CustomerId,
        record: &str,
        stopped: bool,
        beside: &mut Beside,
    ) -> Self {
        let account = match load(state, viewer, customer, record, beside).await {
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
    customer: CustomerId,
    record: &str,
    beside: &mut Beside,
) -> Result<Option<Open>, PageError> {
    let Some(account) = state.deposits.account_of(customer.into()).await? else {
        return Ok(None);
    };
    let facts = state.money.account_facts(customer).await?;
    Ok(Some(Open {
        books: if viewer.may(Permission::DepositRead) {
            let mut books = books(state, viewer, customer, record, &account).await?;
            for line in books.deposits.iter_mut().chain(&mut books.withdrawals) {
                let offers = std::mem::take(&mut line.offers);
                line.offers = offers.saying(beside.said_at([line.id.as_str()]));
            }
            Some(books)
        } else {
            None
        },
        // Why not stands there once, for all that moves money.
        offers: lines::offers(viewer, record, None, facts).saying(beside.said_at([
            MoneyOperation::RecordDeposit.words().slug,
            MoneyOperation::StartWithdrawal.words().slug,
        ])),
        settled: money(account.settled),
        pending: money(account.pending),
        locked: account.status == AccountStatus::Locked,
        code: account.code,
    }))
}

/// Looking at the customer was written down; this is a part of it.
async fn books(
    state: &AdminState,
    viewer: &Viewer,
    customer: CustomerId,
    record: &str,
    account: &DepositAccount,
) -> Result<Books, PageError> {
    let which = Which::Newest { before: None };
    let entries = state
        .deposits
        .entries_of(account.id, Layers::Settled, which, SHOWN)
        .await?;
    let documents = state.money.documents(&entries.rows).await?;
    let who = &viewer.subject;
    let deposits = state
        .money
        .deposits_with_facts(who, customer, SHOWN)
        .await?;
    let withdrawals = state
        .money
        .withdrawals_with_facts(who, customer, SHOWN)
        .await?;
    let line = |document, facts| DocumentLine::of(viewer, record, &document, facts);
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
