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
    kyc::reject_labels,
    list::{Attention, CustomerRow, ProspectRow},
    primitives::{Activity, CustomerType, Stage},
};
use kernel::Page;

use super::{
    columns::Column,
    query::{Asked, InStage, RecordsQuery},
};
use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::{self, Choice, Time},
    layout::{Layout, Section, Viewer, page},
    list::{Empty, Field, Filter, Filters, Pages, Search, place_in_list},
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
    /// Where the list is a file.
    file: String,
    /// Where the page stands in its list.
    place: Option<String>,
    rows: Vec<RecordRow>,
    pages: Pages,
    empty: Empty,
    may_create: bool,
}

impl RecordsPage {
    fn shows(&self, column: Column) -> bool {
        self.columns.iter().any(|shown| shown.column == column)
    }

    /// Whether there are more columns than there is room for on most screens.
    fn is_full(&self) -> bool {
        self.columns.len() > Column::OF_CUSTOMERS.len()
            || self.shows(Column::Since)
            || self.shows(Column::Reason)
    }
}

/// A column, and what it is called.
struct Shown {
    column: Column,
    label: &'static str,
}

struct RecordRow {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    customer_type: &'static str,
    states: [format::State; 2],
    since: Option<Time>,
    reason: Option<Reason>,
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

impl From<ProspectRow> for RecordRow {
    fn from(row: ProspectRow) -> Self {
        Self {
            public_id: row.public_id,
            name: row.name,
            email: row.email,
            customer_type: row.customer_type.label(),
            states: [words::stage(row.stage), words::kyc_status(row.kyc_status)],
            since: row.stage_since.map(Time::of),
            reason: Reason::of(&row.reasons),
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
            since: None,
            reason: None,
            created: Time::of(row.created_at),
        }
    }
}

/// The form above a list whose states are filtered by `states`; behind the days is what the list has of its `own`.
fn filters<S>(
    path: &'static str,
    asked: &Asked<S, CustomerType>,
    states: Filter,
    own: impl IntoIterator<Item = Filter>,
) -> Filters {
    let types = words::types(&asked.type_name);
    let types = Filter::new(
        "type",
        "Customer type",
        asked.customer_type.is_none(),
        types,
    );
    let days = asked.days.fields([
        ("created_from", "Created from"),
        ("created_to", "Created to"),
    ]);
    Filters {
        path,
        search: Search {
            name: "q",
            label: "Search by email or public ID",
            longest: 254,
            value: asked.search.clone(),
        },
        fields: [states, types].map(Field::from).into(),
        more: days
            .into_iter()
            .chain(own.into_iter().map(Field::from))
            .collect(),
        sort: asked.sort(),
        live: true,
    }
}

fn shown(columns: Vec<Column>, label: fn(Column) -> &'static str) -> Vec<Shown> {
    let shown = columns.into_iter().map(|column| Shown {
        column,
        label: label(column),
    });
    shown.collect()
}

/// What a list of nothing says: that a day is wrong, or as the address has it.
fn nothing<S, T>(asked: &Asked<S, T>, nothing_yet: Empty) -> Empty {
    if asked.days.are_wrong() {
        return Empty {
            heading: "Which days?",
            next: "A day above can't be read, or the two are the wrong way round.",
            link: Some((asked.address.path().to_owned(), "Show all")),
        };
    }
    asked.address.empty(asked.is_first(), nothing_yet)
}

/// What only prospects are filtered by.
fn of_prospects(asked: &Asked<Stage, CustomerType>, reasons: &[String]) -> [Filter; 3] {
    let in_stage = InStage::ALL.map(|days| {
        let chosen = asked.in_stage == Some(days);
        Choice::new(days.name(), days.words(), chosen)
    });
    // One that nobody has by now is still what is asked for.
    let chosen =
        Some(&asked.reason).filter(|reason| !reason.is_empty() && !reasons.contains(reason));
    let mut reasons: Vec<_> = reasons
        .iter()
        .chain(chosen)
        .map(|label| (reject_labels::words(label), label))
        .collect();
    reasons.sort();
    let reasons = reasons.into_iter().map(|(words, label)| {
        let choice = Choice::new(label, words, asked.reason == *label);
        match reject_labels::sentence(label) {
            Some(sentence) => choice.hover(sentence.to_owned()),
            None => choice,
        }
    });
    let attention = Attention::ALL.iter().map(|attention| {
        Choice::new(
            attention.name(),
            words::attention(*attention),
            asked.attention == Some(*attention),
        )
    });
    [
        Filter::new(
            "in_stage",
            "In its stage for",
            asked.in_stage.is_none(),
            in_stage,
        ),
        Filter::new("reason", "Reason", asked.reason.is_empty(), reasons),
        Filter::new(
            "attention",
            "Waits for a person",
            asked.attention.is_none(),
            attention,
        ),
    ]
}

/// The stages to choose from, each with how many prospects stand there.
async fn stages(
    state: &AdminState,
    viewer: &Viewer,
    chosen: Option<Stage>,
) -> Result<Filter, PageError> {
    let counts = state.onboarding.stage_counts(&viewer.subject).await?;
    let all: i64 = counts.values().sum();
    let mut choices = vec![Choice::new("", format!("All ({all})"), chosen.is_none())];
    choices.extend(Stage::ALL.iter().map(|stage| {
        let count = counts.get(stage).copied().unwrap_or_default();
        let words = format!("{} ({count})", stage.label());
        Choice::new(stage.name(), words, chosen == Some(*stage))
    }));
    Ok(Filter {
        name: "stage",
        label: "Stage",
        choices,
    })
}

pub async fn prospects(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
    let filter = asked.filter();
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
    let stages = stages(&state, &viewer, asked.state).await?;
    let reasons = onboarding.reject_reasons(subject).await?;
    let may_create = viewer.may(Permission::CustomerCreate);
    let template = RecordsPage {
        layout: Layout::panel("Prospects", Section::Prospects, &viewer),
        section: Section::Prospects,
        filters: filters("/prospects", &asked, stages, of_prospects(&asked, &reasons)),
        columns: shown(asked.columns(), Column::of_prospects),
        file: asked.file(),
        place: place_in_list(&extent),
        pages: asked.pages(&found),
        rows: found.rows.into_iter().map(RecordRow::from).collect(),
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
    let filter = asked.filter();
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
        filters: filters("/customers", &asked, statuses, []),
        columns: shown(asked.columns(), Column::of_customers),
        file: asked.file(),
        place: place_in_list(&extent),
        pages: asked.pages(&found),
        rows: found.rows.into_iter().map(RecordRow::from).collect(),
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
    };
    page(StatusCode::OK, &template)
}
