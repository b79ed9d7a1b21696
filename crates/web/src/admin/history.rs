//! The region "History": what happened, when, and who or which callback did it.

use std::collections::HashMap;

use access::OperatorId;
use customer::history::HistoryEntry;
use uuid::Uuid;

use super::AdminState;
use crate::{error_page::PageError, format::Time};

/// A line of the region.
pub struct Line {
    pub what: String,
    pub at: Time,
    pub detail: Option<String>,
}

/// The entries newest first, operators by their e-mail address.
pub async fn lines(state: &AdminState, entries: Vec<HistoryEntry>) -> Result<Vec<Line>, PageError> {
    let mut names: HashMap<String, String> = HashMap::new();
    for by in entries.iter().filter_map(|entry| entry.by.as_ref()) {
        if !names.contains_key(by) {
            let name = name(state, by).await?;
            names.insert(by.clone(), name);
        }
    }
    let line = |entry: HistoryEntry| Line {
        what: entry.what,
        at: Time::of(entry.at),
        detail: match (entry.by, entry.callback) {
            (Some(by), _) => names.get(&by).map(|name| format!("by {name}")),
            (None, Some(callback)) => Some(format!("callback {callback}")),
            (None, None) => None,
        },
    };
    Ok(entries.into_iter().rev().map(line).collect())
}

async fn name(state: &AdminState, subject: &str) -> Result<String, PageError> {
    let Some((kind, id)) = subject.split_once(':') else {
        return Ok(subject.to_owned());
    };
    Ok(match kind {
        "operator" => {
            let operator = match id.parse::<Uuid>() {
                Ok(id) => state.operators.find(OperatorId::from(id)).await?,
                Err(_) => None,
            };
            operator.map_or_else(|| format!("operator {id}"), |operator| operator.email)
        }
        "api-token" => format!("API token {id}"),
        "system" => "Usher".to_owned(),
        _ => subject.to_owned(),
    })
}
