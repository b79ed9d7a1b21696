//! For tests: a database of one's own on the real PostgreSQL that `make test` starts.

#[expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test without its database has to stop"
)]
mod databases;
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

use sqlx::PgPool;

pub use databases::{TURKISH, empty_database};
pub use holds::{Hold, Holds};
pub use keycloak::{ADMINISTRATOR, TestKeycloak, keycloak};
pub use pooler::Pooler;
pub use postgres::Postgres;
pub use rules::{RulesCell, rules_table};
pub use smtp::{Mail, PASSWORD, SmtpServer, SmtpTls, USER};
pub use wire::Wire;

/// A fresh, migrated database. It goes when its test is over, at the latest with the throw-away PostgreSQL of the test run.
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
            pool: databases::connect(&url).await,
            url,
        }
    }
}

/// Makes a database of its own for one test, with every migration applied.
///
/// With `USHER_TEST_ROLE=server` in the environment, the test gets the role that a server has instead of the owner's:
/// whether a crate does with it what it has to do.
///
/// # Panics
/// As [`empty_database`].
pub async fn database() -> TestDatabase {
    database_like("").await
}

/// As [`database`], made with these words behind its name, such as [`TURKISH`].
///
/// # Panics
/// As [`empty_database`].
pub async fn database_like(how: &str) -> TestDatabase {
    let url = databases::migrated_database(how).await;
    let pool = databases::connect(&url).await;
    let database = TestDatabase { pool, url };
    if env::var("USHER_TEST_ROLE").is_ok_and(|role| role == "server") {
        return database.as_server().await;
    }
    database
}
