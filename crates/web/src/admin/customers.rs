//! `/customers`: the list.

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{
    list::CustomerFilter,
    primitives::{Activity, CustomerType},
};

use super::{
    AdminState,
    list::{self, Asked, Empty},
    words,
};
use crate::{
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/customers.html")]
struct CustomersPage {
    layout: Layout,
    query: list::Query<Activity, CustomerType>,
    statuses: Vec<Choice>,
    types: Vec<Choice>,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    empty: Empty,
}

struct Row {
    public_id: String,
    email: Option<String>,
    customer_type: &'static str,
    activity: format::State,
    verification: format::State,
    created: Time,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let query: list::Query<Activity, CustomerType> = asked.read("/customers", "status")?;
    let filter = CustomerFilter {
        activity: query.state,
        customer_type: query.customer_type,
        search: query.searched(),
    };
    let found = state
        .onboarding
        .list_customers(&viewer.subject, &filter, query.page())
        .await?;

    let mut statuses = vec![Choice::new("", "All", query.state.is_none())];
    statuses.extend(Activity::ALL.iter().map(|activity| {
        Choice::new(
            activity.name(),
            activity.label(),
            query.state == Some(*activity),
        )
    }));
    let mut types = vec![Choice::new("", "All", query.customer_type.is_none())];
    types.extend(words::types(query.type_name()));
    let empty = query.nothing_found().unwrap_or(Empty {
        heading: "No customers yet",
        next: "A prospect becomes a customer when Sumsub approves it.",
        link: Some(("/prospects", "Go to the prospects")),
    });
    let rows = found
        .rows
        .into_iter()
        .map(|row| Row {
            public_id: row.public_id,
            email: row.email,
            customer_type: row.customer_type.label(),
            activity: words::activity(row.activity),
            verification: words::verification(row.verification),
            created: Time::of(row.created_at),
        })
        .collect();
    page(
        StatusCode::OK,
        &CustomersPage {
            layout: Layout::panel("Customers", Section::Customers, &viewer),
            newer: query.before(found.previous),
            older: query.after(found.next),
            query,
            statuses,
            types,
            rows,
            empty,
        },
    )
}
