//! What is not done yet, by what it waits for.

use access::{ObjectKind, Subject};
use chrono::{DateTime, Utc};
use kernel::{Database, Error};
use sqlx::PgPool;
use uuid::Uuid;

use super::{Board, StepState};
use crate::steps;

/// How many steps of a group are shown; the count is the true one.
const SHOWN: i64 = 100;

/// The dependencies of the steps, by the names that these give them, and what people read.
const DEPENDENCIES: [(&str, &str); 5] = [
    ("identity", "the logins"),
    ("mail", "the mail server"),
    ("ledger", "the ledger"),
    ("sumsub", "Sumsub"),
    ("recipient", "the recipient"),
];

fn known(dependency: &str) -> Option<(&'static str, &'static str)> {
    DEPENDENCIES
        .into_iter()
        .find(|(name, _)| *name == dependency)
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WaitsFor {
    /// Somebody who looks at it: no retry mends it.
    Person,
    /// The step before it.
    Step,
    /// Something outside, by the name that the steps give it.
    Dependency(String),
}

impl WaitsFor {
    /// The name in forms and addresses.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            WaitsFor::Person => "person",
            WaitsFor::Step => "step",
            WaitsFor::Dependency(name) => name,
        }
    }

    /// What has this name; anything else is taken for a dependency that nothing waits for.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "person" => WaitsFor::Person,
            "step" => WaitsFor::Step,
            other => WaitsFor::Dependency(other.to_owned()),
        }
    }

    /// The name in the audit log, which holds no text that somebody else made up.
    pub(super) fn known_name(&self) -> &'static str {
        match self {
            WaitsFor::Person => "person",
            WaitsFor::Step => "step",
            WaitsFor::Dependency(name) => known(name).map_or("other", |(name, _)| name),
        }
    }

    /// What people read, after "waits for".
    #[must_use]
    pub fn words(&self) -> &str {
        match self {
            WaitsFor::Person => "a person",
            WaitsFor::Step => "another step",
            WaitsFor::Dependency(name) => known(name).map_or(name, |(_, words)| words),
        }
    }

    /// Whether *retry all* has something to try.
    #[must_use]
    pub fn can_be_retried(&self) -> bool {
        *self != WaitsFor::Step
    }
}

/// What waits for the same.
#[derive(Debug, Clone)]
pub struct WaitingGroup {
    /// What they wait for.
    pub waits_for: WaitsFor,
    /// How many steps.
    pub count: i64,
    /// Since when the oldest does.
    pub since: DateTime<Utc>,
    /// The newest error among them, in words.
    pub last_error: Option<String>,
    /// When the first of them is tried next.
    pub next_try: Option<DateTime<Utc>>,
    /// The oldest of them, oldest first, at most 100.
    pub steps: Vec<WaitingStep>,
}

/// A step that is not done yet.
#[derive(Debug, Clone)]
pub struct WaitingStep {
    /// Whose step it is.
    pub customer_id: Uuid,
    /// It is a prospect's, not a customer's.
    pub of_prospect: bool,
    /// The customer's short number.
    pub public_id: String,
    /// The step's name.
    pub step: String,
    /// What people read.
    pub label: String,
    /// What people read of the step that it is to come after, if that isn't done.
    pub after: Option<String>,
    /// How it stands.
    pub state: StepState,
    /// How often it was tried.
    pub attempt: i32,
    /// Why it failed last, in words.
    pub last_error: Option<String>,
    /// When it is tried next.
    pub next_try: Option<DateTime<Utc>>,
    /// Since when it is wanted.
    pub since: DateTime<Utc>,
}

fn of(prospect: bool) -> ObjectKind {
    if prospect {
        ObjectKind::Prospect
    } else {
        ObjectKind::Customer
    }
}

/// How many steps are not done yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WaitingCounts {
    /// That no retry mends: they wait for a person.
    pub for_a_person: i64,
    /// That go on by themselves.
    pub others: i64,
}

impl Board {
    /// How much is not done yet; may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn waiting_counts(&self, subject: &Subject) -> Result<WaitingCounts, Error> {
        // Numbers only: nobody's data is handed out.
        let _nobody = self.look(subject).await?;
        Ok(self.waiting.or(counts(&self.pool)).await?)
    }

    /// All that is not done yet, grouped by what it waits for, the group with the oldest first.
    ///
    /// # Errors
    /// When the subject may not see customers, or the database does not answer.
    pub async fn waiting(&self, subject: &Subject) -> Result<Vec<WaitingGroup>, Error> {
        let look = self.look(subject).await?;
        let mut groups = unfinished(&self.pool).await?;
        let steps = groups.iter().flat_map(|group| &group.steps);
        look.at(steps.map(|step| of(step.of_prospect).id(step.customer_id)))
            .await?;
        groups.sort_by_key(|group| group.since);
        Ok(groups)
    }
}

async fn counts(pool: &Database) -> Result<WaitingCounts, sqlx::Error> {
    sqlx::query_as!(
        WaitingCounts,
        r#"SELECT (SELECT count(*) FROM provisioning_steps WHERE state = 'needs_person') AS "for_a_person!",
               (SELECT count(*) FROM provisioning_steps WHERE state IN ('waiting', 'retrying'))
               + (SELECT count(*) FROM provisioning_steps WHERE state = 'running' AND worker IS NOT NULL) AS "others!""#
    )
    .fetch_one(pool)
    .await
}

/// By what it waits for, by its name.
async fn unfinished(pool: &PgPool) -> Result<Vec<WaitingGroup>, sqlx::Error> {
    // Three branches, each with its partial index: what is done is never read.
    let rows = sqlx::query!(
        r#"
            WITH unfinished AS (
                SELECT * FROM provisioning_steps WHERE state IN ('waiting', 'retrying')
                UNION ALL SELECT * FROM provisioning_steps WHERE state = 'running' AND worker IS NOT NULL
                UNION ALL SELECT * FROM provisioning_steps WHERE state = 'needs_person'
            ), grouped AS (
                SELECT *, CASE WHEN state = 'needs_person' THEN 'person'
                    WHEN state = 'waiting' AND next_try IS NULL THEN 'step' ELSE dependency END AS waits_for
                FROM unfinished
            ), numbered AS (
                SELECT *, row_number() OVER (oldest) AS number, count(*) OVER (whole) AS total,
                    min(next_try) OVER (whole) AS first_try,
                    first_value(last_error) OVER (PARTITION BY waits_for
                        ORDER BY last_error IS NULL, changed_at DESC) AS newest_error
                FROM grouped
                WINDOW whole AS (PARTITION BY waits_for),
                    oldest AS (PARTITION BY waits_for ORDER BY armed_at, customer_id, position)
            )
            SELECT waits_for AS "waits_for!", total AS "total!", first_try, newest_error,
                numbered.customer_id AS "customer_id!", prospects.public_id, step AS "step!", label AS "label!",
                (SELECT before.label FROM provisioning_steps before WHERE before.customer_id = numbered.customer_id
                    AND before.step = numbered.after_step AND before.state <> 'done') AS after,
                state AS "state!", attempt AS "attempt!", last_error, next_try, armed_at AS "armed_at!"
            FROM numbered JOIN prospects ON prospects.id = numbered.customer_id
            WHERE number <= $1 ORDER BY waits_for, number
            "#,
        SHOWN,
    )
    .fetch_all(pool)
    .await?;
    let mut groups: Vec<WaitingGroup> = Vec::new();
    for row in rows {
        let Ok(state) = row.state.parse() else {
            continue;
        };
        let waits_for = WaitsFor::from_name(&row.waits_for);
        if groups
            .last()
            .is_none_or(|group| group.waits_for != waits_for)
        {
            groups.push(WaitingGroup {
                waits_for,
                count: row.total,
                since: row.armed_at,
                last_error: row.newest_error,
                next_try: row.first_try,
                steps: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.steps.push(WaitingStep {
                of_prospect: steps::is_of_prospects(&row.step),
                customer_id: row.customer_id,
                public_id: row.public_id,
                step: row.step,
                label: row.label,
                after: row.after,
                state,
                attempt: row.attempt,
                last_error: row.last_error,
                next_try: row.next_try,
                since: row.armed_at,
            });
        }
    }
    Ok(groups)
}
