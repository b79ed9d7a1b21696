//! `/audit`: who did what to whom, when, allowed or refused.

use access::{AuditAction, AuditEntry, AuditFilter, AuditPlace, Decision, ObjectKind};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{
    objects::{KnownObjects, LinkedObject},
    search::{About, choices},
};
use crate::{
    admin::{
        AdminState,
        list::{self, Empty, with_all},
        names::Names,
    },
    error_page::PageError,
    format::{self, Choice, Shape, Time, Tone},
    layout::{Layout, Section, Viewer, page},
};

/// Rows on a page.
const ROWS: usize = 50;
const PATH: &str = "/audit";
/// Records of one entry on the page.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "admin/audit/page.html")]
struct AuditPage {
    layout: Layout,
    object: String,
    about: Vec<Choice>,
    who: Vec<Choice>,
    actions: Vec<Choice>,
    decisions: Vec<Choice>,
    rows: Vec<EntryRow>,
    newest: Option<String>,
    older: Option<String>,
    empty: Empty,
}

struct EntryRow {
    id: i64,
    at: Time,
    who: String,
    /// In words; one of another version as the log stores it.
    action: String,
    /// As the log stores it.
    action_name: String,
    object: LinkedObject,
    /// Whose data a look at many handed out, and how many more there are.
    records: Vec<LinkedObject>,
    more: usize,
    count: usize,
    decision: format::State,
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct AuditQuery {
    object: Option<String>,
    about: Option<String>,
    who: Option<String>,
    action: Option<String>,
    decision: Option<String>,
    older: Option<i64>,
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(asked): Query<AuditQuery>,
) -> Result<Response, PageError> {
    let text = |value: Option<String>| value.unwrap_or_default().replace('\0', "");
    let (object, who, action, decision) = (
        kernel::text::line(&text(asked.object)),
        text(asked.who),
        text(asked.action),
        text(asked.decision),
    );
    let of = text(asked.about);
    let about = About::read(&state, &viewer, &of, &object).await?;
    let no_emails = about == About::Email;
    let (kind, objects) = match about {
        About::Anything => (None, Vec::new()),
        About::Kind(kind) => (Some(kind), Vec::new()),
        About::Objects(objects) => (None, objects),
        // Of the addresses themselves the log holds none.
        About::Email => (None, vec![object.clone()]),
    };
    let filter = AuditFilter {
        subject: Some(who.clone()).filter(|who| !who.is_empty()),
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        objects,
        kind,
        decision: match decision.as_str() {
            "" => None,
            "allowed" => Some(Decision::Authorized),
            "refused" => Some(Decision::Refused),
            _ => {
                return Err(PageError::BadRequest(
                    "There is no such decision to filter by.",
                ));
            }
        },
        ..AuditFilter::default()
    };
    let place = asked
        .older
        .map_or(AuditPlace::Newest, AuditPlace::OlderThan);
    // Asks for the permission, and writes a refusal down.
    let found = state
        .audit
        .page(&viewer.subject, &filter, place, ROWS)
        .await?;
    let address = |older: Option<AuditPlace>| {
        let older = match older {
            Some(AuditPlace::OlderThan(id)) => id.to_string(),
            _ => String::new(),
        };
        list::address(
            PATH,
            [
                ("object", object.as_str()),
                ("about", &of),
                ("who", &who),
                ("action", &action),
                ("decision", &decision),
                ("older", &older),
            ],
        )
    };
    let choice =
        |value: &str, words: &str, chosen: &str| Choice::new(value, words, value == chosen);
    let operators = state.operators.everybody().await?;
    let template = AuditPage {
        layout: Layout::panel("Audit log", Section::Audit, &viewer),
        about: choices(&of),
        who: with_all(
            who.is_empty(),
            operators
                .iter()
                .map(|(id, name)| choice(&ObjectKind::Operator.id(*id).to_string(), name, &who)),
        ),
        actions: with_all(
            action.is_empty(),
            state
                .audit
                .actions(&viewer.subject)
                .await?
                .iter()
                .map(|known| choice(known, AuditAction::words_of(known), &action)),
        ),
        decisions: with_all(
            decision.is_empty(),
            [("allowed", "Allowed"), ("refused", "Refused")]
                .iter()
                .map(|(value, words)| choice(value, words, &decision)),
        ),
        newest: asked.older.map(|_| address(None)),
        older: found.older.map(|older| address(Some(older))),
        rows: rows(&state, &viewer, found.entries).await?,
        empty: if no_emails {
            Empty {
                heading: "The log holds no e-mail addresses",
                next: "It holds ids only, so that nothing in it has to be erased. Look the person up, then search here by public ID or UUID.",
                link: Some(("/prospects", "Go to the prospects")),
            }
        } else if filter == AuditFilter::default() {
            Empty {
                heading: "Nothing yet",
                next: "Every decision on what somebody wanted to do is written down here.",
                link: None,
            }
        } else {
            list::nothing_matches(PATH)
        },
        object,
    };
    page(StatusCode::OK, &template)
}

async fn rows(
    state: &AdminState,
    viewer: &Viewer,
    entries: Vec<AuditEntry>,
) -> Result<Vec<EntryRow>, PageError> {
    let objects = entries
        .iter()
        .flat_map(|entry| std::iter::once(&entry.object).chain(entry.records.iter().take(SHOWN)));
    let known = KnownObjects::look_up(state, viewer, objects.cloned().collect()).await?;
    // Operators and API tokens are named the same way whether they ask or something is done to them.
    let people = entries
        .iter()
        .flat_map(|entry| [&entry.subject, &entry.object]);
    let names = Names::of(state, people.cloned().collect()).await?;
    let row = |entry: AuditEntry| {
        // A look at one record says the same twice.
        let records: &[String] = match &entry.records[..] {
            [only] if *only == entry.object => &[],
            records => records,
        };
        let shown = records.iter().take(SHOWN);
        EntryRow {
            object: known.link(&entry.object, &names),
            count: records.len(),
            more: records.len().saturating_sub(SHOWN),
            records: shown.map(|record| known.link(record, &names)).collect(),
            id: entry.id,
            at: Time::of(entry.recorded_at),
            who: names.name(&entry.subject).to_owned(),
            action: AuditAction::words_of(&entry.action).to_owned(),
            action_name: entry.action,
            decision: if entry.authorized {
                format::State::new("Allowed", Tone::Good, Shape::Check)
            } else {
                format::State::new("Refused", Tone::Bad, Shape::Cross)
            },
        }
    };
    Ok(entries.into_iter().map(row).collect())
}
