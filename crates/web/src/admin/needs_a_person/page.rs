//! `/needs-a-person`: what is raised, with what resolves it, and what was, with who resolved it, when and why.

use askama::{Template, filters::HtmlSafe};
use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use customer::raised::ResolvedItem;
use serde::Deserialize;
use uuid::Uuid;

use super::asked::{Asked, ROWS};
use crate::{
    admin::{
        AdminState,
        dialog::{Dialog, Said},
        needs_a_person::{
            operations::RaisedOperation,
            raised::{Item, Items},
        },
        operation::{Beside, Done},
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
    list::{Filter, Pages},
};
use access::Permission;

/// Where the page is.
pub const PATH: &str = "/needs-a-person";
/// Resolved items on the page of a record.
const ON_A_RECORD: usize = 10;

#[derive(Template)]
#[template(path = "admin/needs_a_person/page.html")]
struct NeedsAPersonPage {
    layout: Layout,
    open: bool,
    /// Where the tabs lead.
    tabs: (String, String),
    filters: Vec<Filter>,
    said: Option<Said>,
    /// The page's own address.
    here: String,
    /// What became of several, and of each.
    summary: String,
    told: Vec<String>,
    /// So many of how many.
    how_many: Option<String>,
    shown: Shown,
    nothing: &'static str,
    /// The list without its filters, when they let nothing through.
    show_all: Option<String>,
    pages: Pages,
    dialog: Option<Dialog>,
}

enum Shown {
    Open(Items),
    Resolved(ResolvedItems),
}

/// A list of resolved items.
#[derive(Template)]
#[template(path = "admin/needs_a_person/resolved.html")]
pub struct ResolvedItems(Vec<Resolved>);

impl HtmlSafe for ResolvedItems {}

struct Resolved {
    item: Item,
    reason: Option<String>,
    by: String,
    at: Time,
}

impl ResolvedItems {
    /// What was resolved about the record at `from`, the newest of it.
    ///
    /// # Errors
    /// When the viewer may not see it, or the database does not answer.
    pub async fn about(
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
        from: &str,
    ) -> Result<Self, PageError> {
        let found = state
            .onboarding
            .resolved(&viewer.subject, Some(id), ON_A_RECORD, None)
            .await?;
        Self::of(state, found.rows, from).await
    }

    /// Whether there is anything to show.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }

    async fn of(
        state: &AdminState,
        found: Vec<ResolvedItem>,
        from: &str,
    ) -> Result<Self, PageError> {
        let names = state.names(found.iter().map(|item| &item.by)).await?;
        let resolved = |found: ResolvedItem| Resolved {
            item: Item::of(found.item, from),
            reason: found.reason,
            by: names.name(&found.by),
            at: Time::of(found.at),
        };
        Ok(Self(found.into_iter().map(resolved).collect()))
    }
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NeedsAPersonQuery {
    pub show: Option<String>,
    pub cause: Option<String>,
    pub age: Option<String>,
    pub sort: Option<String>,
    pub after: Option<String>,
    pub before: Option<String>,
    done: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<NeedsAPersonQuery>,
) -> Result<Response, PageError> {
    let done = Done::of(query.done.clone());
    let beside = Beside::saying(done.said::<RaisedOperation>());
    render(&state, &viewer, query, beside).await
}

/// The page, with what stands beside it.
pub async fn render(
    state: &AdminState,
    viewer: &Viewer,
    query: NeedsAPersonQuery,
    mut beside: Beside,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let asked = Asked::read(query)?;
    let (onboarding, who) = (&state.onboarding, &viewer.subject);
    let (shown, on_it, count, pages) = if asked.open {
        let found = onboarding.open_page(who, &asked.filter, asked.page).await?;
        let pages = asked.pages(found.previous, found.next);
        let on_it = found.rows.len();
        let items = Items::of(found.rows, viewer, asked.here());
        let items = items.compared(state, viewer).await?.choosable();
        let count = onboarding.count_open(who, &asked.filter).await?;
        (Shown::Open(items), on_it, count, pages)
    } else {
        let found = onboarding
            .resolved_page(who, &asked.filter, asked.page)
            .await?;
        let pages = asked.pages(found.previous, found.next);
        let on_it = found.rows.len();
        let items = ResolvedItems::of(state, found.rows, PATH).await?;
        let count = onboarding.count_resolved(who, &asked.filter).await?;
        (Shown::Resolved(items), on_it, count, pages)
    };
    let counts = if asked.open {
        onboarding.raised_by_cause(who).await?
    } else {
        Vec::new()
    };
    let nothing = match (asked.is_filtered(), asked.open) {
        (true, _) => "Nothing matches these filters.",
        (false, true) => "Nothing at the moment.",
        (false, false) => "Nothing was resolved yet.",
    };
    let template = NeedsAPersonPage {
        layout: Layout::panel("Needs a person", Section::NeedsAPerson, viewer),
        open: asked.open,
        tabs: asked.tabs(),
        filters: asked.filters(&counts),
        here: asked.here(),
        said: beside.rest(),
        summary: beside.summary.take().unwrap_or_default(),
        told: std::mem::take(&mut beside.told),
        how_many: (on_it > 0).then(|| format!("{on_it} of {count}")),
        shown,
        nothing,
        show_all: (on_it == 0 && asked.is_filtered()).then(|| asked.unfiltered()),
        pages,
        dialog: beside.dialog,
    };
    debug_assert!(on_it <= ROWS);
    page(beside.status, &template)
}
