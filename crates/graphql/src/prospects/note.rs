//! The GraphQL type `Note`.

use std::sync::Arc;

use async_graphql::Object;
use kernel::Cursor;
use uuid::Uuid;

use crate::{
    audit::AuditSubject,
    connection::{Connection, PageArgs},
    error::ApiError,
    page_batch::PageBatch,
    scalars::Timestamp,
};

/// The GraphQL type `Note`, with what its page shares.
pub(crate) struct Note {
    note: ::customer::notes::Note,
    batch: Arc<PageBatch>,
}

impl Note {
    pub(crate) fn new(note: ::customer::notes::Note, batch: &Arc<PageBatch>) -> Self {
        Self {
            note,
            batch: Arc::clone(batch),
        }
    }

    /// A page of the notes of a record, newest first.
    pub(crate) async fn page_of_record(
        batch: &Arc<PageBatch>,
        id: Uuid,
        first: i32,
        after: Option<&str>,
    ) -> Result<Connection<Self>, ApiError> {
        let page = PageArgs::<Cursor>::parse(first, after)?;
        let (notes, more) = batch.notes(id, page).await?;
        let nodes = notes.into_iter();
        let nodes = nodes.map(|note| (note.cursor(), Self::new(note, batch)));
        Ok(page.connection(nodes, more))
    }
}

/// What somebody of the bank wrote down about a prospect or customer.
#[Object]
impl Note {
    /// The id that it was added with.
    async fn note_id(&self) -> Uuid {
        self.note.id
    }

    /// As it was written, with its line breaks; empty once it was erased.
    async fn text(&self) -> &str {
        self.note.body.as_deref().unwrap_or_default()
    }

    /// When it was added.
    async fn written_at(&self) -> Timestamp {
        self.note.written_at.into()
    }

    /// Who wrote it.
    async fn written_by(&self) -> Result<AuditSubject, ApiError> {
        let known = self.batch.known_actors().await?;
        Ok(AuditSubject::from_audit(&self.note.written_by, &known))
    }
}
