//! `/prospects`: the list.

use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{
    list::ProspectFilter,
    primitives::{CustomerType, Stage},
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
#[template(path = "admin/prospects.html")]
struct ProspectsPage {
    layout: Layout,
    query: list::Query<Stage, CustomerType>,
    stages: Vec<Choice>,
    types: Vec<Choice>,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    empty: Empty,
    may_create: bool,
}

struct Row {
    public_id: String,
    email: Option<String>,
    customer_type: &'static str,
    stage: format::State,
    kyc_status: format::State,
    created: Time,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let query: list::Query<Stage, CustomerType> = asked.read("/prospects", "stage")?;
    let filter = ProspectFilter {
        stage: query.state,
        customer_type: query.customer_type,
        search: query.searched(),
    };
    let found = state
        .onboarding
        .list_prospects(&viewer.subject, &filter, query.page())
        .await?;
    let counts = state.onboarding.stage_counts(&viewer.subject).await?;

    let all: i64 = counts.values().sum();
    let mut stages = vec![Choice::new(
        "",
        format!("All ({all})"),
        query.state.is_none(),
    )];
    stages.extend(Stage::ALL.iter().map(|stage| {
        let count = counts.get(stage).copied().unwrap_or_default();
        Choice::new(
            stage.name(),
            format!("{} ({count})", stage.label()),
            query.state == Some(*stage),
        )
    }));
    let mut types = vec![Choice::new("", "All", query.customer_type.is_none())];
    types.extend(words::types(query.type_name()));
    let may_create = viewer.may(Permission::CustomerCreate);
    let empty = query.nothing_found().unwrap_or(Empty {
        heading: "No prospects yet",
        next: "Create the first one: an e-mail address and a customer type are enough.",
        link: may_create.then_some(("/prospects/new", "Create a prospect")),
    });
    let rows = found
        .rows
        .into_iter()
        .map(|row| Row {
            public_id: row.public_id,
            email: row.email,
            customer_type: row.customer_type.label(),
            stage: words::stage(row.stage),
            kyc_status: words::kyc_status(row.kyc_status),
            created: Time::of(row.created_at),
        })
        .collect();
    page(
        StatusCode::OK,
        &ProspectsPage {
            layout: Layout::panel("Prospects", Section::Prospects, &viewer),
            newer: query.before(found.previous),
            older: query.after(found.next),
            query,
            stages,
            types,
            rows,
            empty,
            may_create,
        },
    )
}
