//! The database: where it isn't, what it is instead, and what it lacks.

use sqlx::{Executor as _, PgPool};

use super::{
    case::{Case, all_are_named, fine, not_ready, trouble, warning, wrong},
    fake_postgres::{pooler, refusing},
};
use crate::common::outside::{NOBODY, Smtp, smtp};

const URL: &str = "USHER_DATABASE__URL";

fn at(port: u16) -> String {
    format!("postgres://usher:secret@127.0.0.1:{port}/usher")
}

/// Cases about the way to the database.
fn ways(server: &str) -> Vec<Case> {
    let (place, name) = server.rsplit_once('/').unwrap();
    let (_, host) = place.rsplit_once('@').unwrap();
    vec![
        not_ready("nobody listens", &["127.0.0.1:1", "database.url"]).set(URL, at(NOBODY)),
        not_ready(
            "a host that nobody knows",
            &["postgres.invalid", "database.url"],
        )
        .set(URL, "postgres://u@postgres.invalid/usher"),
        wrong(
            "something else than PostgreSQL",
            &["no PostgreSQL", "database.url"],
        )
        .set(URL, at(smtp(Smtp::Good))),
        wrong(
            "a wrong password",
            &["refuses the password", "`usher`", "database.url"],
        )
        .set(URL, at(refusing("28P01", "password authentication failed"))),
        wrong("a host that isn't let in", &["pg_hba.conf"])
            .set(URL, at(refusing("28000", "no pg_hba.conf entry for host"))),
        not_ready("no room for us", &["max_connections"]).set(
            URL,
            at(refusing("53300", "sorry, too many clients already")),
        ),
        not_ready("a server that is starting", &["starting or stopping"]).set(
            URL,
            at(refusing("57P03", "the database system is starting up")),
        ),
        wrong("a pooler that says so", &["pooler", "session mode"]).set(
            URL,
            at(refusing(
                "08P01",
                "unsupported startup parameter: extra_float_digits",
            )),
        ),
        wrong(
            "a pooler that shares sessions",
            &["pooler hands one session to several", "session mode"],
        )
        .set(URL, pooler(server)),
        wrong(
            "a role that isn't there",
            &["role `no_such_role`", "not there"],
        )
        .set(URL, format!("postgres://no_such_role@{host}/{name}")),
        wrong("a role that may not log in", &["may not log in", "LOGIN"])
            .set(URL, format!("postgres://no_login_{name}@{host}/{name}")),
        not_ready(
            "a database that isn't there",
            &["database `no_such_database`", "CREATE DATABASE"],
        )
        .set(URL, format!("{place}/no_such_database")),
        wrong("TLS that isn't to be had", &["TLS", "sslmode"])
            .set(URL, format!("{server}?sslmode=require")),
        wrong(
            "an authority of the database that isn't there",
            &["database.url", "/nowhere/ca.pem", "sslrootcert"],
        )
        .set(URL, format!("{server}?sslrootcert=/nowhere/ca.pem")),
        wrong(
            "a network without TLS, which is verified unless told otherwise",
            &["TLS with PostgreSQL at 0.0.0.0", "ssl = on", "sslmode"],
        )
        .set(URL, server.replace("127.0.0.1", "0.0.0.0")),
        warning(
            "a network in clear",
            &["not encrypted", "sslmode=verify-full"],
        )
        .set(
            URL,
            format!("{}?sslmode=prefer", server.replace("127.0.0.1", "0.0.0.0")),
        ),
        not_ready(
            "several hosts, and none there",
            &["No host of database.url", "127.0.0.1:1", "127.0.0.1:2"],
        )
        .set(URL, "postgres://u@127.0.0.1:1,127.0.0.1:2/usher"),
        wrong(
            "a kind of host that is of no use",
            &["database.url", "postgres://"],
        )
        .set(URL, format!("{server}?target_session_attrs=standby")),
        fine("several hosts, and one there", &["FAILED"])
            .set(URL, server.replace("@", "@127.0.0.1:1,")),
        wrong(
            "another database around the pooler",
            &["database.direct_url leads to another database"],
        )
        .set("USHER_DATABASE__DIRECT_URL", format!("{place}/postgres")),
        wrong(
            "fewer connections than loops need",
            &["database.max_connections is 3", "10 at least"],
        )
        .set("USHER_DATABASE__MAX_CONNECTIONS", "3"),
        trouble(
            "more connections than there are",
            &["database.max_connections is 5000"],
        )
        .set("USHER_DATABASE__MAX_CONNECTIONS", "5000"),
    ]
}

#[tokio::test]
async fn a_wrong_way_to_the_database_is_named() {
    let database = testkit::database().await;
    let server = database.as_server().await.url;
    let name = server.rsplit_once('/').unwrap().1;
    database
        .pool
        .execute(format!("CREATE ROLE no_login_{name}").as_str())
        .await
        .unwrap();
    all_are_named(&ways(&server), &server);
}

/// Makes a function of PostgreSQL's answer otherwise in this database.
async fn instead(pool: &PgPool, function: &str) {
    let name: String = sqlx::query_scalar("SELECT current_database()::text")
        .fetch_one(pool)
        .await
        .unwrap();
    for statement in [
        function,
        &format!("ALTER DATABASE {name} SET search_path = public, pg_catalog"),
    ] {
        pool.execute(statement).await.unwrap();
    }
}

pub const OLD: &str = "CREATE FUNCTION public.current_setting(text) RETURNS text LANGUAGE sql AS
    $$ SELECT CASE $1 WHEN 'server_version_num' THEN '130010' ELSE pg_catalog.current_setting($1) END $$";
pub const STANDBY: &str =
    "CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS $$ SELECT TRUE $$";
const CLOCK: &str = "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
    $$ SELECT pg_catalog.clock_timestamp() + interval '10 minutes' $$";

/// A migrated database in which this was done; the URL of the server's role.
async fn with(statement: &str) -> String {
    let database = testkit::database().await;
    let server = database.as_server().await.url;
    let name = server.rsplit_once('/').unwrap().1;
    let statement = statement.replace("{name}", name);
    database.pool.execute(statement.as_str()).await.unwrap();
    server
}

async fn shadowed(function: &str) -> String {
    let database = testkit::database().await;
    let server = database.as_server().await.url;
    instead(&database.pool, function).await;
    server
}

#[tokio::test]
async fn a_database_that_no_server_can_use_is_named() {
    let owner = testkit::database().await.url;
    let cases = [
        wrong("the owner's role", &["database.url is refused", "database.app_role"]).set(URL, owner),
        wrong("a right too many", &["audit_entries", "usher migrate"]).set(URL, with("GRANT DELETE ON audit_entries TO usher_app").await),
        wrong("a right too few", &["lacks rights on operators"]).set(URL, with("REVOKE SELECT ON operators FROM usher_app").await),
        not_ready("nothing was migrated", &["empty", "usher migrate"]).set(URL, testkit::empty_database("").await),
        not_ready("an older schema", &["1 migration waits", "usher migrate"])
            .set(URL, with("DELETE FROM _sqlx_migrations WHERE version = (SELECT max(version) FROM _sqlx_migrations)").await),
        not_ready("a newer schema", &["999999", "newer version"])
            .set(URL, with("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (999999, 'later', true, '', 0)").await),
        not_ready("a migration that failed", &["has failed", "usher migrate"])
            .set(URL, with("UPDATE _sqlx_migrations SET success = false WHERE version = 1").await),
        not_ready("read-only by default", &["read-only", "default_transaction_read_only"])
            .set(URL, with("ALTER DATABASE {name} SET default_transaction_read_only = on").await),
        not_ready("a standby", &["standby", "primary"]).set(URL, shadowed(STANDBY).await),
        not_ready("an old PostgreSQL", &["PostgreSQL is 13", "14 or newer"]).set(URL, shadowed(OLD).await),
        trouble("a clock that is off", &["s ahead of this machine", "NTP"]).set(URL, shadowed(CLOCK).await),
        wrong("another schema", &["search_path"]).set(URL, with("CREATE SCHEMA other; ALTER DATABASE {name} SET search_path = other").await),
        wrong("a database of dev", &["usher dev", "another database"])
            .set(URL, with("CREATE SCHEMA dev; CREATE TABLE dev.made_by_usher_dev (since TIMESTAMPTZ)").await),
        wrong("a clock that can be set forward", &["dev_clock", "another database"])
            .set(URL, with("CREATE SCHEMA dev_clock").await),
    ];
    let fine = testkit::database().await.as_server().await.url;
    all_are_named(&cases, &fine);
}

#[tokio::test]
async fn an_encoding_that_cannot_hold_every_name_is_refused() {
    let fine = testkit::database().await.as_server().await.url;
    let mut cases = Vec::new();
    for (encoding, words) in [
        ("LATIN1", ["encoding is LATIN1", "UTF8"]),
        ("WIN1252", ["encoding is WIN1252", "UTF8"]),
        ("SQL_ASCII", ["encoding is SQL_ASCII", "UTF8"]),
    ] {
        let how = format!("TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
        let url = testkit::empty_database(&how).await;
        cases.push(wrong("an encoding", &words).set(URL, url));
    }
    all_are_named(&cases, &fine);
}
