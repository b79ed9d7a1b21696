//! `/prospects/import/{number}`: what would become of each row, then what became of it.

use access::Permission;
use askama::Template;
use axum::{
    Extension, Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use customer::import::{Import, ImportRow, RowCounts, RowOutcome, RowsAsked};
use serde::Deserialize;

use super::{PATH, Told, may_import, outcome};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::{self, Time},
    layout::{Layout, Section, Viewer, page},
    list::{self, ListAddress, PageLink, Pages, grouped, so_many},
};

/// Rows on a page.
const ROWS: usize = 100;
/// What shows the rows of all outcomes.
const ALL: &str = "all";

#[derive(Template)]
#[template(path = "admin/imports/page.html")]
struct ImportPage {
    layout: Layout,
    id: i64,
    file: Option<String>,
    /// In one sentence.
    said: String,
    progress: Option<Progress>,
    /// The button that starts it, for who may.
    start: Option<String>,
    may_send: bool,
    /// Whether there is a result to take along.
    started: bool,
    /// Whether the rows are not kept any more.
    erased: bool,
    uploaded: Told,
    started_by: Option<Told>,
    sends_link: bool,
    unused: String,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    pages: Pages,
}

struct Progress {
    done: i64,
    of: i64,
}

struct Tab {
    words: String,
    address: String,
    is_shown: bool,
}

struct Row {
    line: i32,
    email: Option<String>,
    telegram: Option<String>,
    customer_type: Option<String>,
    outcome: format::State,
    problem: Option<String>,
    prospect: Option<String>,
    /// Whether the prospect is another one than the row's.
    is_other: bool,
}

impl From<ImportRow> for Row {
    fn from(row: ImportRow) -> Self {
        Self {
            line: row.line,
            email: row.email,
            telegram: row.telegram_handle.filter(|handle| !handle.is_empty()),
            customer_type: row.customer_type,
            outcome: outcome(row.outcome),
            problem: row.problem,
            prospect: row.prospect.map(|prospect| prospect.public_id),
            is_other: row.outcome != RowOutcome::Created,
        }
    }
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct ImportQuery {
    show: Option<String>,
    after: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    Query(query): Query<ImportQuery>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    let import = state.onboarding.import(&viewer.subject, id).await?;
    let counts = import.counts;
    let show = list::text(query.show);
    let wanted = match show.as_str() {
        ALL => None,
        // What is wrong is looked at first.
        "" if import.started_at.is_none() && counts.errors > 0 => Some(RowOutcome::Error),
        name => list::chosen(name, "There is no such outcome to filter by.")?,
    };
    let after: Option<i32> = list::place(query.after.as_deref())?;
    let asked = RowsAsked {
        outcome: wanted,
        after: after.unwrap_or_default(),
        first: ROWS,
    };
    let found = state
        .onboarding
        .import_rows(&viewer.subject, id, asked)
        .await?;
    let kept = [Some(&import.uploaded_by), import.started_by.as_ref()];
    let names = state.names(kept.into_iter().flatten()).await?;
    let address = ListAddress::new(format!("{PATH}/{id}"), [("show", show)]);
    let first = after.map(|_| PageLink::newer("First rows", address.with(&[])));
    let next = found.next.map(|line| {
        let line = line.to_string();
        PageLink::older("More rows", address.with(&[("after", &line)]))
    });
    let started_by = import.started_by.as_ref().zip(import.started_at);
    let template = ImportPage {
        layout: Layout::panel(format!("Import {id}"), Section::Prospects, &viewer),
        id,
        said: said(&import),
        progress: import
            .started_at
            .filter(|_| import.finished_at.is_none())
            .map(|_| Progress {
                done: counts.created,
                of: counts.created + counts.queued,
            }),
        start: (import.started_at.is_none()
            && import.erased_at.is_none()
            && counts.ready > 0
            && may_import(&viewer))
        .then(|| format!("Import {}", so_many(counts.ready, "prospect", "prospects"))),
        may_send: viewer.may(Permission::CustomerUpdate),
        started: import.started_at.is_some(),
        erased: import.erased_at.is_some(),
        uploaded: Told::uploaded(&import, &names),
        started_by: started_by.map(|(by, at)| Told {
            by: names.name(by),
            at: Time::of(at),
        }),
        sends_link: import.sends_link,
        unused: import.unused_columns.join(", "),
        tabs: tabs(id, counts, wanted),
        rows: found.rows.into_iter().map(Row::from).collect(),
        pages: Pages(first.into_iter().chain(next).collect()),
        file: import.file_name,
    };
    page(StatusCode::OK, &template)
}

/// What starts an import.
#[derive(Debug, Default, Deserialize)]
pub struct Started {
    /// The tick "Send the verification link now".
    send_link: Option<String>,
}

/// "Import": creates what can be created, in the background.
pub async fn start(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(id): Path<String>,
    Form(started): Form<Started>,
) -> Result<Response, PageError> {
    let id = number(&id)?;
    state
        .onboarding
        .start_import(&viewer.subject, id, started.send_link.is_some())
        .await?;
    Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())
}

/// The number of an import in an address.
pub fn number(id: &str) -> Result<i64, PageError> {
    id.parse().map_err(|_| PageError::NotFound("import"))
}

/// Where an import stands, in one sentence.
fn said(import: &Import) -> String {
    let counts = import.counts;
    let there = match counts.already_there {
        0 => None,
        1 => Some("1 row is already there".to_owned()),
        many => Some(format!("{} rows are already there", grouped(many))),
    };
    let errors = match counts.errors {
        0 => None,
        1 => Some("1 row has an error".to_owned()),
        many => Some(format!("{} rows have errors", grouped(many))),
    };
    let created = match (import.started_at, import.finished_at) {
        (None, _) if counts.ready == 0 => "There is nothing new in this file".to_owned(),
        (None, _) => format!(
            "{} can be created, nothing is yet",
            so_many(counts.ready, "prospect", "prospects")
        ),
        (Some(_), None) => format!(
            "{} of {} created so far",
            grouped(counts.created),
            so_many(counts.created + counts.queued, "prospect", "prospects")
        ),
        (Some(_), Some(_)) => match counts.created {
            1 => "1 prospect was created".to_owned(),
            many => format!("{} prospects were created", grouped(many)),
        },
    };
    let rest: Vec<String> = there.into_iter().chain(errors).collect();
    if rest.is_empty() {
        format!("{created}.")
    } else {
        format!("{created}; {}.", rest.join(", "))
    }
}

/// Which rows can be looked at: all, and those of each outcome that there is.
fn tabs(id: i64, counts: RowCounts, shown: Option<RowOutcome>) -> Vec<Tab> {
    let tab = |words: &str, count: i64, name: &str, outcome: Option<RowOutcome>| Tab {
        words: format!("{words} ({})", grouped(count)),
        address: format!("{PATH}/{id}?show={name}"),
        is_shown: shown == outcome,
    };
    let outcomes = RowOutcome::ALL.iter().copied();
    let there = outcomes.filter(|outcome| counts.of(*outcome) > 0 || shown == Some(*outcome));
    let each = there.map(|outcome| {
        let words = match outcome {
            RowOutcome::Error => "Errors",
            other => other.label(),
        };
        tab(words, counts.of(outcome), outcome.name(), Some(outcome))
    });
    each.chain([tab("All", counts.total(), ALL, None)])
        .collect()
}
