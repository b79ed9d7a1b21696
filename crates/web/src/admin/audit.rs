//! `/audit`: who did what to whom, when, allowed or refused.

mod about;

use access::{AuditEntry, AuditFilter, AuditPlace, Decision, Permission};
use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use std::collections::HashMap;
use uuid::Uuid;

use self::about::{About, KINDS};
use super::{AdminState, names::Names};
use crate::{
    error_page::PageError,
    format::{self, Choice, Shape, Time, Tone},
    layout::{Layout, Section, Viewer, page},
    list::{self, Empty, Filter, Filters, ListAddress, Pages, Search},
};

/// Rows on a page.
const ROWS: usize = 50;
const PATH: &str = "/audit";
/// Records of one entry on the page.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    layout: Layout,
    filters: Filters,
    rows: Vec<Row>,
    pages: Pages,
    empty: Empty,
}

struct Row {
    id: i64,
    at: Time,
    who: String,
    action: String,
    object: Named,
    /// Whose data a look at many handed out, and how many more there are.
    records: Vec<Named>,
    more: usize,
    count: usize,
    decision: format::State,
}

/// What people call an object, and where it is.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    words: String,
    address: Option<String>,
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
    let (object, who, action, decision) = (
        kernel::text::line(&list::text(asked.object)),
        list::text(asked.who),
        list::text(asked.action),
        list::text(asked.decision),
    );
    let of = list::text(asked.about);
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
    let choice =
        |value: &str, words: &str, chosen: &str| Choice::new(value, words, value == chosen);
    let operators = state.operators.everybody().await?;
    let operators = operators
        .iter()
        .map(|(id, name)| choice(&format!("operator:{id}"), name, &who));
    let actions = state.audit.actions(&viewer.subject).await?;
    let actions = actions.iter().map(|known| choice(known, known, &action));
    let decisions = [("allowed", "Allowed"), ("refused", "Refused")];
    let decisions = decisions.map(|(value, words)| choice(value, words, &decision));
    let kinds = std::iter::once(&("", "Anything")).chain(&KINDS);
    let filters = Filters {
        path: PATH,
        search: Search {
            name: "object",
            label: "Search by public ID, UUID or number",
            longest: 64,
            value: object.clone(),
        },
        filters: vec![
            Filter {
                name: "about",
                label: "About",
                choices: kinds
                    .map(|(value, words)| choice(value, words, &of))
                    .collect(),
            },
            Filter::new("who", "Who", who.is_empty(), operators),
            Filter::new("action", "Action", action.is_empty(), actions),
            Filter::new("decision", "Decision", decision.is_empty(), decisions),
        ],
        sort: None,
        live: false,
    };
    let list = ListAddress::new(
        PATH,
        [
            ("object", object),
            ("about", of),
            ("who", who),
            ("action", action),
            ("decision", decision),
        ],
    );
    let older = found.older.and_then(|older| match older {
        AuditPlace::OlderThan(id) => Some(id),
        _ => None,
    });
    let is_first = asked.older.is_none();
    let template = AuditPage {
        layout: Layout::panel("Audit log", Section::Audit, &viewer),
        filters,
        pages: list.pages("older", is_first, older),
        rows: rows(&state, &viewer, found.entries).await?,
        empty: if no_emails {
            Empty {
                heading: "The log holds no e-mail addresses",
                next: "It holds ids only, so that nothing in it has to be erased. Look the person up, then search here by public ID or UUID.",
                link: Some(("/prospects".to_owned(), "Go to the prospects")),
            }
        } else {
            list.empty(
                is_first,
                Empty {
                    heading: "Nothing yet",
                    next: "Every decision on what somebody wanted to do is written down here.",
                    link: None,
                },
            )
        },
    };
    page(StatusCode::OK, &template)
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
        .flat_map(|entry| std::iter::once(&entry.object).chain(entry.records.iter().take(SHOWN)))
        .filter_map(|object| record_of(object).map(|(_, id)| id))
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let public_ids = if viewer.may(Permission::CustomerRead) {
        state.onboarding.public_ids(&viewer.subject, &ids).await?
    } else {
        HashMap::new()
    };
    let row = |entry: AuditEntry| {
        // A look at one record says the same twice.
        let records: &[String] = match &entry.records[..] {
            [only] if *only == entry.object => &[],
            records => records,
        };
        let shown = records.iter().take(SHOWN);
        Row {
            object: pointed(&entry.object, &public_ids),
            count: records.len(),
            more: records.len().saturating_sub(SHOWN),
            records: shown.map(|record| pointed(record, &public_ids)).collect(),
            id: entry.id,
            at: Time::of(entry.recorded_at),
            who: names.name(&entry.subject).to_owned(),
            action: entry.action,
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

fn pointed(object: &str, public_ids: &HashMap<Uuid, String>) -> Named {
    if let Some((kind, id)) = record_of(object)
        && let Some(public_id) = public_ids.get(&id)
    {
        return Named {
            words: format!("{kind} {public_id}"),
            address: Some(format!("/{kind}s/{public_id}")),
        };
    }
    let (words, address) = match object.split_once(':') {
        Some(("callback", id)) if id.parse::<i64>().is_ok() => {
            (format!("callback {id}"), Some(format!("/callbacks/{id}")))
        }
        Some((kind, id)) => (format!("{kind} {id}"), None),
        None => (object.to_owned(), None),
    };
    Named { words, address }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_lead_to_their_pages() {
        let id = Uuid::now_v7();
        let known = HashMap::from([(id, "100001".to_owned())]);
        for (object, words, address) in [
            (
                format!("customer:{id}").as_str(),
                "customer 100001",
                Some("/customers/100001"),
            ),
            ("callback:7", "callback 7", Some("/callbacks/7")),
            ("list", "list", None),
            ("prospect:new", "prospect new", None),
        ] {
            let expected = Named {
                words: words.to_owned(),
                address: address.map(str::to_owned),
            };
            assert_eq!(pointed(object, &known), expected);
        }
    }
}
