//! Draining what a listener of ours has not dealt with yet.

use std::time::Duration;

use claim_loop::{Turn, Work, WorkError, pause_after};
use es_entity::{AtomicOperation as _, DbOp};
use kernel::Event;
use uuid::Uuid;

use crate::{DELIVERIES_CHANNEL, Outbox};

/// How many records are dealt with in one transaction.
const RECORDS: i64 = 100;
/// From this attempt on an operator's engineer should look.
const ALARMING: i32 = 5;

/// A part of Usher that acts on events. What it does has to be database work in the transaction that it is given: the
/// deliveries go in the same one, so each is dealt with exactly once.
#[async_trait::async_trait]
pub trait Listener: Send + Sync + 'static {
    /// The name under which events are delivered ([`DomainEvent::heard_by`](kernel::DomainEvent::heard_by)).
    fn name(&self) -> &'static str;

    /// Deals with events of several records; those of one record are in the order in which they happened.
    ///
    /// # Errors
    /// When it could not, or does not know an event, which a newer version wrote; nothing has happened then, and it hears of
    /// them again.
    async fn hear(&self, op: &mut DbOp<'static>, events: &[Event]) -> Result<(), WorkError>;
}

/// Drains a listener's deliveries; give it to `claim_loop::spawn`. Any number of processes may.
pub struct Deliveries<L> {
    outbox: Outbox,
    listener: L,
}

/// A transaction that was rolled back, and whose deliveries it had claimed.
struct Failed {
    subjects: Vec<Uuid>,
    error: WorkError,
}

impl<L: Listener> Deliveries<L> {
    /// Drains what this listener is to hear.
    #[must_use]
    pub fn new(outbox: Outbox, listener: L) -> Self {
        Self { outbox, listener }
    }

    /// Answers how many records were dealt with.
    async fn deal(&self, records: i64) -> Result<usize, Failed> {
        let mut subjects = Vec::new();
        let unclaimed = |error: sqlx::Error| Failed {
            subjects: Vec::new(),
            error: error.into(),
        };
        let mut op = self.outbox.begin_op().await.map_err(unclaimed)?;
        match self.deal_in_op(&mut op, records, &mut subjects).await {
            Ok(()) => match op.commit().await {
                Ok(()) => Ok(subjects.len()),
                Err(error) => Err(Failed {
                    subjects,
                    error: error.into(),
                }),
            },
            Err(error) => {
                // Dropping it only queues the rollback: its locks would hide the rows from the next try.
                if let Err(error) = sqlx::query!("ROLLBACK").execute(op.as_executor()).await {
                    tracing::debug!(%error, "the transaction was gone already");
                }
                Err(Failed { subjects, error })
            }
        }
    }

    async fn deal_in_op(
        &self,
        op: &mut DbOp<'static>,
        records: i64,
        subjects: &mut Vec<Uuid>,
    ) -> Result<(), WorkError> {
        // The lock keeps one record's deliveries with one transaction, so that they are heard in order.
        let claimed = sqlx::query_scalar!(
            r#"
            WITH oldest AS MATERIALIZED (
                SELECT subject, min(next_try) AS next_try FROM (
                    SELECT subject, next_try FROM outbox_deliveries
                    WHERE listener = $1 AND next_try <= (SELECT clock_timestamp()) ORDER BY next_try, id LIMIT $2::bigint * 4
                ) AS due GROUP BY subject ORDER BY next_try LIMIT $2::bigint
            )
            SELECT subject FROM oldest WHERE pg_try_advisory_xact_lock(hashtextextended($1 || subject::text, 7610))
            "#,
            self.listener.name(),
            records,
        )
        .fetch_all(op.as_executor())
        .await?;
        if claimed.is_empty() {
            return Ok(());
        }
        // A statement of its own: what was dealt with until the locks were ours is gone by now.
        let mut rows = sqlx::query!(
            "DELETE FROM outbox_deliveries WHERE listener = $1 AND subject = ANY($2) RETURNING id, event_id, subject, payload",
            self.listener.name(),
            &claimed,
        )
        .fetch_all(op.as_executor())
        .await?;
        subjects.extend(claimed);
        rows.sort_by_key(|row| row.id);
        let events: Vec<Event> = rows
            .into_iter()
            .map(|row| Event {
                subject: row.subject,
                payload: row.payload,
            })
            .collect();
        if events.is_empty() {
            return Ok(());
        }
        self.listener.hear(op, &events).await
    }

    /// What fails keeps its place and is tried again, less and less often; it never holds up another record.
    async fn one_by_one(&self, count: usize) -> Result<(), WorkError> {
        for _ in 0..count {
            match self.deal(1).await {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(failed) if failed.subjects.is_empty() => return Err(failed.error),
                Err(failed) => self.put_off(&failed).await?,
            }
        }
        Ok(())
    }

    async fn put_off(&self, failed: &Failed) -> Result<(), WorkError> {
        let words = failed.error.to_string();
        let listener = self.listener.name();
        let attempt = sqlx::query_scalar!(
            "SELECT attempt FROM outbox_deliveries WHERE listener = $1 AND subject = ANY($2) ORDER BY id LIMIT 1",
            listener,
            &failed.subjects,
        )
        .fetch_optional(self.outbox.pool())
        .await?
        .unwrap_or_default()
            + 1;
        // Two transactions may only have met.
        let pause = if attempt == 1 {
            Duration::ZERO
        } else {
            pause_after(attempt - 1)
        };
        sqlx::query!(
            "UPDATE outbox_deliveries SET attempt = $3, last_error = $4,
                 next_try = clock_timestamp() + make_interval(secs => $5)
             WHERE listener = $1 AND subject = ANY($2)",
            listener,
            &failed.subjects,
            attempt,
            words,
            pause.as_secs_f64(),
        )
        .execute(self.outbox.pool())
        .await?;
        let subjects = &failed.subjects;
        if attempt >= ALARMING {
            tracing::error!(
                listener,
                ?subjects,
                attempt,
                error = words,
                "a delivery fails again and again"
            );
        } else {
            tracing::warn!(
                listener,
                ?subjects,
                attempt,
                error = words,
                "a delivery failed, it is tried again"
            );
        }
        Ok(())
    }

    async fn next_due(&self) -> Result<Option<Duration>, sqlx::Error> {
        let seconds = sqlx::query_scalar!(
            "SELECT EXTRACT(epoch FROM min(next_try) - clock_timestamp())::float8 FROM outbox_deliveries WHERE listener = $1",
            self.listener.name(),
        )
        .fetch_one(self.outbox.pool())
        .await?;
        Ok(seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.01))))
    }
}

#[async_trait::async_trait]
impl<L: Listener> Work for Deliveries<L> {
    fn name(&self) -> &'static str {
        self.listener.name()
    }

    fn channel(&self) -> &'static str {
        DELIVERIES_CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        match self.deal(RECORDS).await {
            Ok(0) => Ok(Turn::Idle(self.next_due().await?)),
            Ok(_) => Ok(Turn::Worked),
            Err(failed) if failed.subjects.is_empty() => Err(failed.error),
            Err(failed) => {
                if failed.subjects.len() > 1 {
                    tracing::warn!(listener = self.listener.name(), records = failed.subjects.len(), error = %failed.error,
                        "a batch of deliveries failed, trying them one by one");
                    self.one_by_one(failed.subjects.len()).await?;
                } else {
                    self.put_off(&failed).await?;
                }
                Ok(Turn::Worked)
            }
        }
    }
}
