//! The region "Notes": what colleagues wrote down, and a box to add to it.

use access::Permission;
use askama::{Template, filters::HtmlSafe};
use customer::{notes::Note, prospect::Prospect};
use uuid::Uuid;

use super::operations::RecordOperation;
use crate::{
    admin::{AdminState, dialog::Said, operation::Beside},
    error_page::PageError,
    format::Time,
    layout::Viewer,
    zone::Zone,
};

/// So many are shown.
const AT_MOST: i64 = 500;
/// So many without being asked for.
const AT_HAND: usize = 10;

/// The region "Notes" of a record.
#[derive(Template)]
#[template(path = "admin/records/notes.html")]
pub struct Notes {
    newest: Vec<Line>,
    older: Vec<Line>,
    /// Where the form leads; none for who may not add.
    form: Option<Form>,
    said: Option<Said>,
}

impl HtmlSafe for Notes {}

struct Line {
    id: Uuid,
    body: Option<String>,
    by: String,
    at: Time,
}

struct Form {
    address: String,
    /// What is added gets this id.
    id: Uuid,
    /// What was typed and could not be added.
    typed: String,
}

impl Notes {
    /// Of the record whose page is at `page`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        prospect: &Prospect,
        page: &str,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let id = Uuid::from(prospect.id);
        let found = state
            .onboarding
            .notes_of(&viewer.subject, &[id], AT_MOST, None)
            .await?;
        let notes = found.into_iter().next().map_or_else(Vec::new, |of| of.1);
        let names = state
            .names(notes.iter().map(|note| &note.written_by))
            .await?;
        let mut lines = notes.into_iter().map(|note| Line {
            id: note.id,
            body: note.body,
            by: names.name(&note.written_by),
            at: Time::of(note.written_at),
        });
        let add = RecordOperation::AddNote.words();
        let may_add = viewer.may(Permission::CustomerUpdate) && !prospect.is_erased();
        let said = beside.said_at([add.slug]);
        // What could not be added stays in the box.
        let typed = match (&said, beside.typed.take()) {
            (Some(Said::Problem(_)), Some(typed)) => typed,
            _ => String::new(),
        };
        Ok(Self {
            newest: lines.by_ref().take(AT_HAND).collect(),
            older: lines.collect(),
            form: may_add.then(|| Form {
                address: format!("{page}/{}", add.slug),
                id: Uuid::now_v7(),
                typed,
            }),
            said,
        })
    }
}

/// A note as paper has it: whole, with its exact time.
pub struct WrittenNote {
    pub body: Option<String>,
    pub by: String,
    pub at: String,
}

impl WrittenNote {
    /// All that were written about the record, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn all_of(
        state: &AdminState,
        viewer: &Viewer,
        prospect: &Prospect,
        zone: &Zone,
    ) -> Result<Vec<Self>, PageError> {
        let id = Uuid::from(prospect.id);
        let mut notes: Vec<Note> = Vec::new();
        loop {
            let after = notes.last().map(Note::cursor);
            let found = state
                .onboarding
                .notes_of(&viewer.subject, &[id], AT_MOST, after)
                .await?;
            let more = found.into_iter().next().map_or_else(Vec::new, |of| of.1);
            let may_be_more = i64::try_from(more.len()) == Ok(AT_MOST);
            notes.extend(more);
            if !may_be_more {
                break;
            }
        }
        let names = state
            .names(notes.iter().map(|note| &note.written_by))
            .await?;
        let written = notes.into_iter().map(|note| Self {
            by: names.name(&note.written_by),
            at: zone.exact(note.written_at),
            body: note.body,
        });
        Ok(written.collect())
    }
}
