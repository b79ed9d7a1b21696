//! `/audit`: who did what to whom, when, allowed or refused.

use access::{AuditEntry, AuditFilter, AuditPlace, Decision, Permission};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use customer::list::{PageRequest, ProspectFilter};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

use super::{
    AdminState,
    list::{self, Empty, with_all},
    names::Names,
    record::is_public_id,
};
use crate::{
    error_page::PageError,
    format::{self, Choice, Shape, Time, Tone},
    layout::{Layout, Section, Viewer, page},
};

/// Rows on a page.
const ROWS: usize = 50;
const PATH: &str = "/audit";
/// What an entry can be about, by the beginning of its object.
const ABOUT: [(&str, &str); 6] = [
    ("prospect", "Prospect"),
    ("customer", "Customer"),
    ("callback", "Callback"),
    ("raised", "Raised item"),
    ("operator", "Operator"),
    ("api-token", "API token"),
];

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    layout: Layout,
    object: String,
    about: Vec<Choice>,
    who: Vec<Choice>,
    actions: Vec<Choice>,
    decisions: Vec<Choice>,
    rows: Vec<Row>,
    newest: Option<String>,
    older: Option<String>,
    empty: Empty,
}

struct Row {
    id: i64,
    at: Time,
    who: String,
    action: String,
    object: String,
    address: Option<String>,
    decision: format::State,
}

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
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
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let text = |value: Option<String>| value.unwrap_or_default().replace('\0', "");
    let (object, who, action, decision) = (
        spelling::line(&text(asked.object)),
        text(asked.who),
        text(asked.action),
        text(asked.decision),
    );
    let about = text(asked.about);
    let about = if about.is_empty() { ABOUT[0].0 } else { &about };
    let filter = AuditFilter {
        subject: Some(who.clone()).filter(|who| !who.is_empty()),
        action: Some(action.clone()).filter(|action| !action.is_empty()),
        object: match object.as_str() {
            "" => None,
            typed => Some(named(&state, &viewer, about, typed).await?),
        },
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
                ("about", if object.is_empty() { "" } else { about }),
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
        about: ABOUT
            .iter()
            .map(|(value, words)| choice(value, words, about))
            .collect(),
        who: with_all(
            who.is_empty(),
            operators
                .iter()
                .map(|(id, name)| choice(&format!("operator:{id}"), name, &who)),
        ),
        actions: with_all(
            action.is_empty(),
            state
                .audit
                .actions(&viewer.subject)
                .await?
                .iter()
                .map(|known| choice(known, known, &action)),
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
        empty: if filter == AuditFilter::default() {
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

/// The object that was searched for, as the log names it.
async fn named(
    state: &AdminState,
    viewer: &Viewer,
    about: &str,
    typed: &str,
) -> Result<String, PageError> {
    let a_record = matches!(about, "prospect" | "customer");
    if a_record && is_public_id(typed) && viewer.may(Permission::CustomerRead) {
        let filter = ProspectFilter {
            search: Some(typed.to_owned()),
            ..ProspectFilter::default()
        };
        let only = PageRequest {
            first: 1,
            after: None,
            before: None,
            direction: customer::list::Direction::default(),
        };
        let found = state
            .onboarding
            .list_prospects(&viewer.subject, &filter, only)
            .await?;
        if let Some(row) = found.rows.iter().find(|row| row.public_id == typed) {
            return Ok(format!("{about}:{}", row.id));
        }
    }
    Ok(format!("{about}:{typed}"))
}

async fn rows(
    state: &AdminState,
    viewer: &Viewer,
    entries: Vec<AuditEntry>,
) -> Result<Vec<Row>, PageError> {
    let subjects = entries.iter().map(|entry| entry.subject.clone()).collect();
    let names = Names::of(state, subjects).await?;
    let mut ids: Vec<Uuid> = entries
        .iter()
        .filter_map(|entry| record_of(&entry.object).map(|(_, id)| id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let public_ids = if viewer.may(Permission::CustomerRead) {
        state.onboarding.public_ids(&viewer.subject, &ids).await?
    } else {
        HashMap::new()
    };
    let row = |entry: AuditEntry| {
        let (object, address) = pointed(&entry.object, &public_ids);
        Row {
            id: entry.id,
            at: Time::of(entry.recorded_at),
            who: names.name(&entry.subject).to_owned(),
            action: entry.action,
            object,
            address,
            decision: if entry.authorized {
                format::State::new("Allowed", Tone::Good, Shape::Check)
            } else {
                format::State::new("Refused", Tone::Bad, Shape::Cross)
            },
        }
    };
    Ok(entries.into_iter().map(row).collect())
}

/// The kind and the UUID of a record.
fn record_of(object: &str) -> Option<(&str, Uuid)> {
    let (kind, id) = object.split_once(':')?;
    matches!(kind, "prospect" | "customer")
        .then(|| id.parse().ok())
        .flatten()
        .map(|id| (kind, id))
}

/// What people call an object, and where it is.
fn pointed(object: &str, public_ids: &HashMap<Uuid, String>) -> (String, Option<String>) {
    if let Some((kind, id)) = record_of(object)
        && let Some(public_id) = public_ids.get(&id)
    {
        return (
            format!("{kind} {public_id}"),
            Some(format!("/{kind}s/{public_id}")),
        );
    }
    match object.split_once(':') {
        Some(("callback", id)) if id.parse::<i64>().is_ok() => {
            (format!("callback {id}"), Some(format!("/callbacks/{id}")))
        }
        Some((kind, id)) => (format!("{kind} {id}"), None),
        None => (object.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_lead_to_their_pages() {
        let id = Uuid::now_v7();
        let known = HashMap::from([(id, "100001".to_owned())]);
        assert_eq!(
            pointed(&format!("customer:{id}"), &known),
            (
                "customer 100001".to_owned(),
                Some("/customers/100001".to_owned())
            )
        );
        assert_eq!(
            pointed("callback:7", &known),
            ("callback 7".to_owned(), Some("/callbacks/7".to_owned()))
        );
        assert_eq!(pointed("list", &known), ("list".to_owned(), None));
        assert_eq!(
            pointed("prospect:new", &known),
            ("prospect new".to_owned(), None)
        );
    }
}
