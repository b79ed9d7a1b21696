//! The rows of the audit page: entries of the log in the words that people know.

use std::{collections::HashMap, sync::Arc};

use access::{AuditAction, AuditEntry};
use chrono::SecondsFormat;

use super::objects::{KnownObjects, LinkedObject};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::{Shape, State, Time, Tone},
    layout::Viewer,
};

/// So many records of an entry are in the list; all of them are on its own page.
pub const RECORDS: usize = 10;

/// One entry of the log.
pub struct EntryRow {
    pub id: i64,
    pub at: Time,
    pub who: String,
    /// In words; one of another version as the log stores it.
    pub action: String,
    /// As the log stores it.
    pub action_name: String,
    pub object: LinkedObject,
    /// Whose data a look at many handed out, and how many more there are.
    pub records: Vec<Arc<LinkedObject>>,
    pub more: usize,
    pub count: usize,
    pub decision: State,
}

/// The rows of these entries, with at most `shown` records each, for a viewer who may know whom they name.
///
/// # Errors
/// When the database does not answer.
pub async fn rows(
    state: &AdminState,
    viewer: &Viewer,
    entries: Vec<AuditEntry>,
    shown: usize,
) -> Result<Vec<EntryRow>, PageError> {
    let objects = entries
        .iter()
        .flat_map(|entry| std::iter::once(&entry.object).chain(entry.records.iter().take(shown)));
    let known = KnownObjects::look_up(state, viewer, objects.cloned().collect()).await?;
    // Operators and API tokens are named the same way whether they ask or something is done to them.
    let people = entries
        .iter()
        .flat_map(|entry| [&entry.subject, &entry.object]);
    let names = state.names(people).await?;
    // Who reads a list again and again is shown the same records again and again.
    let mut links: HashMap<String, Arc<LinkedObject>> = HashMap::new();
    let mut link = |record: &String| match links.get(record) {
        Some(link) => Arc::clone(link),
        None => {
            let link = Arc::new(known.link(record, &names));
            links.insert(record.clone(), Arc::clone(&link));
            link
        }
    };
    let row = |entry: AuditEntry| {
        // A look at one record says the same twice.
        let records: &[String] = match &entry.records[..] {
            [only] if *only == entry.object => &[],
            records => records,
        };
        EntryRow {
            object: known.link(&entry.object, &names),
            count: records.len(),
            more: records.len().saturating_sub(shown),
            records: records.iter().take(shown).map(&mut link).collect(),
            id: entry.id,
            at: Time::of(entry.recorded_at),
            who: names.name(&entry.subject),
            action: AuditAction::words_of(&entry.action).to_owned(),
            action_name: entry.action,
            decision: if entry.authorized {
                State::new("Allowed", Tone::Good, Shape::Check)
            } else {
                State::new("Refused", Tone::Bad, Shape::Cross)
            },
        }
    };
    Ok(entries.into_iter().map(row).collect())
}

/// The columns of the file.
pub const HEAD: [&str; 8] = [
    "Entry",
    "When (UTC)",
    "Who",
    "Action",
    "Name of the action",
    "About",
    "Records",
    "Decision",
];

/// The same as a file has it: times exact, and each record that a look showed.
///
/// # Errors
/// When the database does not answer.
pub async fn cells(
    state: &AdminState,
    viewer: &Viewer,
    entries: Vec<AuditEntry>,
) -> Result<Vec<Vec<String>>, PageError> {
    let about: Vec<(String, String)> = entries
        .iter()
        .map(|entry| {
            let at = entry.recorded_at.to_rfc3339_opts(SecondsFormat::Secs, true);
            (at, entry.records.join(" "))
        })
        .collect();
    let rows = rows(state, viewer, entries, 0).await?;
    let cells = rows.into_iter().zip(about).map(|(row, (at, records))| {
        vec![
            row.id.to_string(),
            at,
            row.who,
            row.action,
            row.action_name,
            row.object.words,
            records,
            row.decision.words().to_owned(),
        ]
    });
    Ok(cells.collect())
}
