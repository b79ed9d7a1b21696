//! Works off imports: each row becomes a prospect once, in a transaction with what is written down of it.

use access::{Access, AuditAction, ObjectKind, Subject};
use claim_loop::{Turn, Work, WorkError};
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Error;
use sqlx::types::Json;
use uuid::Uuid;

use super::{CHANNEL, RowOutcome, check, rows};
use crate::{
    contact_claims, field,
    input::ProspectInput,
    onboarding::{Creation, Onboarding},
    primitives::ProspectId,
};

/// How many rows share a transaction.
const BATCH: i64 = 40;

/// Works off imports; give it to `claim_loop::spawn`.
pub struct Importer {
    onboarding: Onboarding,
}

/// A row whose turn it is.
struct QueuedRow {
    import_id: i64,
    line: i32,
    prospect_id: Uuid,
    email: Option<String>,
    telegram_handle: Option<String>,
    customer_type: Option<String>,
    started_by: Json<Subject>,
    sends_link: bool,
}

/// What became of a row.
struct Done {
    outcome: RowOutcome,
    problem: Option<String>,
    other: Option<Uuid>,
}

/// Why none of a batch was created.
struct Failed {
    /// The row at fault, when it was one of them.
    row: Option<(i64, i32)>,
    error: Error,
}

impl Failed {
    fn all(error: impl Into<Error>) -> Self {
        Self {
            row: None,
            error: error.into(),
        }
    }
}

impl Onboarding {
    /// Works off imports, for a claim loop.
    #[must_use]
    pub fn importer(&self) -> Importer {
        Importer {
            onboarding: self.clone(),
        }
    }
}

impl Importer {
    /// Creates the next rows, in one transaction; answers how many they were. Rows that another process has in its hands are left to
    /// it.
    async fn create_next(&self) -> Result<usize, Failed> {
        let mut op = self.onboarding.begin().await.map_err(Failed::all)?;
        let queued = sqlx::query_as!(
            QueuedRow,
            r#"
            SELECT row.import_id, row.line, row.prospect_id AS "prospect_id!", row.email, row.telegram_handle, row.customer_type,
                import.started_by AS "started_by!: Json<Subject>", import.sends_link
            FROM prospect_import_rows AS row JOIN prospect_imports AS import ON import.id = row.import_id
            WHERE row.outcome = 'queued' ORDER BY row.import_id, row.line LIMIT $1 FOR UPDATE OF row SKIP LOCKED
            "#,
            BATCH,
        )
        .fetch_all(op.as_executor())
        .await
        .map_err(Failed::all)?;
        for row in &queued {
            let failed = |error| Failed {
                row: Some((row.import_id, row.line)),
                error,
            };
            let done = self.create(&mut op, row).await.map_err(failed)?;
            sqlx::query!(
                "UPDATE prospect_import_rows SET outcome = $3, problem = $4, other_id = $5 WHERE import_id = $1 AND line = $2",
                row.import_id,
                row.line,
                done.outcome.name(),
                done.problem,
                done.other,
            )
            .execute(op.as_executor())
            .await
            .map_err(Failed::all)?;
        }
        op.commit().await.map_err(Failed::all)?;
        Ok(queued.len())
    }

    /// As who types it in: the same rules, the same entries in the audit log.
    async fn create(&self, op: &mut DbOp<'static>, row: &QueuedRow) -> Result<Done, Error> {
        let wrong = |problem: String, other| Done {
            outcome: RowOutcome::Error,
            problem: Some(problem),
            other,
        };
        let text = |cell: &Option<String>| cell.clone().unwrap_or_default();
        let checked = match check::one(&ProspectInput {
            email: text(&row.email),
            telegram_handle: text(&row.telegram_handle),
            customer_type: text(&row.customer_type),
        }) {
            Ok(checked) => checked,
            Err(problem) => return Ok(wrong(problem, None)),
        };
        let (by, id) = (&row.started_by.0, ProspectId::from(row.prospect_id));
        let creation = self
            .onboarding
            .create_in_op(op, by, id, checked.clone(), row.sends_link)
            .await?;
        match creation {
            Creation::Made(_) => {
                let object = ObjectKind::Prospect.id(id);
                let sent = row.sends_link.then_some(AuditAction::ProspectSendLink);
                for action in std::iter::once(AuditAction::ProspectCreate).chain(sent) {
                    Access::record_in(op.as_executor(), by, action, object, true).await?;
                }
                Ok(Done {
                    outcome: RowOutcome::Created,
                    problem: None,
                    other: None,
                })
            }
            Creation::MadeAlready => Err(Error::NO_RECORD),
            Creation::Taken => {
                // The address may have been free, and the handle not.
                contact_claims::release(op, row.prospect_id).await?;
                let (email, handle) = (&checked.email, checked.telegram_handle.as_ref());
                let taken =
                    contact_claims::conflicts(op.as_executor(), Some(email), handle).await?;
                let first = taken.into_iter().next();
                let other = |existing: &Option<kernel::Existing>| existing.as_ref().map(|it| it.id);
                Ok(match first {
                    Some(taken) if taken.field == field::EMAIL => Done {
                        outcome: RowOutcome::AlreadyThere,
                        problem: None,
                        other: other(&taken.taken_by),
                    },
                    Some(taken) => wrong(taken.message, other(&taken.taken_by)),
                    // Whoever had it gave it back just now.
                    None => wrong(
                        "It was somebody's a moment ago: upload the file again.".to_owned(),
                        None,
                    ),
                })
            }
        }
    }

    /// A row that can't be created whenever it is tried keeps no other from it.
    async fn give_up(&self, (import, line): (i64, i32), error: &Error) -> Result<(), sqlx::Error> {
        tracing::error!(import, line, %error, "a row of an import was given up");
        sqlx::query!(
            "UPDATE prospect_import_rows SET outcome = 'error', problem = 'It could not be created: try it by hand.'
             WHERE import_id = $1 AND line = $2 AND outcome = 'queued'",
            import,
            line,
        )
        .execute(&self.onboarding.pool)
        .await?;
        Ok(())
    }
}

#[async_trait::async_trait]
impl Work for Importer {
    fn name(&self) -> &'static str {
        "imports"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        match self.create_next().await {
            Ok(0) => {
                rows::finish(&self.onboarding.pool).await?;
                let kept = self.onboarding.settings().import_rows_kept;
                rows::erase_old(&self.onboarding.pool, kept).await?;
                Ok(Turn::Idle(None))
            }
            Ok(_) => Ok(Turn::Worked),
            Err(Failed {
                row: Some(row),
                error,
            }) if !error.is_transient() => {
                self.give_up(row, &error).await?;
                Ok(Turn::Worked)
            }
            Err(failed) => Err(failed.error.into()),
        }
    }
}
