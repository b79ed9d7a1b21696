//! `/needs-a-person`: what is raised, and what was, with who resolved it, when and why.

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::raised::ResolvedItem;
use kernel::Cursor;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    admin::{
        AdminState,
        names::Names,
        needs_a_person::raised::{Item, Items},
    },
    error_page::PageError,
    format::Time,
    layout::{Layout, Section, Viewer, page},
    list::{self, ListAddress, Pages},
};

const PATH: &str = "/needs-a-person";
/// Resolved items on a page of the list, and on the page of a record.
const ROWS: usize = 50;
const ON_A_RECORD: usize = 10;

#[derive(Template)]
#[template(path = "admin/needs_a_person/page.html")]
struct NeedsAPersonPage {
    layout: Layout,
    open: bool,
    shown: Shown,
    pages: Pages,
}

enum Shown {
    /// What is raised, and how many more than are on the page.
    Open(Items, i64),
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
        let subjects = found.iter().map(|resolved| resolved.by.clone()).collect();
        let names = Names::of(state, subjects).await?;
        let resolved = |found: ResolvedItem| Resolved {
            item: Item::of(found.item, from),
            reason: found.reason,
            by: names.name(&found.by).to_owned(),
            at: Time::of(found.at),
        };
        Ok(Self(found.into_iter().map(resolved).collect()))
    }
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct NeedsAPersonQuery {
    show: Option<String>,
    after: Option<String>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<NeedsAPersonQuery>,
) -> Result<Response, PageError> {
    viewer.needs(Permission::CustomerRead)?;
    let after: Option<Cursor<i64>> = list::place(query.after.as_deref())?;
    let is_first = after.is_none();
    let (shown, next) = match query.show.as_deref() {
        None | Some("" | "open") => (open(&state, &viewer).await?, None),
        Some("resolved") => resolved(&state, &viewer, after).await?,
        Some(_) => return Err(PageError::BadRequest("There is no such list.")),
    };
    let list = ListAddress::new(PATH, [("show", "resolved".to_owned())]);
    let template = NeedsAPersonPage {
        layout: Layout::panel("Needs a person", Section::Overview, &viewer),
        open: matches!(shown, Shown::Open(..)),
        shown,
        pages: list.pages("after", is_first, next),
    };
    page(StatusCode::OK, &template)
}

async fn open(state: &AdminState, viewer: &Viewer) -> Result<Shown, PageError> {
    let raised = state.onboarding.raised(&viewer.subject).await?;
    let on_it = i64::try_from(raised.items.len()).unwrap_or(i64::MAX);
    let more = raised.count.saturating_sub(on_it);
    let items = Items::of(raised.items, viewer, PATH.to_owned());
    Ok(Shown::Open(items, more))
}

/// A page of what was resolved, and where the older is.
async fn resolved(
    state: &AdminState,
    viewer: &Viewer,
    after: Option<Cursor<i64>>,
) -> Result<(Shown, Option<Cursor<i64>>), PageError> {
    let found = state
        .onboarding
        .resolved(&viewer.subject, None, ROWS, after)
        .await?;
    let items = ResolvedItems::of(state, found.rows, PATH).await?;
    Ok((Shown::Resolved(items), found.next))
}
