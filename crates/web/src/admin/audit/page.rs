//! `/audit`: who did what to whom, when, allowed or refused.

use access::{AuditAction, AuditEntry, AuditFilter, Decision, ObjectKind};
use askama::Template;
use axum::{
    BoxError, Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::{list::Extent, raised::Count};
use futures::stream;
use kernel::Page;
use serde::Deserialize;

use super::{
    rows::{EntryRow, HEAD, RECORDS, cells, rows},
    search::{About, choices},
};
use crate::{
    admin::AdminState,
    csv_file,
    error_page::PageError,
    format::Choice,
    layout::{Layout, Section, Viewer, page},
    list::{
        Days, Empty, Filter, Filters, ListAddress, Pages, Search, place_in_list, refuse_wrong_days,
        wrong_days,
    },
};

/// Rows on a page.
const ROWS: usize = 50;
/// Up to so many entries are counted.
const COUNTED_AT_MOST: i64 = 10_000;
const PATH: &str = "/audit";

#[derive(Template)]
#[template(path = "admin/audit/page.html")]
struct AuditPage {
    layout: Layout,
    filters: Filters,
    place: Option<String>,
    /// Where the list is a file; none while it is empty.
    file: Option<String>,
    rows: Vec<EntryRow>,
    pages: Pages,
    empty: Empty,
}

/// What the page's address asks for; what is left out or empty filters nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    object: String,
    about: String,
    who: String,
    action: String,
    decision: String,
    from: String,
    to: String,
    older: Option<i64>,
}

impl AuditQuery {
    /// Without what PostgreSQL takes in no text, and without what was pasted unseen.
    fn cleaned(self) -> Self {
        let text = |value: String| value.replace('\0', "");
        Self {
            object: kernel::text::line(&text(self.object)),
            about: text(self.about),
            who: text(self.who),
            action: text(self.action),
            decision: text(self.decision),
            from: text(self.from),
            to: text(self.to),
            older: self.older,
        }
    }

    fn days(&self) -> Days {
        Days::read(Some(self.from.clone()), Some(self.to.clone()))
    }

    fn filter(&self, about: About) -> Result<AuditFilter, PageError> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let (kind, objects) = match about {
            About::Anything => (None, Vec::new()),
            About::Kind(kind) => (Some(kind), Vec::new()),
            About::Objects(objects) => (None, objects),
            // Of the addresses themselves the log holds none.
            About::Email => (None, vec![self.object.clone()]),
        };
        let decision = match self.decision.as_str() {
            "" => None,
            "allowed" => Some(Decision::Authorized),
            "refused" => Some(Decision::Refused),
            _ => {
                return Err(PageError::BadRequest(
                    "There is no such decision to filter by.",
                ));
            }
        };
        Ok(AuditFilter {
            subject: given(&self.who),
            action: given(&self.action),
            objects,
            kind,
            decision,
            from: self.days().begin(),
            to: self.days().end(),
        })
    }

    /// The list with these filters.
    fn address(&self) -> ListAddress {
        ListAddress::new(
            PATH,
            [
                ("object", self.object.clone()),
                ("about", self.about.clone()),
                ("who", self.who.clone()),
                ("action", self.action.clone()),
                ("decision", self.decision.clone()),
                ("from", self.from.clone()),
                ("to", self.to.clone()),
            ],
        )
    }
}

/// The page.
///
/// # Errors
/// When the viewer may not read the log, for a filter that there isn't, and when the database does not answer.
pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, PageError> {
    let query = query.cleaned();
    let about = About::read(&state, &viewer, &query.about, &query.object).await?;
    let list = query.address();
    let empty = empty(&list, &about);
    let filter = query.filter(about)?;
    // Asks for the permission, and writes a refusal down.
    let wrong = query.days().are_wrong();
    let found = if wrong {
        Page::empty()
    } else {
        state
            .audit
            .page(&viewer.subject, &filter, query.older, ROWS)
            .await?
    };
    let place = place_in_list(&extent(&state, &viewer, &filter, query.older, &found).await?);
    let template = AuditPage {
        layout: Layout::panel("Audit log", Section::Audit, &viewer),
        pages: list.pages("older", query.older.is_none(), found.next),
        place,
        file: (!found.rows.is_empty()).then(|| list.file(&[])),
        filters: filters(&state, &viewer, query).await?,
        rows: rows(&state, &viewer, found.rows, RECORDS).await?,
        empty: if wrong { wrong_days(PATH) } else { empty },
    };
    page(StatusCode::OK, &template)
}

/// `/audit.csv`: all that the filters leave.
///
/// # Errors
/// As [`show`].
pub async fn file(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<AuditQuery>,
) -> Result<Response, PageError> {
    let query = query.cleaned();
    refuse_wrong_days(&query.days())?;
    let about = About::read(&state, &viewer, &query.about, &query.object).await?;
    let filter = query.filter(about)?;
    let download = state.audit.download(&viewer.subject, filter).await?;
    let whole = (download, state, viewer);
    let batches = stream::try_unfold(whole, |(mut rest, state, viewer)| async move {
        let Some(entries) = rest.next().await? else {
            return Ok::<_, BoxError>(None);
        };
        let cells = cells(&state, &viewer, entries).await?;
        Ok(Some((cells, (rest, state, viewer))))
    });
    csv_file::of_batches("audit", HEAD.to_vec(), batches)
}

/// Where the page stands in the log.
async fn extent(
    state: &AdminState,
    viewer: &Viewer,
    filter: &AuditFilter,
    older: Option<i64>,
    page: &Page<AuditEntry, i64>,
) -> Result<Extent, PageError> {
    let before = match page.rows.first().filter(|_| older.is_some()) {
        Some(first) => counted(state, viewer, filter, Some(first.id)).await?,
        None => Count::of(0),
    };
    let (here, more) = (page.rows.len(), page.next.is_some());
    if let Some(whole) = Extent::of_end(before, here, more) {
        return Ok(whole);
    }
    let kept = counted(state, viewer, filter, None).await?;
    Ok(Extent::of_a_part(before, here, more, kept))
}

async fn counted(
    state: &AdminState,
    viewer: &Viewer,
    filter: &AuditFilter,
    newer_than: Option<i64>,
) -> Result<Count, PageError> {
    let most = COUNTED_AT_MOST + 1;
    let count = state.audit.count(&viewer.subject, filter, newer_than, most);
    Ok(Count::bounded(count.await?, COUNTED_AT_MOST))
}

/// What the list says when nothing is on it.
fn empty(list: &ListAddress, about: &About) -> Empty {
    if *about == About::Email {
        return Empty {
            heading: "The log holds no e-mail addresses",
            next: "It holds ids only, so that nothing in it has to be erased. Look the person up, then search here by public ID or UUID.",
            link: Some(("/prospects".to_owned(), "Go to the prospects")),
        };
    }
    let nothing_yet = Empty {
        heading: "Nothing yet",
        next: "Every decision on what somebody wanted to do is written down here.",
        link: None,
    };
    // The log has a beginning: what is older than the oldest entry was never written.
    list.empty(true, nothing_yet)
}

/// The form above the list.
async fn filters(
    state: &AdminState,
    viewer: &Viewer,
    query: AuditQuery,
) -> Result<Filters, PageError> {
    let operators = state.operators.everybody().await?;
    let operators = operators.into_iter().map(|(id, name)| {
        // Who asks is named as the operator is to whom something is done.
        (ObjectKind::Operator.id(id).to_string(), name)
    });
    let actions = state.audit.actions(&viewer.subject).await?;
    let actions = actions.iter().map(|name| {
        let words = AuditAction::words_of(name).to_owned();
        (name.clone(), words)
    });
    let decisions = [("allowed", "Allowed"), ("refused", "Refused")]
        .map(|(value, words)| (value.to_owned(), words.to_owned()));
    let decisions = decisions.into_iter();
    let days = query.days().fields([("from", "From"), ("to", "To")]);
    Ok(Filters {
        path: PATH,
        fields: vec![
            Filter {
                name: "about",
                label: "About",
                choices: choices(&query.about),
            }
            .into(),
            all_or_one("who", "Who", operators, &query.who).into(),
            all_or_one("action", "Action", actions, &query.action).into(),
            all_or_one("decision", "Decision", decisions, &query.decision).into(),
        ],
        search: Search {
            name: "object",
            label: "Search by public ID, UUID or number",
            longest: 64,
            value: query.object,
        },
        more: days.into(),
        sort: None,
        live: false,
    })
}

/// A filter whose choices are these, by value and words, and *All* before them.
fn all_or_one(
    name: &'static str,
    label: &'static str,
    choices: impl Iterator<Item = (String, String)>,
    chosen: &str,
) -> Filter {
    let choices = choices.map(|(value, words)| {
        let selected = value == chosen;
        Choice::new(value, words, selected)
    });
    Filter::new(name, label, chosen.is_empty(), choices)
}
