//! Every queue that Usher works off: how much waits, and for how long. Health, metrics and `usher doctor` ask this list.

use std::time::Duration;

use sqlx::PgPool;

/// A queue, or several of one kind.
#[derive(Debug)]
pub struct Queue {
    /// Rows of (name, how many are due, since how many seconds the oldest): a row for each queue of the kind, also for an empty
    /// one. Cheap, whatever waits: it counts [`COUNTED`] at most, by an index.
    sql: &'static str,
    /// Who works it off is late once something is due for so long.
    late_after: Duration,
    /// Whether a server isn't ready then: it hears of what happens too late. What waits for somebody outside makes no server
    /// unfit.
    needed: bool,
}

/// Nobody needs to know more exactly how many wait.
pub const COUNTED: i64 = 100_000;

/// After so long something due is late: who hears of what happens has to be at its head.
const HEAD: Duration = Duration::from_secs(30);
/// After so long the doctor wonders.
const WORK: Duration = Duration::from_secs(300);

/// All of them. One more is one more line.
pub const QUEUES: &[Queue] = &[
    listener(DELIVERIES),
    queue(WORK, HELD_BACK),
    queue(WORK, CALLBACKS),
    queue(WORK, STEPS),
    queue(WORK, RUNNING),
    queue(WORK, REFRESHES),
    queue(WORK, IMPORTS),
    queue(WORK, SELECTIONS),
    queue(WORK, UNSEALED),
    queue(WORK, SUMS),
    queue(WORK, STATISTICS),
    queue(WORK, IDENTITIES),
    queue(WORK, FAILING),
];

/// What each listener of the outbox has not dealt with yet.
const DELIVERIES: &str = "
    SELECT 'outbox_' || name, due.count, due.oldest
    FROM unnest(ARRAY['provisioning-starter', 'credit-canceller']) AS name
    CROSS JOIN LATERAL (
        SELECT count(*), extract(epoch FROM clock_timestamp() - min(next_try))::float8 AS oldest
        FROM (SELECT next_try FROM outbox_deliveries
              WHERE listener = name AND next_try <= (SELECT clock_timestamp()) ORDER BY next_try LIMIT 100000) rows
    ) AS due";

/// Events that nobody may read yet, because a transaction is open that began before them.
const HELD_BACK: &str = "
    SELECT 'outbox_held_back', count(*), extract(epoch FROM clock_timestamp() - min(recorded_at))::float8
    FROM (SELECT event.recorded_at FROM outbox_head() AS head
          JOIN outbox_events AS event ON (event.era, event.turn) >= (head.era, head.turn) LIMIT 100000) rows";

const CALLBACKS: &str = "
    SELECT 'callbacks', count(*), extract(epoch FROM clock_timestamp() - min(last_received_at))::float8
    FROM (SELECT last_received_at FROM callbacks WHERE outcome = 'received' ORDER BY id LIMIT 100000) due";

const STEPS: &str = "
    SELECT 'step_' || name, due.count, due.oldest
    FROM unnest(ARRAY['login', 'welcome_email', 'deposit_account', 'access', 'email_notice', 'account_lock',
        'verification_link']) AS name
    CROSS JOIN LATERAL (
        SELECT count(*), extract(epoch FROM clock_timestamp() - min(next_try))::float8 AS oldest
        FROM (SELECT next_try FROM provisioning_steps
              WHERE step = name AND state IN ('waiting', 'retrying') AND next_try <= (SELECT clock_timestamp()) AND worker IS NULL
              ORDER BY next_try LIMIT 100000) rows
    ) AS due";

/// Under way, also in the hands of one that has died.
const RUNNING: &str = "
    SELECT 'steps_running', count(*), extract(epoch FROM clock_timestamp() - min(changed_at))::float8
    FROM provisioning_steps WHERE worker IS NOT NULL";

const REFRESHES: &str = "
    SELECT 'refreshes', count(*), extract(epoch FROM clock_timestamp() - min(next_at))::float8
    FROM (SELECT next_at FROM refreshes WHERE next_at <= (SELECT clock_timestamp()) ORDER BY next_at LIMIT 100000) due";

/// The rows of files that are imported, since each import was started.
const IMPORTS: &str = "
    SELECT 'imports', count(*), extract(epoch FROM clock_timestamp() - min(started_at))::float8
    FROM (SELECT started_at FROM prospect_import_rows AS row JOIN prospect_imports AS import ON import.id = row.import_id
          WHERE outcome = 'queued' LIMIT 100000) due";

/// What is done to several prospects at once, also in the hands of one that has died.
const SELECTIONS: &str = "
    SELECT 'selections', count(*), extract(epoch FROM clock_timestamp() - min(begun_at))::float8
    FROM (SELECT begun_at FROM selections WHERE next_at IS NOT NULL LIMIT 100000) due";

const UNSEALED: &str = "
    SELECT 'audit_unsealed', count(*), extract(epoch FROM clock_timestamp() - min(recorded_at))::float8
    FROM (SELECT recorded_at FROM audit_entries
          WHERE id > (SELECT coalesce(max(last_id), 0) FROM audit_seals) ORDER BY id LIMIT 100000) due";

/// Nobody knows since when.
const SUMS: &str = "
    SELECT 'ledger_sums', count(*), NULL::float8 FROM (SELECT FROM ledger_sum_changes LIMIT 100000) rows
    UNION ALL
    SELECT 'money_sums', count(*), NULL::float8 FROM (SELECT FROM money_sum_changes LIMIT 100000) rows
    UNION ALL
    SELECT 'proposal_sums', count(*), NULL::float8 FROM (SELECT FROM proposal_sum_changes LIMIT 100000) rows";

/// What is not added up yet, and the prospects of before an upgrade that are not counted yet.
const STATISTICS: &str = "
    SELECT 'statistics', count(*), NULL::float8 FROM (SELECT FROM statistics_changes LIMIT 100000) rows
    UNION ALL
    SELECT 'statistics_uncounted', count(*), NULL::float8
    FROM (SELECT FROM prospects WHERE stage_since IS NULL LIMIT 100000) rows";

/// The identity keys that an older version made.
const IDENTITIES: &str = "
    SELECT 'identities', count(*), NULL::float8
    FROM (SELECT FROM prospect_identities WHERE NOT compared LIMIT 100000) rows";

/// Deliveries that fail again and again: their listener has a bug, or meets what nobody thought of.
const FAILING: &str = "
    SELECT 'deliveries_failing', count(*), extract(epoch FROM clock_timestamp() - min(created_at))::float8
    FROM outbox_deliveries WHERE attempt >= 3";

const fn queue(late_after: Duration, sql: &'static str) -> Queue {
    Queue {
        sql,
        late_after,
        needed: false,
    }
}

/// A queue of deliveries to one listener.
const fn listener(sql: &'static str) -> Queue {
    Queue {
        sql,
        late_after: HEAD,
        needed: true,
    }
}

/// How a queue stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Depth {
    /// The queue's name.
    pub name: String,
    /// How many are due, [`COUNTED`] at most.
    pub due: i64,
    /// For how long the oldest is due.
    pub oldest: Duration,
    /// Whether it is late.
    pub late: bool,
    /// Whether that makes a server unfit.
    pub needed: bool,
}

impl Depth {
    /// What is late, in words; none when nothing is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let more = if self.due >= COUNTED { " or more" } else { "" };
        self.late.then(|| {
            format!(
                "{}{more} of `{}` wait, the oldest for {} s: see that a server or worker runs, and what its log and \
                 /health/ready say",
                self.due,
                self.name,
                self.oldest.as_secs()
            )
        })
    }
}

/// Looks at these queues.
///
/// # Errors
/// When the database does not answer.
pub async fn look(pool: &PgPool, queues: &[Queue]) -> Result<Vec<Depth>, sqlx::Error> {
    let mut depths = Vec::new();
    for queue in queues {
        // No checked query: a list of them.
        let rows: Vec<(String, i64, Option<f64>)> =
            sqlx::query_as(queue.sql).fetch_all(pool).await?;
        depths.extend(rows.into_iter().map(|(name, due, oldest)| {
            let oldest = Duration::try_from_secs_f64(oldest.unwrap_or(0.0).max(0.0));
            let oldest = oldest.unwrap_or_default();
            Depth {
                name,
                due,
                oldest,
                late: due > 0 && oldest >= queue.late_after,
                needed: queue.needed,
            }
        }));
    }
    Ok(depths)
}

/// What waits for a person, or for somebody outside who is away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Raised, and resolved by nobody.
    pub raised: i64,
    /// Steps that no retry mends.
    pub steps: i64,
    /// Steps that failed and are tried again later.
    pub retrying: i64,
}

/// Looks at what waits.
///
/// # Errors
/// When the database does not answer.
pub async fn waiting(pool: &PgPool) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"SELECT (SELECT count(*) FROM raised WHERE resolved_at IS NULL) AS "raised!",
                  (SELECT count(*) FROM provisioning_steps WHERE state = 'needs_person') AS "steps!",
                  (SELECT count(*) FROM provisioning_steps WHERE state = 'retrying') AS "retrying!""#
    )
    .fetch_one(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_database_has_empty_queues() {
        let database = testkit::database().await;
        let depths = look(&database.pool, QUEUES).await.unwrap();
        let names: Vec<&str> = depths.iter().map(|depth| depth.name.as_str()).collect();
        for name in [
            "callbacks",
            "step_login",
            "refreshes",
            "imports",
            "selections",
            "audit_unsealed",
        ] {
            assert!(names.contains(&name), "{name}: {names:?}");
        }
        assert!(depths.iter().all(|depth| depth.due == 0 && !depth.late));
        assert_eq!(waiting(&database.pool).await.unwrap(), Waiting::default());
    }

    #[tokio::test]
    async fn every_step_and_every_listener_is_among_the_queues() {
        let database = testkit::database().await;
        let server = database.as_server().await;
        let depths = look(&server.pool, QUEUES).await.unwrap();
        let listeners = [
            customer::event::PROVISIONING_STARTER,
            customer::event::CREDIT_CANCELLER,
        ];
        let listeners = listeners.map(|listener| format!("outbox_{listener}"));
        let steps = provisioning::steps::names().map(|step| format!("step_{step}"));
        for name in listeners.into_iter().chain(steps) {
            assert!(depths.iter().any(|depth| depth.name == name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_listener_that_is_behind_is_late() {
        let database = testkit::database().await;
        let listeners = [listener(DELIVERIES)];
        let troubles = async || {
            let depths = look(&database.pool, &listeners).await.unwrap();
            depths.iter().find_map(Depth::trouble)
        };
        assert_eq!(troubles().await, None);
        for (age, late) in [("5 seconds", false), ("10 minutes", true)] {
            sqlx::query("INSERT INTO outbox_deliveries (listener, event_id, subject, payload, next_try)
                         VALUES ('credit-canceller', gen_random_uuid(), gen_random_uuid(), '{}', clock_timestamp() - $1::text::interval)")
                .bind(age)
                .execute(&database.pool)
                .await
                .unwrap();
            assert_eq!(troubles().await.is_some(), late, "{age}");
        }
        let words = troubles().await.unwrap();
        assert!(
            words.contains("`outbox_credit-canceller`") && words.contains("600 s"),
            "{words}"
        );
    }
}
