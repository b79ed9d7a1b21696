//! `/prospects` and `/customers`: one page, two lists.

use access::{ActorNames, Permission};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{
    kyc::reject_labels,
    list::{CustomerRow, ProspectRow},
    primitives::{Activity, CustomerType, Stage},
};
use kernel::Page;

use super::{
    around::{Around, Kind, Shown},
    assigned,
    columns::{Column, assignees},
    form::{filters, nothing, of_prospects, stages},
    query::{Asked, RecordsQuery},
    ticked::Ticked,
};
use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
    list::{Empty, Filter, Filters, Pages, Tools, Views},
};

#[derive(Template)]
#[template(path = "admin/records/list.html")]
struct RecordsPage {
    layout: Layout,
    section: Section,
    filters: Filters,
    ascending: bool,
    turned_round: String,
    columns: Vec<Shown>,
    views: Views,
    tools: Tools,
    rows: Vec<RecordRow>,
    pages: Pages,
    empty: Empty,
    may_create: bool,
    ticked: Option<Ticked>,
}

impl RecordsPage {
    fn shows(&self, column: Column) -> bool {
        self.columns.iter().any(|shown| shown.column == column)
    }

    /// Whether there are more columns than there is room for on most screens.
    fn is_full(&self) -> bool {
        self.columns.len() >= Column::OF_CUSTOMERS.len()
            || self.shows(Column::Since)
            || self.shows(Column::Reason)
            || self.shows(Column::Assignee)
    }
}

struct RecordRow {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    customer_type: &'static str,
    states: [format::State; 2],
    since: Option<Time>,
    reason: Option<Reason>,
    assignee: Option<String>,
    created: Time,
}

/// Why Sumsub declined.
struct Reason {
    words: String,
    /// Each label as a sentence.
    hover: String,
}

impl Reason {
    fn of(labels: &[String]) -> Option<Self> {
        let (first, more) = labels.split_first()?;
        let words = reject_labels::words(first);
        let sentences = labels
            .iter()
            .map(|label| reject_labels::sentence(label).map_or(label.as_str(), |known| known));
        Some(Self {
            words: match more.len() {
                0 => words,
                more => format!("{words} and {more} more"),
            },
            hover: sentences.collect::<Vec<_>>().join(" "),
        })
    }
}

impl RecordRow {
    fn of_prospect(row: ProspectRow, names: &ActorNames) -> Self {
        Self {
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [words::stage(row.stage), words::kyc_status(row.kyc_status)],
            since: row.stage_since.map(Time::of),
            reason: Reason::of(&row.reasons),
            assignee: row.assignee.map(|assignee| names.operator(assignee)),
            created: Time::of(row.created_at),
        }
    }

    fn of_customer(row: CustomerRow, names: &ActorNames) -> Self {
        Self {
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [
                words::activity(row.activity),
                words::verification(row.verification),
            ],
            since: None,
            reason: None,
            assignee: row.assignee.map(|assignee| names.operator(assignee)),
            created: Time::of(row.created_at),
        }
    }
}

pub async fn prospects(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
    let filter = asked.filter(&state, &viewer).await?;
    let (onboarding, subject) = (&state.onboarding, &viewer.subject);
    let found = if asked.days.are_wrong() {
        Page::empty()
    } else {
        onboarding
            .list_prospects(subject, &filter, asked.page)
            .await?
    };
    let extent = onboarding
        .extent_of_prospects(subject, &filter, asked.page.direction, &found)
        .await?;
    let usual = asked.usual_columns();
    let around = Around::of(&state, &viewer, Kind::PROSPECTS, (&asked, usual), &extent).await?;
    let names = assignees(&state, around.columns.iter().map(|shown| shown.column)).await?;
    let whose = assigned::filter(&state, &viewer, asked.assigned).await?;
    let stages = stages(&state, &viewer, asked.state).await?;
    let reasons = onboarding.reject_reasons(subject).await?;
    let own = [whose].into_iter().chain(of_prospects(&asked, &reasons));
    let may_create = viewer.may(Permission::CustomerCreate);
    let template = RecordsPage {
        layout: Layout::panel("Prospects", Section::Prospects, &viewer),
        section: Section::Prospects,
        filters: filters("/prospects", &asked, stages, own),
        columns: around.columns,
        views: around.views,
        tools: around.tools,
        pages: asked.pages(&found),
        rows: found
            .rows
            .into_iter()
            .map(|row| RecordRow::of_prospect(row, &names))
            .collect(),
        empty: nothing(
            &asked,
            Empty {
                heading: "No prospects yet",
                next: "Create the first one: an e-mail address and a customer type are enough.",
                link: may_create.then(|| ("/prospects/new".to_owned(), "Create a prospect")),
            },
        ),
        ascending: asked.ascending(),
        turned_round: asked.turned_round(),
        ticked: Ticked::of(&viewer, &asked, &extent),
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
    let filter = asked.filter(&state, &viewer).await?;
    let (onboarding, subject) = (&state.onboarding, &viewer.subject);
    let found = if asked.days.are_wrong() {
        Page::empty()
    } else {
        onboarding
            .list_customers(subject, &filter, asked.page)
            .await?
    };
    let extent = onboarding
        .extent_of_customers(subject, &filter, asked.page.direction, &found)
        .await?;
    let usual = asked.usual_columns();
    let around = Around::of(&state, &viewer, Kind::CUSTOMERS, (&asked, usual), &extent).await?;
    let names = assignees(&state, around.columns.iter().map(|shown| shown.column)).await?;
    let whose = assigned::filter(&state, &viewer, asked.assigned).await?;
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
        filters: filters("/customers", &asked, statuses, [whose]),
        columns: around.columns,
        views: around.views,
        tools: around.tools,
        pages: asked.pages(&found),
        rows: found
            .rows
            .into_iter()
            .map(|row| RecordRow::of_customer(row, &names))
            .collect(),
        empty: nothing(
            &asked,
            Empty {
                heading: "No customers yet",
                next: "A prospect becomes a customer when Sumsub approves it.",
                link: Some(("/prospects".to_owned(), "Go to the prospects")),
            },
        ),
        ascending: asked.ascending(),
        turned_round: asked.turned_round(),
        may_create: false,
        ticked: None,
    };
    page(StatusCode::OK, &template)
}
