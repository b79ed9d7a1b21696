//! The rows of the audit page: entries of the log in the words that people know.

use access::{AuditAction, AuditEntry};

use super::objects::{KnownObjects, LinkedObject};
use crate::{
    admin::AdminState,
    error_page::PageError,
    format::{Shape, State, Time, Tone},
    layout::Viewer,
};

/// Records of one entry on the page.
const SHOWN: usize = 100;

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
    pub records: Vec<LinkedObject>,
    pub more: usize,
    pub count: usize,
    pub decision: State,
}

/// The rows of these entries, for a viewer who may know whom they name.
///
/// # Errors
/// When the database does not answer.
pub async fn rows(
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
    let names = state.names(people).await?;
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
