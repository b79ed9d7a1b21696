//! What `usher migrate` says where it can't work.

use sqlx::{Connection as _, Executor as _, PgConnection};

use super::{
    database::{OLD, STANDBY},
    fake_postgres::{pooler, refusing},
};
use crate::common::{output, refuses, usher};

fn migrate(url: &str) -> std::process::Command {
    let mut command = usher(&["migrate"]);
    command.current_dir("/").env("USHER_DATABASE__URL", url);
    command
}

async fn run(url: &str, statement: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    connection.execute(statement).await.unwrap();
}

fn name_of(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

/// Nothing was made there.
async fn is_untouched(url: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn an_encoding_that_cannot_hold_every_name_is_not_migrated() {
    for encoding in ["LATIN1", "WIN1252", "SQL_ASCII"] {
        let how = format!("TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C'");
        let url = testkit::empty_database(&how).await;
        refuses(&mut migrate(&url), 2, &["encoding", encoding, "UTF8"]);
        is_untouched(&url).await;
    }
}

#[tokio::test]
async fn a_language_in_which_an_i_is_two_letters_is_migrated() {
    let url = testkit::empty_database(testkit::TURKISH).await;
    let (code, _, stderr) = output(&mut migrate(&url));
    assert_eq!(code, 0, "{stderr}");
}

/// PostgreSQL's own functions and views answer otherwise there.
#[tokio::test]
async fn what_the_server_lacks_is_said_before_anything_is_made() {
    let no_extension = "CREATE VIEW public.pg_available_extensions AS
        SELECT * FROM pg_catalog.pg_available_extensions WHERE name <> 'pg_trgm'";
    for (instead, code, words) in [
        (OLD, 1, ["PostgreSQL is 13", "14 or newer"]),
        (STANDBY, 1, ["standby", "primary"]),
        (no_extension, 1, ["extension pg_trgm", "contrib"]),
    ] {
        let url = testkit::empty_database("").await;
        run(&url, instead).await;
        let path = format!(
            "ALTER DATABASE {} SET search_path = public, pg_catalog",
            name_of(&url)
        );
        run(&url, &path).await;
        refuses(&mut migrate(&url), code, &words);
        is_untouched(&url).await;
    }
    let url = testkit::empty_database("").await;
    let read_only = format!(
        "ALTER DATABASE {} SET default_transaction_read_only = on",
        name_of(&url)
    );
    run(&url, &read_only).await;
    refuses(&mut migrate(&url), 1, &["read-only"]);
}

#[tokio::test]
async fn a_pooler_is_named() {
    let url = testkit::empty_database("").await;
    refuses(&mut migrate(&pooler(&url)), 2, &["pooler", "session mode"]);
    is_untouched(&url).await;
    let refused = refusing("08P01", "unsupported startup parameter: extra_float_digits");
    let url = format!("postgres://usher@127.0.0.1:{refused}/usher");
    refuses(&mut migrate(&url), 2, &["pooler", "database.url"]);
}

#[tokio::test]
async fn a_role_that_may_not_or_should_not_is_named() {
    let url = testkit::empty_database("").await;
    let (place, name) = url.rsplit_once('/').unwrap();
    let (_, host) = place.rsplit_once('@').unwrap();
    let (weak, strong) = (format!("weak_{name}"), format!("strong_{name}"));
    for role in [&weak, &strong] {
        run(&url, &format!("CREATE ROLE {role} LOGIN")).await;
    }
    let as_role = |role: &str| format!("postgres://{role}@{host}/{name}");
    let (code, _, stderr) = output(&mut migrate(&as_role(&weak)));
    assert_eq!(code, 2, "{stderr}");
    for words in [
        "may not make tables",
        "may not install the extension pg_trgm",
        "OWNER TO",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    is_untouched(&url).await;

    run(&url, &format!("ALTER DATABASE {name} OWNER TO {strong}")).await;
    run(&url, &format!("ALTER ROLE {strong} CREATEROLE")).await;
    let (code, _, stderr) = output(&mut migrate(&as_role(&strong)));
    assert_eq!(code, 0, "{stderr}");

    // Somebody else's tables.
    run(
        &url,
        &format!("GRANT ALL ON SCHEMA public TO {weak}; GRANT CREATE ON DATABASE {name} TO {weak}"),
    )
    .await;
    refuses(
        &mut migrate(&as_role(&weak)),
        2,
        &["tables belong to the role", &strong, "database.url"],
    );
    let mut ours = migrate(&as_role(&strong));
    ours.env("USHER_DATABASE__APP_ROLE", &strong);
    refuses(&mut ours, 2, &["database.app_role", "name another"]);
}

#[tokio::test]
async fn where_there_is_no_database_is_named() {
    let url = testkit::empty_database("").await;
    let place = url.rsplit_once('/').unwrap().0;
    let missing = format!("{place}/no_such_database");
    refuses(
        &mut migrate(&missing),
        1,
        &["database `no_such_database`", "CREATE DATABASE", "UTF8"],
    );
    let refused = refusing("28P01", "password authentication failed");
    let url = format!("postgres://usher:hunter2@127.0.0.1:{refused}/usher");
    let (code, _, stderr) = output(&mut migrate(&url));
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("refuses the password") && !stderr.contains("hunter2"),
        "{stderr}"
    );
}
