//! Whether a connection pooler hands one session of PostgreSQL to several.

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection, Row as _,
    postgres::PgConnectOptions,
};

use super::{
    super::{Findings, Weight},
    cause,
};

const WHAT: &str = "each connection is a session of its own";

/// Two connections that are open at the same time must be two sessions. Plain statements: prepared ones would be the first
/// to break. Answers whether all is well.
///
/// # Errors
/// When the database can't be asked.
pub async fn look(
    options: &PgConnectOptions,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    let mut one = options.connect().await?;
    let mut other = options.connect().await?;
    let mut shared = false;
    for _ in 0..3 {
        shared |= session(&mut one).await? == session(&mut other).await?;
    }
    for connection in [one, other] {
        connection.close().await?;
    }
    let words = shared.then(|| cause::pooler("a connection pooler hands one session to several"));
    findings.all(WHAT, Weight::Wrong, words.into_iter().collect());
    Ok(!shared)
}

async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    connection
        .fetch_one("SELECT pg_backend_pid()")
        .await?
        .try_get(0)
}
