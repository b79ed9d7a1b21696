//! The sweep: asks Sumsub about whoever is due, and writes down when to ask again (table `refreshes`).

use std::time::Duration;

use claim_loop::{Turn, Work, WorkError};
use futures::{StreamExt as _, stream};
use kernel::Error;
use sumsub::SumsubError;
use uuid::Uuid;

use super::{
    AskResult, CHANNEL, Refresher,
    failure_log::{self, FailedQuestion},
    trouble::{self, RaisedTrouble},
};
use crate::{
    duplicates,
    primitives::{Activity, ProspectId, Stage},
};

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

/// Somebody about whom Sumsub is to be asked now.
struct DueRefresh {
    prospect: Uuid,
    wishes: i64,
    wants_data: bool,
    quiet: i32,
    failures: i32,
    stage: String,
    activity: Option<String>,
}

impl Refresher {
    /// Takes who is due, those first for whom somebody waits, when no process has asked so much of late that Sumsub has to be left
    /// alone for a moment. One statement, so that nobody who is stopped in the middle holds up the others.
    async fn claim(&self) -> Result<Vec<DueRefresh>, sqlx::Error> {
        sqlx::query_as!(
            DueRefresh,
            r#"
            WITH free AS MATERIALIZED (
                SELECT FROM sumsub_pace
                WHERE free_at <= (SELECT clock_timestamp()) AND EXISTS (SELECT FROM refreshes WHERE next_at <= (SELECT clock_timestamp()))
                FOR UPDATE SKIP LOCKED
            ), urgent AS MATERIALIZED (
                SELECT prospect_id FROM refreshes
                WHERE urgent AND next_at <= (SELECT clock_timestamp()) AND EXISTS (SELECT FROM free)
                ORDER BY next_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
            ), swept AS MATERIALIZED (
                SELECT prospect_id FROM refreshes
                WHERE NOT urgent AND next_at <= (SELECT clock_timestamp()) AND EXISTS (SELECT FROM free)
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
    /// What the log of Usher says of it, when it failed.
    failed: Option<FailedQuestion>,
    /// The personal data is not wanted any more.
    done: bool,
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
