//! Whether a connection pooler hands one session of PostgreSQL to several, and whether one that may do so gets on with us.

use std::time::Duration;

use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, PgConnection, PgPool, Row as _,
    postgres::PgConnectOptions,
};
use tokio::time::timeout;

use super::{
    super::{Findings, Weight},
    cause,
};
use crate::database::Reach;

const WHAT: &str = "each connection is a session of its own";
/// One that has no second session lets us wait for the first.
const PATIENCE: Duration = Duration::from_secs(3);

/// Two connections that are open at the same time must be two sessions, and each must stay the same one. Plain statements:
/// prepared ones would be the first to break. Answers whether all is well.
///
/// # Errors
/// When the database can't be asked.
pub async fn look(
    options: &PgConnectOptions,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    let shared = is_shared(options).await?;
    let words = shared.then(|| cause::pooler("a connection pooler hands one session to several"));
    findings.all(WHAT, Weight::Wrong, words.into_iter().collect());
    Ok(!shared)
}

/// What goes through the pooler must find its prepared statements again, and `database.direct_url` must lead around it, to
/// the same database. Answers whether all is well.
///
/// # Errors
/// When the database can't be asked.
pub async fn look_at_both(
    pool: &PgPool,
    reach: &Reach,
    findings: &mut Findings,
) -> Result<bool, sqlx::Error> {
    let mut wrong = Vec::new();
    if let Some(said) = loses_statements(&reach.options()).await? {
        wrong.push(format!(
            "the pooler of database.url loses prepared statements ({said}): run PgBouncer 1.21 or newer with max_prepared_statements \
             = 200, or let database.url name PostgreSQL itself, without database.direct_url"
        ));
    }
    let direct = reach.directly();
    match direct.connect(2).await {
        Err(failure) => wrong.push(format!("database.direct_url: {failure}")),
        Ok(_) if is_shared(&direct.options()).await? => wrong.push(
            "database.direct_url leads to a connection pooler that hands one session to several: let it name PostgreSQL itself, or a \
             pool in session mode"
                .to_owned(),
        ),
        Ok(around) => {
            if which(&around).await? != which(pool).await? {
                wrong.push(
                    "database.direct_url leads to another database than database.url: let both lead to the same"
                        .to_owned(),
                );
            }
            around.close().await;
        }
    }
    let well = wrong.is_empty();
    findings.all(
        "pooler and database.direct_url go together",
        Weight::Wrong,
        wrong,
    );
    Ok(well)
}

async fn is_shared(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut one = options.connect().await?;
    let mut other = options.connect().await?;
    let mut shared = false;
    for _ in 0..3 {
        shared |= session(&mut one).await? == session(&mut other).await?;
    }
    if !shared {
        shared = changes(&mut one, &mut other).await?;
    }
    // Both may be in the middle of something.
    for connection in [one, other] {
        let _ = timeout(PATIENCE, connection.close()).await;
    }
    Ok(shared)
}

/// Whether one gets another session while the other holds its first.
async fn changes(one: &mut PgConnection, other: &mut PgConnection) -> Result<bool, sqlx::Error> {
    for _ in 0..3 {
        let before = session(one).await?;
        other.execute("BEGIN").await?;
        session(other).await?;
        let Ok(after) = timeout(PATIENCE, session(one)).await else {
            return Ok(true);
        };
        other.execute("ROLLBACK").await?;
        if after? != before {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is said when a prepared statement is used in another session than it was made in.
async fn loses_statements(options: &PgConnectOptions) -> Result<Option<String>, sqlx::Error> {
    let mut one = options.connect().await?;
    let mut other = options.connect().await?;
    let mut lost = prepared(&mut one).await.err();
    for _ in 0..3 {
        other.execute("BEGIN").await?;
        lost = lost.or(prepared(&mut other).await.err());
        if let Ok(again) = timeout(PATIENCE, prepared(&mut one)).await {
            lost = lost.or(again.err());
        }
        other.execute("ROLLBACK").await?;
        lost = lost.or(prepared(&mut other).await.err());
    }
    for connection in [one, other] {
        let _ = timeout(PATIENCE, connection.close()).await;
    }
    match lost {
        Some(sqlx::Error::Database(error)) => Ok(Some(error.message().to_owned())),
        Some(error) => Err(error),
        None => Ok(None),
    }
}

async fn prepared(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT $1::int4")
        .bind(1)
        .execute(connection)
        .await
        .map(|_| ())
}

/// Tells servers and databases apart.
async fn which(pool: &PgPool) -> Result<String, sqlx::Error> {
    // Plain: it may have lost a prepared one.
    pool.fetch_one(
        "SELECT current_database() || ' since ' || pg_postmaster_start_time() || ' ' || oid
         FROM pg_database WHERE datname = current_database()",
    )
    .await?
    .try_get(0)
}

async fn session(connection: &mut PgConnection) -> Result<i32, sqlx::Error> {
    connection
        .fetch_one("SELECT pg_backend_pid()")
        .await?
        .try_get(0)
}
