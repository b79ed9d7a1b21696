//! `/prospects` and `/customers`: one page, two lists.

use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{
    list::{Attention, CustomerFilter, CustomerRow, ProspectFilter, ProspectRow},
    primitives::{Activity, CustomerType, Stage},
};

use crate::{
    admin::{
        AdminState,
        list::{self, Asked, Empty, with_all},
        words,
    },
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/records/list.html")]
struct RecordsPage<S> {
    layout: Layout,
    section: Section,
    query: list::Query<S, CustomerType>,
    filters: Vec<Filter>,
    /// What the two columns of states are called.
    states: [&'static str; 2],
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
    empty: Empty,
    may_create: bool,
}

/// One thing to filter by.
struct Filter {
    name: &'static str,
    label: &'static str,
    choices: Vec<Choice>,
}

struct Row {
    public_id: String,
    email: Option<String>,
    customer_type: &'static str,
    states: [format::State; 2],
    created: Time,
}

impl From<ProspectRow> for Row {
    fn from(row: ProspectRow) -> Self {
        Self {
            public_id: row.public_id,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [words::stage(row.stage), words::kyc_status(row.kyc_status)],
            created: Time::of(row.created_at),
        }
    }
}

impl From<CustomerRow> for Row {
    fn from(row: CustomerRow) -> Self {
        Self {
            public_id: row.public_id,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [
                words::activity(row.activity),
                words::verification(row.verification),
            ],
            created: Time::of(row.created_at),
        }
    }
}

fn types<S>(query: &list::Query<S, CustomerType>) -> Filter {
    Filter {
        name: "type",
        label: "Customer type",
        choices: with_all(
            query.customer_type.is_none(),
            words::types(query.type_name()),
        ),
    }
}

pub async fn prospects(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let query: list::Query<Stage, CustomerType> = asked.read("/prospects", "stage")?;
    let filter = ProspectFilter {
        attention: query.attention,
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
    let attention = with_all(
        query.attention.is_none(),
        Attention::ALL.iter().map(|attention| {
            Choice::new(
                attention.name(),
                words::attention(*attention),
                query.attention == Some(*attention),
            )
        }),
    );
    let may_create = viewer.may(Permission::CustomerCreate);
    let template = RecordsPage {
        layout: Layout::panel("Prospects", Section::Prospects, &viewer),
        section: Section::Prospects,
        newer: query.before(found.previous),
        older: query.after(found.next),
        filters: vec![
            Filter {
                name: "stage",
                label: "Stage",
                choices: stages,
            },
            types(&query),
            Filter {
                name: "attention",
                label: "Waits for a person",
                choices: attention,
            },
        ],
        states: ["Stage", "KYC status"],
        rows: found.rows.into_iter().map(Row::from).collect(),
        empty: query.nothing_found().unwrap_or(Empty {
            heading: "No prospects yet",
            next: "Create the first one: an e-mail address and a customer type are enough.",
            link: may_create.then_some(("/prospects/new", "Create a prospect")),
        }),
        query,
        may_create,
    };
    page(StatusCode::OK, &template)
}

pub async fn customers(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let query: list::Query<Activity, CustomerType> = asked.read("/customers", "status")?;
    let filter = CustomerFilter {
        activity: query.state,
        customer_type: query.customer_type,
        search: query.searched(),
        ..CustomerFilter::default()
    };
    let found = state
        .onboarding
        .list_customers(&viewer.subject, &filter, query.page())
        .await?;
    let statuses = with_all(
        query.state.is_none(),
        Activity::ALL.iter().map(|activity| {
            Choice::new(
                activity.name(),
                activity.label(),
                query.state == Some(*activity),
            )
        }),
    );
    let template = RecordsPage {
        layout: Layout::panel("Customers", Section::Customers, &viewer),
        section: Section::Customers,
        newer: query.before(found.previous),
        older: query.after(found.next),
        filters: vec![
            Filter {
                name: "status",
                label: "Status",
                choices: statuses,
            },
            types(&query),
        ],
        states: ["Status", "Verification"],
        rows: found.rows.into_iter().map(Row::from).collect(),
        empty: query.nothing_found().unwrap_or(Empty {
            heading: "No customers yet",
            next: "A prospect becomes a customer when Sumsub approves it.",
            link: Some(("/prospects", "Go to the prospects")),
        }),
        query,
        may_create: false,
    };
    page(StatusCode::OK, &template)
}
