//! Notes: what the bank's people write down about a prospect or customer, for each other. Added, never changed; erased with the person.

use std::{collections::HashMap, fmt, str::FromStr};

use access::{AuditAction, AuditObject, ObjectKind, Subject};
use chrono::{DateTime, Utc};
use es_entity::AtomicOperation as _;
use kernel::{Cursor, Error, Kind, text};
use uuid::Uuid;

use crate::{
    event::OnboardingEvent, field, name::name_key, onboarding::Onboarding, primitives::ProspectId,
};

/// The longest note, in characters.
pub const LONGEST: usize = 4000;

/// What was written.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteText(String);

/// Why it can't be taken; a sentence for beside the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Nothing was typed that can be seen.
    #[error("Write something first.")]
    Missing,
    /// More than [`LONGEST`].
    #[error("This note is too long: 4,000 characters at most.")]
    TooLong,
    /// PostgreSQL stores no NUL.
    #[error("This note has a character in it that can't be stored.")]
    Unstorable,
}

impl FromStr for NoteText {
    type Err = NoteError;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        // Forms send the line breaks of CR and LF.
        let typed = text::text(&typed.replace("\r\n", "\n"));
        if typed.is_empty() {
            Err(NoteError::Missing)
        } else if typed.chars().count() > LONGEST {
            Err(NoteError::TooLong)
        } else if typed.contains('\0') {
            Err(NoteError::Unstorable)
        } else {
            Ok(Self(typed))
        }
    }
}

// It may be about people.
impl fmt::Debug for NoteText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteText(…)")
    }
}

/// A note about a record.
#[derive(Clone)]
pub struct Note {
    /// Its id, given by whoever added it.
    pub id: Uuid,
    /// When it was added.
    pub written_at: DateTime<Utc>,
    /// By whom, as the audit log names subjects.
    pub written_by: String,
    /// As it was written; none once it is erased.
    pub body: Option<String>,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Note {
    /// Where it stands among its record's.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            at: self.written_at,
            id: self.id,
        }
    }
}

impl Onboarding {
    /// "Add a note": to a prospect, also as the customer that it became. The same id with the same words again adds nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] without words or with too many, [`Error::Refused`] once the personal data was erased, and for an id that
    /// another note has.
    pub async fn add_note(
        &self,
        subject: &Subject,
        prospect: ProspectId,
        id: Uuid,
        typed: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectAddNote, prospect)
            .await?;
        let NoteText(body) = typed
            .parse()
            .map_err(|error: NoteError| field::NOTE.wrong(error))?;
        let by = subject.as_text();
        let mut op = self.begin().await?;
        // An erasure waits for this, or this for it.
        let (record, _) = self.lock(&mut op, prospect).await?;
        if record.is_erased() {
            return Err(Error::refused(
                "The personal data was erased: there is nobody to write about.",
            ));
        }
        let added = sqlx::query!(
            "INSERT INTO notes (id, prospect_id, written_by, body, body_key) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (id) DO NOTHING",
            id,
            Uuid::from(prospect),
            by,
            body,
            name_key(&body),
        )
        .execute(op.as_executor())
        .await?;
        if added.rows_affected() == 1 {
            let event = OnboardingEvent::ProspectNoteAdded {
                prospect_id: prospect,
                note_id: id,
            };
            self.outbox().publish_all(&mut op, [event]).await?;
            op.commit().await?;
            return Ok(());
        }
        let same = sqlx::query_scalar!(
            r#"SELECT prospect_id = $2 AND written_by = $3 AND body = $4 AS "same!" FROM notes WHERE id = $1 AND body IS NOT NULL"#,
            id,
            Uuid::from(prospect),
            by,
            body,
        )
        .fetch_optional(op.as_executor())
        .await?;
        if same == Some(true) {
            Ok(())
        } else {
            Err(Error::refused(
                "Another note was sent from this form already. Add it again to keep this one, too.",
            ))
        }
    }

    /// The notes of many records, newest first, so many of each after `after`. That somebody looked is written down.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn notes_of(
        &self,
        subject: &Subject,
        records: &[Uuid],
        first: i64,
        after: Option<Cursor>,
    ) -> Result<HashMap<Uuid, Vec<Note>>, Error> {
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let after = after.unwrap_or(Cursor::AFTER_ALL);
        let rows = sqlx::query!(
            r#"
            SELECT wanted.id AS "of!", newest.id AS "id!", newest.written_at AS "written_at!", newest.written_by AS "written_by!",
                newest.body
            FROM UNNEST($1::uuid[]) AS wanted (id)
            CROSS JOIN LATERAL (
                SELECT * FROM notes
                WHERE notes.prospect_id = wanted.id AND (written_at, notes.id) < ($2, $3::uuid)
                ORDER BY written_at DESC, notes.id DESC LIMIT $4
            ) AS newest
            ORDER BY newest.written_at DESC, newest.id DESC
            "#,
            records,
            after.at,
            after.id,
            first,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut of: HashMap<Uuid, Vec<Note>> = HashMap::new();
        for row in rows {
            of.entry(row.of).or_default().push(Note {
                id: row.id,
                written_at: row.written_at,
                written_by: row.written_by,
                body: row.body,
            });
        }
        look.at(of.keys().map(|id| ObjectKind::Prospect.id(*id)))
            .await?;
        Ok(of)
    }

    /// One note of a record.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or as [`Onboarding::notes_of`].
    pub async fn note(&self, subject: &Subject, record: Uuid, id: Uuid) -> Result<Note, Error> {
        let object = ObjectKind::Prospect.id(record);
        let look = self
            .look(subject, AuditAction::ProspectRead, object)
            .await?;
        let note = sqlx::query_as!(
            Note,
            "SELECT id, written_at, written_by, body FROM notes WHERE id = $1 AND prospect_id = $2",
            id,
            record,
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NotFound(Kind::new("note")))?;
        look.at([object]).await?;
        Ok(note)
    }
}

/// Empties the notes of an erased record.
pub(crate) async fn erase(
    op: &mut es_entity::DbOp<'static>,
    prospect: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE notes SET body = NULL, body_key = NULL WHERE prospect_id = $1 AND body IS NOT NULL",
        prospect,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_what_was_written_without_what_stands_around_it() {
        let read = |typed: &str| typed.parse::<NoteText>().map(|NoteText(text)| text);
        assert_eq!(read(" a\r\n\r\nb \u{feff}\n"), Ok("a\n\nb".to_owned()));
        assert_eq!(read(" \n\u{200b}"), Err(NoteError::Missing));
        assert!(read(&"ä".repeat(LONGEST)).is_ok());
        assert_eq!(read(&"ä".repeat(LONGEST + 1)), Err(NoteError::TooLong));
        assert_eq!(read("a\0b"), Err(NoteError::Unstorable));
        let shown = format!("{:?}", "secret".parse::<NoteText>());
        assert!(!shown.contains("secret"), "{shown}");
    }
}
