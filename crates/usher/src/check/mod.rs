//! Looks at everything that a server needs: its settings, and whoever they lead to. `usher doctor` says all of it; `usher serve`
//! and `usher worker` don't start with a wrong configuration, and start through any outage but the database's.
//!
//! One file for each thing that is looked at.

pub mod database;
mod files;
mod findings;
mod keycloak;
mod listeners;
mod proxies;
mod secrets;
mod smtp;
mod sumsub;
mod times;
mod urls;

use std::time::Duration;

use sqlx::PgPool;

use crate::config::{self, Loaded};

pub use findings::{Findings, Line, Weight};

/// How long a server that starts waits for somebody outside before it says that nobody answers, and goes on.
pub const AT_START: Duration = Duration::from_secs(5);

/// What the settings say by themselves.
const OF_SETTINGS: &[fn(&Loaded, &mut Findings)] = &[
    secrets::look,
    files::look,
    listeners::look,
    urls::look,
    proxies::look,
    times::look,
];

/// What was found, and the database when its schema is this version's.
pub struct Examined {
    pub findings: Findings,
    pub database: Option<PgPool>,
}

/// Looks at everything. `patience` is how long to wait for each of those outside; without it, as long as their settings say.
pub async fn examine(loaded: &Loaded, patience: Option<Duration>) -> Examined {
    let mut findings = Findings::default();
    findings.all(
        "configuration can be read",
        Weight::Wrong,
        loaded.problems.sentences.clone(),
    );
    findings.all(
        "`usher serve` accepts it",
        Weight::Wrong,
        config::refusals(loaded),
    );
    for look in OF_SETTINGS {
        look(loaded, &mut findings);
    }
    // A server waits for a database that starts beside it, unless it won't start anyway.
    let patient = patience.is_some() && findings.refuse().is_ok();
    // First: who else is asked goes by its clock, as a server does.
    let (of_database, database) = database::examine(loaded, patient).await;
    let (smtp, sumsub, keycloak) = tokio::join!(
        smtp::examine(loaded, patience),
        sumsub::examine(loaded, patience),
        keycloak::examine(loaded, patience),
    );
    for found in [of_database, smtp, sumsub, keycloak] {
        findings.extend(found);
    }
    Examined { findings, database }
}

/// Waits for somebody outside, but not for ever.
async fn within<T>(patience: Option<Duration>, work: impl Future<Output = T>) -> Option<T> {
    match patience {
        Some(patience) => tokio::time::timeout(patience, work).await.ok(),
        None => Some(work.await),
    }
}

/// For what isn't answered in time.
fn too_slow(who: &str, patience: Option<Duration>) -> String {
    let seconds = patience.map_or(0, |patience| patience.as_secs());
    format!("{who} did not answer within {seconds} s")
}
