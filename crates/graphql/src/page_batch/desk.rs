//! Who of the bank has to do with a record.

use std::sync::Arc;

use customer::notes::Note;
use kernel::Cursor;
use uuid::Uuid;

use super::PageBatch;
use crate::{
    audit::{KnownActors, User},
    connection::PageArgs,
    error::ApiError,
};

impl PageBatch {
    /// Who sees to a record.
    pub(crate) async fn assignee(&self, id: Uuid) -> Result<Option<User>, ApiError> {
        let assignee = self.prospect(id).await?.and_then(|it| it.assignee);
        Ok(match assignee {
            Some(assignee) => Some(User::known(assignee, &self.known_actors().await?)),
            None => None,
        })
    }

    /// A page of the notes about a record, and whether there is another one.
    pub(crate) async fn notes(
        &self,
        id: Uuid,
        page: PageArgs<Cursor>,
    ) -> Result<(Vec<Note>, bool), ApiError> {
        let onboarding = &self.services.onboarding;
        // One more says whether there is another page.
        let first = i64::try_from(page.first)
            .unwrap_or(i64::MAX)
            .saturating_add(1);
        let read = || async move {
            let found = onboarding.notes_of(&self.subject, &self.ids, first, page.after);
            Ok(found.await?)
        };
        let cached = self.notes.at(page.first, page.after);
        let found = cached.get_or_read(read).await?;
        let mut notes = found.get(&id).cloned().unwrap_or_default();
        let more = notes.len() > page.first;
        notes.truncate(page.first);
        Ok((notes, more))
    }

    /// What people call operators and tokens.
    pub(crate) async fn known_actors(&self) -> Result<Arc<KnownActors>, ApiError> {
        let read = || KnownActors::read(&self.services);
        self.known_actors.get_or_read(read).await
    }
}
