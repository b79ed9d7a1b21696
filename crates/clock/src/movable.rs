//! A database whose clock can be set forward, so that one sees a link end, a sweep, an expired password, a retention: for
//! `usher dev` and for tests. `usher serve` and `usher worker` refuse such a database ([`is_movable`]).
//!
//! Every statement of ours and of our libraries takes the time from `now()` and `clock_timestamp()`. In a movable database the
//! schema `dev_clock` has functions of these names, and the database's own `search_path` finds them before PostgreSQL's. So all
//! that is recorded, compared and due moves together, in every session, and nothing of it exists in a real database. The offset is
//! the text of these functions: PostgreSQL puts it into a statement's plan, so that it costs nothing, and a session that has such a
//! plan makes it anew after the offset was changed.
//!
//! `pg_catalog.clock_timestamp()` and [`crate::unmoved`] stay where they are, for whoever has to agree with those outside.

use std::time::Duration;

use sqlx::{Executor as _, PgConnection, PgPool};

/// What a database needs besides its functions: the path that finds them, and what was bound to PostgreSQL's functions when it
/// was made (the columns' defaults; functions that have a path of their own). May be run again.
const INSTALL: &str = "
DO $$
DECLARE
  path CONSTANT TEXT := 'public, dev_clock, pg_catalog, pg_temp';
  found RECORD;
BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = %s', current_database(), path);
  -- From here on the names below are the schema's.
  EXECUTE 'SET LOCAL search_path = ' || path;
  GRANT USAGE ON SCHEMA dev_clock TO PUBLIC;
  FOR found IN
    SELECT adrelid::regclass AS relation, attname AS field, pg_get_expr(adbin, adrelid) AS expression
    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    JOIN pg_class ON pg_class.oid = adrelid
    WHERE relnamespace = 'public'::regnamespace AND NOT relispartition
      AND pg_get_expr(adbin, adrelid) IN ('pg_catalog.now()', 'pg_catalog.clock_timestamp()')
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', found.relation, found.field,
      replace(found.expression, 'pg_catalog.', 'dev_clock.'));
  END LOOP;
  FOR found IN
    SELECT pg_proc.oid::regprocedure AS function FROM pg_proc, unnest(proconfig) AS setting
    WHERE pronamespace = 'public'::regnamespace AND setting LIKE 'search_path=%'
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = %s', found.function, path);
  END LOOP;
END;
$$";

/// Makes the clock of this database one that can be set forward, and keeps how far it is when it is one already. The owner's role
/// is needed. Only sessions that begin afterwards go by it: connect anew.
///
/// # Errors
/// When the database refuses.
pub async fn make_movable(pool: &PgPool) -> Result<(), sqlx::Error> {
    let there = is_movable(pool).await?;
    let mut transaction = pool.begin().await?;
    let forward = if there {
        read(&mut transaction).await?
    } else {
        Duration::ZERO
    };
    write(&mut transaction, forward).await?;
    transaction.execute(INSTALL).await?;
    transaction.commit().await
}

/// Whether the clock of this database can be set forward. Any role may ask, of any database.
///
/// # Errors
/// When the database can't be asked.
pub async fn is_movable(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'dev_clock')",
    )
    .fetch_one(pool)
    .await
}

/// How far the clock of a movable database is ahead of PostgreSQL's.
///
/// # Errors
/// When the database can't be asked, or isn't movable.
pub async fn forward(pool: &PgPool) -> Result<Duration, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    read(&mut connection).await
}

/// Sets the clock of a movable database forward by whole seconds, for all of its sessions; answers how far it is ahead now. What
/// this process thinks the time is follows with [`crate::measure`]. The owner's role is needed.
///
/// # Errors
/// When the database refuses, or isn't movable.
pub async fn set_forward(pool: &PgPool, by: Duration) -> Result<Duration, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Two at once would lose the one's step.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('usher:dev-clock', 0))")
        .execute(&mut *transaction)
        .await?;
    let forward = read(&mut transaction).await? + Duration::from_secs(by.as_secs());
    write(&mut transaction, forward).await?;
    transaction.commit().await?;
    Ok(forward)
}

async fn read(connection: &mut PgConnection) -> Result<Duration, sqlx::Error> {
    let seconds: f64 = sqlx::query_scalar("SELECT extract(epoch FROM dev_clock.forward())::float8")
        .fetch_one(connection)
        .await?;
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// Replaces the functions. Their bodies are an expression each, which PostgreSQL inlines.
async fn write(connection: &mut PgConnection, forward: Duration) -> Result<(), sqlx::Error> {
    let offset = format!("interval '{} seconds'", forward.as_secs());
    let function = |name: &str, returns: &str, kind: &str, body: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION dev_clock.{name}() RETURNS {returns} LANGUAGE sql {kind} AS $$ SELECT {body} $$;"
        )
    };
    let statements = [
        "CREATE SCHEMA IF NOT EXISTS dev_clock;".to_owned(),
        function("forward", "INTERVAL", "IMMUTABLE", &offset),
        function(
            "now",
            "TIMESTAMPTZ",
            "STABLE",
            &format!("pg_catalog.now() + {offset}"),
        ),
        function(
            "clock_timestamp",
            "TIMESTAMPTZ",
            "VOLATILE",
            &format!("pg_catalog.clock_timestamp() + {offset}"),
        ),
    ];
    connection.execute(statements.concat().as_str()).await?;
    Ok(())
}
