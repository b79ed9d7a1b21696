//! `/ledger/sets/{customer type}`: the accounts of a set.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use kernel::Cursor;
use ledger::{AccountCategory, Member, MemberPlace};
use serde::Deserialize;

use super::Sums;
use crate::{
    admin::{
        AdminState,
        list::{self, Empty},
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
};

/// Accounts on a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "admin/ledger/set.html")]
struct SetPage {
    layout: Layout,
    label: &'static str,
    sums: Sums,
    rows: Vec<Row>,
    empty: Empty,
    newest: Option<String>,
    older: Option<String>,
}

struct Row {
    code: String,
    customer: Option<String>,
    opened: Time,
    sums: Sums,
}

impl From<Member> for Row {
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
pub struct Asked {
    after: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(category): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let category: AccountCategory = category
        .parse()
        .map_err(|_| PageError::NotFound("account set"))?;
    let after = asked.after.filter(|after| !after.is_empty());
    let place = match &after {
        None => None,
        Some(text) => {
            let cursor: Cursor = text
                .parse()
                .map_err(|_| PageError::BadRequest("This page of the list does not exist."))?;
            Some(MemberPlace {
                opened_at: cursor.at,
                id: cursor.id,
            })
        }
    };
    let who = &viewer.subject;
    let chart = state.deposits.chart(who).await?;
    let found = state.deposits.members(who, category, place, ROWS).await?;
    let path = format!("/ledger/sets/{}", category.key());
    let sum = chart.by_type.iter().find(|(known, _)| *known == category);
    let next = found.next.map(|place| Cursor {
        at: place.opened_at,
        id: place.id,
    });
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
        rows: found.rows.into_iter().map(Row::from).collect(),
        empty: if after.is_some() {
            Empty {
                heading: "Nothing here",
                next: "This page of the list is empty by now.",
                link: None,
            }
        } else {
            Empty {
                heading: "No accounts yet",
                next: "Provisioning opens one when a customer of this type is verified.",
                link: Some(("/customers", "Go to the customers")),
            }
        },
        newest: after.map(|_| path.clone()),
        older: next.map(|cursor| list::address(&path, [("after", &cursor.to_string())])),
    };
    page(StatusCode::OK, &template)
}
