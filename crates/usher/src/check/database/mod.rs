//! The database: whether it lets us in, what it is, and whether it is ready for a server.

pub mod cause;
mod limits;
mod migrating;
mod pooler;
mod server;

use schema::examine::{self, RightsFinding};
use sqlx::PgPool;

use super::{Findings, Weight};
use crate::{
    config::{Config, Loaded},
    database::{self, FEWEST_CONNECTIONS, Reach, SessionLimits},
    failure::Failure,
};

pub use migrating::look as look_before_migrating;

const ANSWERS: &str = "database answers";

/// Looks at all of it (`patient`: waits for one that is just starting); answers a pool when the schema is this version's.
pub async fn examine(loaded: &Loaded, patient: bool) -> (Findings, Option<PgPool>) {
    let mut findings = Findings::default();
    let section = &loaded.config.database;
    // What is missing was said.
    if section.url.is_none() {
        return (findings, None);
    }
    let few = (section.max_connections.get() < FEWEST_CONNECTIONS).then(|| {
        format!(
            "database.max_connections is {}, and a process gets on with {FEWEST_CONNECTIONS} at least, since each of its loops holds \
             one for a moment: raise it",
            section.max_connections
        )
    });
    let few = few.into_iter().collect();
    findings.all("connections are enough", Weight::Wrong, few);
    let reach = match Reach::of(section, SessionLimits::of(section).patient()) {
        Ok(reach) => reach,
        Err(failure) => {
            findings.add(ANSWERS, Weight::Wrong, failure.to_string());
            return (findings, None);
        }
    };
    let Some(pool) = open(&reach, patient, &mut findings).await else {
        return (findings, None);
    };
    match look(&pool, &reach, &loaded.config, &mut findings).await {
        Ok(true) => (findings, Some(pool)),
        Ok(false) => (findings, None),
        Err(error) => {
            let (weight, words) = match lost_statement(&error) {
                Some(said) if reach.is_pooled() => (Weight::Wrong, pooler::losing(said)),
                _ => cause::explain(&error, &reach.options()),
            };
            findings.add(ANSWERS, weight, words);
            (findings, None)
        }
    }
}

/// What PostgreSQL says when a prepared statement isn't there, or is there already.
fn lost_statement(error: &sqlx::Error) -> Option<&str> {
    let refusal = error.as_database_error()?;
    matches!(refusal.code()?.as_ref(), "26000" | "42P05").then(|| refusal.message())
}

/// A pool for looking, after one connection that says why there is none.
async fn open(reach: &Reach, patient: bool, findings: &mut Findings) -> Option<PgPool> {
    let tried = if patient {
        Ok(())
    } else {
        reach.try_once().await
    };
    let connected = match tried {
        Ok(()) => reach.connect(2).await,
        Err(failure) => Err(failure),
    };
    match connected {
        Ok(pool) => {
            findings.ok(ANSWERS);
            Some(pool)
        }
        Err(failure) => {
            let weight = match failure {
                Failure::Configuration(_) => Weight::Wrong,
                Failure::Other(_) => Weight::NotReady,
            };
            findings.add(ANSWERS, weight, failure.to_string());
            None
        }
    }
}

/// Whether the schema is this version's.
async fn look(
    pool: &PgPool,
    reach: &Reach,
    config: &Config,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    let section = &config.database;
    let (options, app_role) = (reach.options(), &section.app_role);
    // First: through a pooler nothing else can be relied on.
    let sessions = if reach.is_pooled() {
        pooler::look_at_both(pool, reach, findings).await?
    } else {
        pooler::look(&options, findings).await?
    };
    if !sessions {
        return Ok(false);
    }
    let limits = SessionLimits::of(section);
    limits::look(&reach.with(limits).options(), limits, findings).await?;
    clock::measure(pool).await?;
    let (server, skew) = server::ask(pool).await?;
    server.look(findings);
    let clocks = (skew, config.health.clock_limit);
    server.look_around(clocks, &options, section.max_connections.get(), findings);
    findings.all("database is a real one", Weight::Wrong, unreal(pool).await?);
    // A role without any rights can't even look how old the schema is.
    let empty = database::is_empty(pool).await?;
    let readable = !empty && roles(pool, app_role, findings).await?;
    let gap = if empty {
        Some("The database is empty: run `usher migrate`".to_owned())
    } else if readable {
        let gap = database::schema_gap(pool).await?;
        gap.map(|gap| format!("The database is not ready: {gap}"))
    } else {
        return Ok(false);
    };
    let current = gap.is_none();
    findings.all(
        "schema is current",
        Weight::NotReady,
        gap.into_iter().collect(),
    );
    Ok(current)
}

/// What tells that a database is for trying out and for tests.
async fn unreal(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    let made_by_dev = database::is_marked_by_dev(pool).await?.then_some(
        "database.url names a database that `usher dev` made, with sandbox results and operators whose passwords are no secret: use another database",
    );
    let movable = clock::movable::is_movable(pool).await?.then_some(
        "database.url names a database whose clock can be set forward (it has the schema dev_clock), so that what is recorded in it may be of \
         the future: use another database",
    );
    Ok([made_by_dev, movable]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect())
}

/// The role that we have, and the one that servers are to have; whether ours may look at the schema's age.
async fn roles(
    pool: &PgPool,
    app_role: &str,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    const WHAT: &str = "the server's role has its rights and no more";
    let ours = examine::current_role(pool).await?;
    let of_ours = examine::findings(pool, &ours).await?;
    let of_other = if ours == app_role {
        Vec::new()
    } else {
        examine::findings(pool, app_role).await?
    };
    if of_ours.is_empty() && of_other.is_empty() {
        findings.ok(WHAT);
    }
    for finding in &of_ours {
        // Older PostgreSQL lets everybody make tables.
        let weight = match finding {
            RightsFinding::MayCreate { .. } => Weight::Trouble,
            _ => Weight::Wrong,
        };
        findings.add(WHAT, weight, format!("database.url is refused: {finding}"));
    }
    for finding in of_other {
        findings.add(WHAT, Weight::Trouble, finding.to_string());
    }
    Ok(!of_ours
        .iter()
        .any(|finding| matches!(finding, RightsFinding::Lacks { .. })))
}
