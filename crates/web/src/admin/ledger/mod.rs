//! `/ledger`: the books, from the account sets down to one deposit or withdrawal.
//!
//! | address | what is on it |
//! |---|---|
//! | `/ledger` | the account sets by customer type, the omnibus account |
//! | `/ledger/sets/{customer type}` | the accounts of a set |
//! | `/ledger/omnibus` | the entries of the omnibus account |
//! | `/ledger/accounts/{account code}` | the entries of a customer's account |
//! | `/ledger/deposits/{public id}`, `/ledger/withdrawals/{public id}` | one document, and what became of it |

mod account;
mod entries;
mod set;

use askama::Template;
use axum::{Extension, Router, extract::State, http::StatusCode, response::Response, routing::get};

pub use self::entries::EntryLine;
use super::AdminState;
use crate::{
    error_page::PageError,
    format::money,
    layout::{Layout, Section, Viewer, page},
};

/// The routes of the pages.
pub fn routes() -> Router<AdminState> {
    Router::new()
        .route("/ledger", get(show))
        .route("/ledger/sets/{category}", get(set::show))
        .route("/ledger/omnibus", get(account::omnibus))
        .route("/ledger/accounts/{code}", get(account::show))
        .route(
            "/ledger/{kind}/{public_id}",
            get(super::deposits::page::show),
        )
}

#[derive(Template)]
#[template(path = "admin/ledger/page.html")]
struct LedgerPage {
    layout: Layout,
    sets: Vec<Set>,
    all: Sums,
    omnibus: Sums,
    held: String,
}

struct Set {
    key: &'static str,
    label: &'static str,
    sums: Sums,
}

/// A balance as people read it.
struct Sums {
    settled: String,
    pending: String,
}

impl From<ledger::Balance> for Sums {
    fn from(balance: ledger::Balance) -> Self {
        Self {
            settled: money(balance.settled),
            pending: money(balance.pending),
        }
    }
}

async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
) -> Result<Response, PageError> {
    // Asks for the permission, and writes a refusal down.
    let chart = state.deposits.chart(&viewer.subject).await?;
    let omnibus = chart.omnibus.balance;
    let set = |(category, sum): (ledger::AccountCategory, ledger::Sum)| Set {
        key: category.key(),
        label: category.label(),
        sums: sum.balance.into(),
    };
    let template = LedgerPage {
        layout: Layout::panel("Ledger", Section::Ledger, &viewer),
        sets: chart.by_type.into_iter().map(set).collect(),
        all: chart.deposits.balance.into(),
        held: money(omnibus.settled.saturating_add(omnibus.pending)),
        omnibus: omnibus.into(),
    };
    page(StatusCode::OK, &template)
}
