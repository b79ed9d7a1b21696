//! The database: whether it lets us in, what it is, and whether it is ready for a server.

pub mod cause;
mod migrating;
mod pooler;
mod server;

use schema::rights::{self, RightsFinding};
use sqlx::{PgPool, postgres::PgConnectOptions};

use super::{Findings, Weight};
use crate::{config::Loaded, database, failure::Failure};

pub use migrating::look as look_before_migrating;

const ANSWERS: &str = "database answers";

/// Looks at all of it (`patient`: waits for one that is just starting); answers a pool when the schema is this version's.
pub async fn examine(loaded: &Loaded, patient: bool) -> (Findings, Option<PgPool>) {
    let mut findings = Findings::default();
    let section = &loaded.config.database;
    // What is missing was said.
    let Some(url) = &section.url else {
        return (findings, None);
    };
    let url = url.expose();
    let (pool, options) = match open(url, patient, &mut findings).await {
        Some(open) => open,
        None => return (findings, None),
    };
    let connections = section.max_connections.get();
    let app_role = &section.app_role;
    match look(&pool, &options, connections, app_role, &mut findings).await {
        Ok(true) => (findings, Some(pool)),
        Ok(false) => (findings, None),
        Err(error) => {
            let (weight, words) = cause::explain(&error, &options);
            findings.add(ANSWERS, weight, words);
            (findings, None)
        }
    }
}

/// A pool for looking, after one connection that says why there is none.
async fn open(
    url: &str,
    patient: bool,
    findings: &mut Findings,
) -> Option<(PgPool, PgConnectOptions)> {
    let options: PgConnectOptions = url.parse().ok()?;
    let tried = if patient {
        Ok(())
    } else {
        database::try_once(&options).await
    };
    let connected = match tried {
        Ok(()) => database::connect(url, 2).await,
        Err(failure) => Err(failure),
    };
    match connected {
        Ok(pool) => {
            findings.ok(ANSWERS);
            Some((pool, options))
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
    options: &PgConnectOptions,
    connections: u32,
    app_role: &str,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    // First: through a pooler nothing else can be relied on.
    if !pooler::look(options, findings).await? {
        return Ok(false);
    }
    clock::measure(pool).await?;
    let (server, apart) = server::ask(pool).await?;
    server.look(findings);
    server.look_around(apart, options, connections, findings);
    let marked = database::is_marked_by_dev(pool).await?.then(|| {
        "database.url names a database that `usher dev` made, with sandbox results and operators whose passwords are no secret: use another database"
            .to_owned()
    });
    findings.all(
        "database is a real one",
        Weight::Wrong,
        marked.into_iter().collect(),
    );
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

/// The role that we have, and the one that servers are to have; whether ours may look at the schema's age.
async fn roles(
    pool: &PgPool,
    app_role: &str,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    const WHAT: &str = "the server's role has its rights and no more";
    let ours = rights::current_role(pool).await?;
    let of_ours = rights::findings(pool, &ours).await?;
    let of_other = if ours == app_role {
        Vec::new()
    } else {
        rights::findings(pool, app_role).await?
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
