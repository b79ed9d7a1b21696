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

use super::query::{Asked, RecordsQuery};
use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
    list::{Empty, Filter, Filters, Pages, Search},
};

#[derive(Template)]
#[template(path = "admin/records/list.html")]
struct RecordsPage {
    layout: Layout,
    section: Section,
    filters: Filters,
    ascending: bool,
    turned_round: String,
    /// What the two columns of states are called.
    states: [&'static str; 2],
    rows: Vec<RecordRow>,
    pages: Pages,
    empty: Empty,
    may_create: bool,
}

struct RecordRow {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    customer_type: &'static str,
    states: [format::State; 2],
    created: Time,
}

impl From<ProspectRow> for RecordRow {
    fn from(row: ProspectRow) -> Self {
        Self {
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [words::stage(row.stage), words::kyc_status(row.kyc_status)],
            created: Time::of(row.created_at),
        }
    }
}

impl From<CustomerRow> for RecordRow {
    fn from(row: CustomerRow) -> Self {
        Self {
            public_id: row.public_id,
            name: row.name,
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

/// The form above a list whose states are filtered by `states`.
fn filters<S>(
    path: &'static str,
    asked: &Asked<S, CustomerType>,
    states: Filter,
    more: Option<Filter>,
) -> Filters {
    let types = words::types(&asked.type_name);
    let types = Filter::new(
        "type",
        "Customer type",
        asked.customer_type.is_none(),
        types,
    );
    Filters {
        path,
        search: Search {
            name: "q",
            label: "Search by email or public ID",
            longest: 254,
            value: asked.search.clone(),
        },
        filters: [states, types].into_iter().chain(more).collect(),
        sort: asked.sort(),
        live: true,
    }
}

pub async fn prospects(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
    let filter = ProspectFilter {
        attention: asked.attention,
        stage: asked.state,
        customer_type: asked.customer_type,
        search: asked.searched(),
    };
    let found = state
        .onboarding
        .list_prospects(&viewer.subject, &filter, asked.page)
        .await?;
    let counts = state.onboarding.stage_counts(&viewer.subject).await?;
    let all: i64 = counts.values().sum();
    let mut stages = vec![Choice::new(
        "",
        format!("All ({all})"),
        asked.state.is_none(),
    )];
    stages.extend(Stage::ALL.iter().map(|stage| {
        let count = counts.get(stage).copied().unwrap_or_default();
        Choice::new(
            stage.name(),
            format!("{} ({count})", stage.label()),
            asked.state == Some(*stage),
        )
    }));
    let attention = Filter::new(
        "attention",
        "Waits for a person",
        asked.attention.is_none(),
        Attention::ALL.iter().map(|attention| {
            Choice::new(
                attention.name(),
                words::attention(*attention),
                asked.attention == Some(*attention),
            )
        }),
    );
    let may_create = viewer.may(Permission::CustomerCreate);
    let template = RecordsPage {
        layout: Layout::panel("Prospects", Section::Prospects, &viewer),
        section: Section::Prospects,
        filters: filters(
            "/prospects",
            &asked,
            Filter {
                name: "stage",
                label: "Stage",
                choices: stages,
            },
            Some(attention),
        ),
        states: ["Stage", "KYC status"],
        pages: asked.pages(&found),
        rows: found.rows.into_iter().map(RecordRow::from).collect(),
        empty: asked.address.empty(
            asked.is_first(),
            Empty {
                heading: "No prospects yet",
                next: "Create the first one: an e-mail address and a customer type are enough.",
                link: may_create.then(|| ("/prospects/new".to_owned(), "Create a prospect")),
            },
        ),
        ascending: asked.ascending(),
        turned_round: asked.turned_round(),
        may_create,
    };
    page(StatusCode::OK, &template)
}

pub async fn customers(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Activity, CustomerType> = query.read("/customers", "status")?;
    let filter = CustomerFilter {
        activity: asked.state,
        customer_type: asked.customer_type,
        search: asked.searched(),
        ..CustomerFilter::default()
    };
    let found = state
        .onboarding
        .list_customers(&viewer.subject, &filter, asked.page)
        .await?;
    let statuses = Filter::new(
        "status",
        "Status",
        asked.state.is_none(),
        Activity::ALL.iter().map(|activity| {
            Choice::new(
                activity.name(),
                activity.label(),
                asked.state == Some(*activity),
            )
        }),
    );
    let template = RecordsPage {
        layout: Layout::panel("Customers", Section::Customers, &viewer),
        section: Section::Customers,
        filters: filters("/customers", &asked, statuses, None),
        states: ["Status", "Verification"],
        pages: asked.pages(&found),
        rows: found.rows.into_iter().map(RecordRow::from).collect(),
        empty: asked.address.empty(
            asked.is_first(),
            Empty {
                heading: "No customers yet",
                next: "A prospect becomes a customer when Sumsub approves it.",
                link: Some(("/prospects".to_owned(), "Go to the prospects")),
            },
        ),
        ascending: asked.ascending(),
        turned_round: asked.turned_round(),
        may_create: false,
    };
    page(StatusCode::OK, &template)
}
