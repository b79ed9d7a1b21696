//! For tests: a database of one's own on the real PostgreSQL that `make test` starts.

mod holds;
mod keycloak;
#[expect(clippy::expect_used, reason = "a test without its pooler has to stop")]
mod pooler;
#[expect(
    clippy::expect_used,
    reason = "a test without its database has to stop"
)]
mod postgres;
mod rules;
mod smtp;
mod wire;

use std::env;

use sqlx::{Connection as _, Executor as _, PgConnection, PgPool, postgres::PgPoolOptions};

pub use holds::{Hold, Holds};
pub use keycloak::{ADMINISTRATOR, TestKeycloak, keycloak};
pub use pooler::Pooler;
pub use postgres::Postgres;
pub use rules::{RulesCell, rules_table};
pub use smtp::{Mail, PASSWORD, SmtpServer, SmtpTls, USER};
pub use wire::Wire;

/// A fresh, migrated database. It goes with the throw-away PostgreSQL of the test run.
pub struct TestDatabase {
    /// Connections to the database.
    pub pool: PgPool,
    /// Where it is, for programs that connect on their own.
    pub url: String,
}

/// The role of [`TestDatabase::as_server`], as `usher migrate` makes it. All databases of a server share it.
pub const SERVER_ROLE: &str = "usher_app";

impl TestDatabase {
    /// The same database, with the role that a server has.
    ///
    /// # Panics
    /// When the role can't be made, or can't come in.
    #[expect(
        clippy::expect_used,
        reason = "a test without its database has to stop"
    )]
    pub async fn as_server(&self) -> TestDatabase {
        schema::server_role::set_up(&self.pool, SERVER_ROLE, None)
            .await
            .expect("could not set up the server's role");
        let (_, place) = self.url.rsplit_once('@').expect("the URL names a role");
        let url = format!("postgres://{SERVER_ROLE}@{place}");
        TestDatabase {
            pool: connect(&url).await,
            url,
        }
    }
}

#[expect(
    clippy::expect_used,
    reason = "a test without its database has to stop"
)]
async fn connect(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(10)
        .connect(url)
        .await
        .expect("could not connect to the test database")
}

/// What `CREATE DATABASE` takes for one whose language is Turkish, where a small I is another letter.
pub const TURKISH: &str =
    "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'";

/// Makes a database of its own for one test, with every migration applied.
///
/// With `USHER_TEST_ROLE=server` in the environment, the test gets the role that a server has instead of the owner's:
/// whether a crate does with it what it has to do.
///
/// # Panics
/// When `USHER_TEST_DATABASE_URL` (a server on which databases may be created) is missing or does not answer.
pub async fn database() -> TestDatabase {
    database_like("").await
}

/// As [`database`], made with these words behind its name, such as [`TURKISH`].
///
/// # Panics
/// As [`database`].
#[expect(
    clippy::expect_used,
    reason = "a test without its database has to stop"
)]
pub async fn database_like(how: &str) -> TestDatabase {
    let url = empty_database(how).await;
    let pool = connect(&url).await;
    schema::migrate(&pool)
        .await
        .expect("the migrations do not apply to an empty database");
    let database = TestDatabase { pool, url };
    if env::var("USHER_TEST_ROLE").is_ok_and(|role| role == "server") {
        return database.as_server().await;
    }
    database
}

/// Makes a database with these words behind its name and nothing in it; answers its URL.
///
/// # Panics
/// As [`database`].
#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test without its database has to stop"
)]
pub async fn empty_database(how: &str) -> String {
    let Ok(server) = env::var("USHER_TEST_DATABASE_URL") else {
        panic!(
            "USHER_TEST_DATABASE_URL is not set: run `make test`, or `scripts/with-postgres.sh cargo test …`"
        );
    };
    let name = format!("usher_test_{}", uuid::Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("the PostgreSQL of USHER_TEST_DATABASE_URL does not answer");
    admin
        .execute(format!("CREATE DATABASE {name} {how}").as_str())
        .await
        .expect("could not create a test database");
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}
