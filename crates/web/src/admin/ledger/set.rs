//! `/ledger/sets/{customer type}`: the accounts of a set.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use kernel::Cursor;
use ledger::{AccountCategory, Member};
use serde::Deserialize;

use super::Sums;
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
    list::{self, Empty, ListAddress, Pages},
};

/// Accounts on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/ledger/set.html")]
struct SetPage {
    layout: Layout,
    label: &'static str,
    sums: Sums,
    rows: Vec<LedgerSetRow>,
    empty: Empty,
    pages: Pages,
}

struct LedgerSetRow {
    code: String,
    customer: Option<String>,
    opened: Time,
    sums: Sums,
}

impl From<Member> for LedgerSetRow {
    fn from(member: Member) -> Self {
        Self {
            customer: ledger::public_id_in(&member.code).map(str::to_owned),
            code: member.code,
            opened: Time::of(member.opened_at),
            sums: member.balance.into(),
        }
    }
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct SetQuery {
    after: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(category): Path<String>,
    Query(query): Query<SetQuery>,
) -> Result<Response, PageError> {
    let category: AccountCategory = category
        .parse()
        .map_err(|_| PageError::NotFound("account set"))?;
    let place: Option<Cursor> = list::place(query.after.as_deref())?;
    let is_first = place.is_none();
    let who = &viewer.subject;
    let chart = state.deposits.chart(who).await?;
    let found = state.deposits.members(who, category, place, ROWS).await?;
    let list = ListAddress::new(format!("/ledger/sets/{}", category.key()), []);
    let sum = chart.by_type.iter().find(|(known, _)| *known == category);
    let template = SetPage {
        layout: Layout::panel(
            format!("Deposits: {}", category.label()),
            Section::Ledger,
            &viewer,
        ),
        label: category.label(),
        sums: sum
            .map_or_else(Default::default, |(_, sum)| sum.balance)
            .into(),
        rows: found.rows.into_iter().map(LedgerSetRow::from).collect(),
        empty: list.empty(
            is_first,
            Empty {
                heading: "No accounts yet",
                next: "Provisioning opens one when a customer of this type is verified.",
                link: Some(("/customers".to_owned(), "Go to the customers")),
            },
        ),
        pages: list.pages("after", is_first, found.next),
    };
    page(StatusCode::OK, &template)
}
