//! Asks Sumsub: *Refresh from Sumsub*, incomplete callbacks, personal data, and the sweep for webhooks that never came.
//!
//! An answer goes into the callback log as the callback that should have come, and is judged like any other.

mod answer;
mod failure_log;
pub mod request;
pub mod schedule;
mod trouble;

use kernel::Error;
use std::time::Duration;

use chrono::{DateTime, Utc};
use claim_loop::{Turn, Work, WorkError};
use es_entity::AtomicOperation as _;
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use sumsub::{Applicant, Client, SumsubError};
use uuid::Uuid;

use crate::{
    callback_log, duplicates,
    event::Outbox,
    personal_data::PersonalData,
    primitives::{Activity, ProspectId, Stage},
    prospect::Prospects,
};
use failure_log::FailedQuestion;
pub use request::{CHANNEL, RefreshRequest};
pub use schedule::RefreshSchedule;
use trouble::RaisedTrouble;
pub use trouble::RefreshTrouble;

/// How many one batch takes.
const BATCH: i64 = 16;
/// How many questions are on their way to Sumsub at once.
const AT_ONCE: usize = 8;
/// How long nobody asks when Sumsub says that it is asked too often, unless it says for how long…
const BACK_OFF: Duration = Duration::from_secs(30);
/// …which isn't believed beyond this.
const BACK_OFF_AT_MOST: Duration = Duration::from_secs(3600);
/// When this process dies, another one asks after this.
const LEASE: Duration = Duration::from_secs(120);
/// Asks Sumsub about whoever is due; give it to `claim_loop::spawn`.
#[derive(Clone)]
pub struct Refresher {
    pub(crate) pool: PgPool,
    pub(crate) outbox: Outbox,
    pub(crate) prospects: Prospects,
    pub(crate) sumsub: Client,
    pub(crate) schedule: RefreshSchedule,
}

struct DueRefresh {
    prospect: Uuid,
    wishes: i64,
    wants_data: bool,
    quiet: i32,
    failures: i32,
    stage: String,
    activity: Option<String>,
}

/// What a look found.
enum AskResult {
    /// Something that was not on record.
    New,
    /// What is on record already.
    Known,
    /// Sumsub knows of no such applicant (yet).
    NoApplicant,
}

impl Refresher {
    /// Asks about one prospect now, and stores what Sumsub answers. What it doesn't is said at the record, too.
    ///
    /// # Errors
    /// Sumsub's own words, or [`Error::Refused`] when it has no applicant; nothing is stored then.
    pub(crate) async fn refresh_now(&self, prospect: ProspectId) -> Result<(), Error> {
        let asked = self.ask(&self.sumsub, prospect, true).await;
        let raise = match &asked {
            Ok(AskResult::NoApplicant) if trouble::has_applicant(&self.pool, prospect).await? => {
                Some(RaisedTrouble::gone(prospect))
            }
            Ok(_) => None,
            Err(error) => RaisedTrouble::from_refusal(error, prospect),
        };
        if let Some(raise) = &raise {
            raise.write(&self.pool, prospect).await?;
        }
        match asked {
            Ok(AskResult::NoApplicant) if raise.is_some() => {
                trouble::record(&self.pool, prospect, Some(&trouble::gone())).await?;
                Err(Error::refused(trouble::gone()))
            }
            Ok(AskResult::NoApplicant) => Err(Error::refused(
                "Sumsub has no applicant for this prospect yet: nobody has opened the verification link.",
            )),
            Ok(AskResult::New | AskResult::Known) => {
                trouble::record(&self.pool, prospect, None).await?;
                Ok(())
            }
            Err(error) => {
                if error.cause::<SumsubError>().is_some() {
                    trouble::record(&self.pool, prospect, Some(&error.to_string())).await?;
                }
                Err(error)
            }
        }
    }

    async fn ask(
        &self,
        sumsub: &Client,
        prospect: ProspectId,
        wants_data: bool,
    ) -> Result<AskResult, Error> {
        let asked_at = clock::now();
        let Some(applicant) = sumsub
            .applicant_by_external_id(&prospect.to_string())
            .await?
        else {
            return Ok(AskResult::NoApplicant);
        };
        let news = self.store(prospect, &applicant, asked_at).await?;
        let wants_data = wants_data || is_green(&applicant);
        if let Some(data) = PersonalData::from_applicant(&applicant).filter(|_| wants_data) {
            self.record(prospect, data).await?;
        }
        Ok(if news {
            AskResult::New
        } else {
            AskResult::Known
        })
    }

    /// Answers whether it was not known before.
    async fn store(
        &self,
        prospect: ProspectId,
        applicant: &Applicant,
        asked_at: DateTime<Utc>,
    ) -> Result<bool, sqlx::Error> {
        let Some(answer) = answer::as_callback(applicant, self.sumsub.is_sandbox()) else {
            return Ok(false);
        };
        let digest: [u8; 32] = Sha256::digest(answer.body.as_bytes()).into();
        // An unfinished review is judged again each time: it is so now, whatever was applied before.
        let new = sqlx::query_scalar!(
            r#"
            INSERT INTO callbacks (idempotency_key, body_sha256, body, callback_type, applicant_id, external_user_id,
                subject, source, observed_at, answer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'refresh', $8, $10)
            ON CONFLICT (idempotency_key) WHERE outcome <> 'conflicting' DO UPDATE
                SET receipts = callbacks.receipts + 1, last_received_at = clock_timestamp(), observed_at = EXCLUDED.observed_at,
                    outcome = CASE WHEN $9 AND callbacks.outcome = 'applied' THEN 'applied' ELSE 'received' END
            RETURNING (receipts = 1) AS "new!"
            "#,
            answer.key,
            digest.as_slice(),
            answer.body,
            answer.callback_type,
            applicant.id,
            applicant.external_user_id,
            prospect.to_string(),
            asked_at,
            answer.completed,
            answer.answer,
        )
        .fetch_one(&self.pool)
        .await?;
        sqlx::query!("SELECT pg_notify($1, '')", callback_log::CHANNEL)
            .fetch_one(&self.pool)
            .await?;
        Ok(new)
    }

    async fn record(&self, prospect: ProspectId, data: PersonalData) -> Result<(), Error> {
        let mut op = self.outbox.begin_op().await?;
        sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            Uuid::from(prospect)
        )
        .fetch_one(op.as_executor())
        .await?;
        let mut found = self
            .prospects
            .find_by_id_in_op(&mut op, prospect)
            .await
            .map_err(Error::store)?;
        found.record_personal_data(data);
        if found.is_changed() {
            self.prospects
                .update_in_op(&mut op, &mut found)
                .await
                .map_err(Error::store)?;
            op.commit().await?;
            duplicates::compare_after_commit(&self.pool).await;
        }
        Ok(())
    }

    /// Takes who is due, those first for whom somebody waits, when no process has asked so much of late that Sumsub has to be left
    /// alone for a moment. One statement, so that nobody who is stopped in the middle holds up the others.
    async fn claim(&self) -> Result<Vec<DueRefresh>, sqlx::Error> {
        sqlx::query_as!(
            DueRefresh,
            r#"
            WITH free AS MATERIALIZED (
                SELECT FROM sumsub_pace
                WHERE free_at <= clock_timestamp() AND EXISTS (SELECT FROM refreshes WHERE next_at <= clock_timestamp())
                FOR UPDATE SKIP LOCKED
            ), urgent AS MATERIALIZED (
                SELECT prospect_id FROM refreshes
                WHERE urgent AND next_at <= clock_timestamp() AND EXISTS (SELECT FROM free)
                ORDER BY next_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
            ), swept AS MATERIALIZED (
                SELECT prospect_id FROM refreshes
                WHERE NOT urgent AND next_at <= clock_timestamp() AND EXISTS (SELECT FROM free)
                ORDER BY next_at LIMIT greatest($1::bigint - (SELECT count(*) FROM urgent), 0) FOR UPDATE SKIP LOCKED
            ), claimed AS (
                UPDATE refreshes SET next_at = clock_timestamp() + make_interval(secs => $2)
                FROM (SELECT prospect_id FROM urgent UNION ALL SELECT prospect_id FROM swept) AS due
                WHERE refreshes.prospect_id = due.prospect_id
                RETURNING refreshes.prospect_id, wishes, wants_data, quiet, failures
            ), charged AS (
                UPDATE sumsub_pace SET free_at = clock_timestamp() + make_interval(secs => asked.count / $3::float8)
                FROM (SELECT count(*) FROM claimed) AS asked WHERE asked.count > 0
            )
            SELECT prospect_id AS "prospect!", wishes AS "wishes!", wants_data AS "wants_data!", quiet AS "quiet!",
                failures AS "failures!", prospects.stage AS "stage!", customers.activity AS "activity?"
            FROM claimed JOIN prospects ON prospects.id = prospect_id LEFT JOIN customers ON customers.id = prospect_id
            "#,
            BATCH,
            LEASE.as_secs_f64(),
            f64::from(self.schedule.per_second.get()),
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Sumsub says that it is asked too often: no process asks for a while.
    async fn back_off(&self, asked_for: Option<Duration>) -> Result<(), sqlx::Error> {
        let pause = asked_for.unwrap_or(BACK_OFF).min(BACK_OFF_AT_MOST);
        tracing::warn!(
            seconds = pause.as_secs(),
            "Sumsub is asked too often; nobody asks for a while, see sumsub.sweep.per_second"
        );
        sqlx::query!(
            "UPDATE sumsub_pace SET free_at = greatest(free_at, clock_timestamp() + make_interval(secs => $1))",
            pause.as_secs_f64(),
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Answers whether the attempt failed.
    async fn refresh_due(&self, due: DueRefresh) -> Result<Option<FailedQuestion>, Error> {
        let activity = due
            .activity
            .as_deref()
            .and_then(|a| a.parse::<Activity>().ok());
        let closed = due.stage == Stage::Closed.name() || activity == Some(Activity::Closed);
        if closed {
            sqlx::query!("DELETE FROM refreshes WHERE prospect_id = $1", due.prospect)
                .execute(&self.pool)
                .await?;
            return Ok(None);
        }
        // A customer's data may have changed without a word, too.
        let wants_data = due.wants_data || activity.is_some();
        // It is asked again by itself, when there is a place for it.
        let sumsub = self.sumsub.clone().once();
        let asked = self.ask(&sumsub, due.prospect.into(), wants_data).await;
        if let Err(error) = &asked
            && let Some(error) = error.cause::<SumsubError>()
            && let Some(asked_for) = error.too_often()
        {
            self.back_off(asked_for).await?;
        }
        let outcome = self.outcome_of(&due, activity, asked).await?;
        if let Some(raise) = &outcome.raise {
            raise.write(&self.pool, due.prospect.into()).await?;
        }
        sqlx::query!(
            r#"
            UPDATE refreshes SET
                next_at = CASE WHEN wishes = $2 THEN clock_timestamp() + make_interval(secs => $3) ELSE clock_timestamp() END,
                wants_data = CASE WHEN wishes = $2 AND $7 THEN FALSE ELSE wants_data END,
                urgent = urgent AND (wishes <> $2 OR NOT $7),
                quiet = $4, failures = $5, last_error = $6, last_at = clock_timestamp()
            WHERE prospect_id = $1
            "#,
            due.prospect,
            due.wishes,
            outcome.pause.as_secs_f64(),
            outcome.quiet,
            outcome.failures,
            outcome.error,
            outcome.done,
        )
        .execute(&self.pool)
        .await?;
        metrics::counter!("usher_refresh_attempts_total",
            "outcome" => if outcome.failed.is_some() { "retrying" } else { "done" })
        .increment(1);
        Ok(outcome.failed)
    }
}

impl Refresher {
    /// What becomes of a row after it was asked about.
    async fn outcome_of(
        &self,
        due: &DueRefresh,
        activity: Option<Activity>,
        asked: Result<AskResult, Error>,
    ) -> Result<RefreshOutcome, Error> {
        let prospect = ProspectId::from(due.prospect);
        let found = match asked {
            Ok(found) => found,
            Err(Error::Database(error)) => return Err(error.into()),
            Err(error) => {
                let failures = due.failures + 1;
                let pause = pause_for(failures, &error);
                return Ok(RefreshOutcome {
                    failed: Some(FailedQuestion::new(&error, prospect, failures, pause)),
                    pause,
                    quiet: due.quiet,
                    failures,
                    raise: RaisedTrouble::from_refusal(&error, prospect),
                    error: Some(error.to_string()),
                    done: false,
                });
            }
        };
        let quiet = match found {
            AskResult::New => 0,
            AskResult::Known | AskResult::NoApplicant => due.quiet + 1,
        };
        let missing = matches!(found, AskResult::NoApplicant);
        let gone = missing && trouble::has_applicant(&self.pool, prospect).await?;
        let error = match (gone, missing && due.wants_data) {
            (true, _) => Some(trouble::gone()),
            (false, true) => Some("Sumsub knows of no such applicant.".to_owned()),
            (false, false) => None,
        };
        Ok(RefreshOutcome {
            pause: match activity {
                Some(_) => self.schedule.next_of_customer(),
                None => self.schedule.after(u32::try_from(quiet).unwrap_or(0)),
            },
            quiet,
            failures: if gone { due.failures + 1 } else { 0 },
            raise: gone.then(|| RaisedTrouble::gone(prospect)),
            failed: None,
            done: !(missing && due.wants_data),
            error,
        })
    }
}

/// What became of asking about somebody who was due.
struct RefreshOutcome {
    pause: Duration,
    quiet: i32,
    failures: i32,
    error: Option<String>,
    raise: Option<RaisedTrouble>,
    /// For the log.
    failed: Option<FailedQuestion>,
    /// The personal data is not wanted any more.
    done: bool,
}

fn is_green(applicant: &Applicant) -> bool {
    applicant
        .review
        .as_ref()
        .and_then(|review| review.review_result.as_ref())
        .and_then(|result| result.review_answer.as_deref())
        == Some("GREEN")
}

/// The longest pause when Sumsub refuses: asking again does not mend that.
fn pause_for(failures: i32, error: &Error) -> Duration {
    claim_loop::pause_after(if error.is_transient() {
        failures
    } else {
        i32::MAX
    })
}

#[async_trait::async_trait]
impl Work for Refresher {
    fn name(&self) -> &'static str {
        "refreshes"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        // What a process that died between a record's commit and this has left, too.
        duplicates::compare(&self.pool).await?;
        let due = self.claim().await?;
        if due.is_empty() {
            let seconds = sqlx::query_scalar!(
                "SELECT EXTRACT(epoch FROM greatest(min(next_at), (SELECT free_at FROM sumsub_pace)) - clock_timestamp())::float8
                 FROM refreshes"
            )
            .fetch_one(&self.pool)
            .await?;
            return Ok(Turn::Idle(
                seconds.map(|seconds| Duration::from_secs_f64(seconds.max(0.01))),
            ));
        }
        let attended: Vec<Result<Option<FailedQuestion>, Error>> = stream::iter(due)
            .map(|due| self.refresh_due(due))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut failed = Vec::new();
        let mut turn = Ok(Turn::Worked);
        for result in attended {
            match result {
                Ok(one) => failed.extend(one),
                Err(error) => turn = Err(error.into()),
            }
        }
        failure_log::log_failures(failed);
        turn
    }
}
