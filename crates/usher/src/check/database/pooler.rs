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
/// So many connections are opened to get at a session that another one has just used.
const HOLDERS: usize = 3;

/// A connection must stay the same session while others are open, and none of them may get it. Plain statements: prepared
/// ones would be the first to break. Answers whether all is well.
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
        wrong.push(losing(&said));
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

/// That a statement got lost, and what mends it.
#[must_use]
pub fn losing(said: &str) -> String {
    format!(
        "the pooler of database.url loses prepared statements ({said}): run PgBouncer 1.21 or newer with max_prepared_statements = \
         200, or let database.url name PostgreSQL itself, without database.direct_url"
    )
}

async fn is_shared(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    let mut one = options.connect().await?;
    let mut shared = false;
    for _ in 0..3 {
        let before = session(&mut one).await?;
        let (mut others, taken) = hold(options, before).await?;
        shared = taken || {
            let now = timeout(PATIENCE, session(&mut one)).await;
            now.ok().transpose()? != Some(before)
        };
        release(&mut others).await;
        if shared {
            break;
        }
    }
    // It may be in the middle of something.
    let _ = timeout(PATIENCE, one.close()).await;
    Ok(shared)
}

/// Opens connections that each hold a session by a transaction, until one of them holds the session `wanted`, but at most
/// [`HOLDERS`]; answers them, and whether it holds that session. A pooler gives a session that nobody uses to whoever asks, so
/// that one of the next few gets it, whatever else goes through it meanwhile.
async fn hold(
    options: &PgConnectOptions,
    wanted: i32,
) -> Result<(Vec<PgConnection>, bool), sqlx::Error> {
    let mut holders = Vec::new();
    for _ in 0..HOLDERS {
        let mut holder = options.connect().await?;
        let held = timeout(PATIENCE, async {
            holder.execute("BEGIN").await?;
            session(&mut holder).await
        });
        let held = held.await;
        holders.push(holder);
        // When no session is left, all that there are have been looked at.
        let Ok(held) = held else { break };
        if held? == wanted {
            return Ok((holders, true));
        }
    }
    Ok((holders, false))
}

async fn release(holders: &mut Vec<PgConnection>) {
    for mut holder in holders.drain(..) {
        let end = async {
            let _ = holder.execute("ROLLBACK").await;
            let _ = holder.close().await;
        };
        let _ = timeout(PATIENCE, end).await;
    }
}

/// What is said when a prepared statement is used in another session than it was made in.
async fn loses_statements(options: &PgConnectOptions) -> Result<Option<String>, sqlx::Error> {
    let mut one = options.connect().await?;
    one.execute("BEGIN").await?;
    let home = session(&mut one).await?;
    let mut lost = prepared(&mut one).await.err();
    let _ = one.execute("ROLLBACK").await;
    let (mut others, taken) = hold(options, home).await?;
    if let Some(other) = others.last_mut().filter(|_| taken) {
        // Another client makes the same statement where it was made, and the first one asks for it elsewhere.
        lost = lost.or(prepared(other).await.err());
        if let Ok(elsewhere) = timeout(PATIENCE, prepared(&mut one)).await {
            lost = lost.or(elsewhere.err());
        }
    }
    release(&mut others).await;
    let _ = timeout(PATIENCE, one.close()).await;
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
