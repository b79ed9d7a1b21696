//! What the PostgreSQL is, and how the database was made.

use std::time::{Duration, SystemTime};

use sqlx::{
    FromRow, PgPool,
    postgres::{PgConnectOptions, PgSslMode},
};

use super::super::{Findings, Weight};
use crate::{
    database::{Reserved, is_here},
    health::clock::{Clocks, Skew},
};

/// What a server keeps beside its pool.
const RESERVED: i64 = Reserved::CONNECTIONS as i64;

/// The oldest that everything works with.
const OLDEST: i32 = 140_000;

/// What it says of itself.
#[derive(FromRow)]
pub struct Server {
    version: i32,
    encoding: String,
    standby: bool,
    read_only: bool,
    schema: Option<String>,
    tls: bool,
    /// How many of our role and for this database at once.
    places: i64,
    others: i64,
    /// Seconds since 1970.
    clock: f64,
}

/// What it says of itself, and how far its clock is from ours.
///
/// # Errors
/// When it can't be asked.
pub async fn ask(pool: &PgPool) -> Result<(Server, Skew), sqlx::Error> {
    let before = SystemTime::now();
    // No checked query: it has to work on what is not as it should be.
    let server: Server = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int AS version,
                current_setting('server_encoding') AS encoding,
                pg_is_in_recovery() AS standby,
                current_setting('default_transaction_read_only') = 'on' AS read_only,
                current_schema()::text AS schema,
                coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), FALSE) AS tls,
                least(current_setting('max_connections')::bigint - current_setting('superuser_reserved_connections')::bigint,
                      (SELECT nullif(rolconnlimit, -1) FROM pg_roles WHERE rolname = current_user),
                      (SELECT nullif(datconnlimit, -1) FROM pg_database WHERE datname = current_database()))::bigint AS places,
                (SELECT count(*) FROM pg_stat_activity
                 WHERE datid IS NOT NULL AND application_name IS DISTINCT FROM 'usher')::bigint AS others,
                extract(epoch FROM clock_timestamp())::float8 AS clock",
    )
    .fetch_one(pool)
    .await?;
    let skew = Skew::between(before, server.clock, SystemTime::now());
    Ok((server, skew))
}

impl Server {
    /// What no migration and no server can work with.
    pub fn look(&self, findings: &mut Findings) {
        let version = (self.version < OLDEST).then(|| {
            format!(
                "PostgreSQL is {}, and Usher needs 14 or newer: upgrade it",
                self.version / 10_000
            )
        });
        findings.all(
            "PostgreSQL is 14 or newer",
            Weight::NotReady,
            version.into_iter().collect(),
        );
        let encoding = (self.encoding != "UTF8").then(|| {
            format!(
                "the database's encoding is {}, which can't hold every name: it must be UTF8; make another with \
                 CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8', and name it in database.url",
                self.encoding
            )
        });
        findings.all(
            "the database's encoding is UTF8",
            Weight::Wrong,
            encoding.into_iter().collect(),
        );
        let mut writable = Vec::new();
        if self.standby {
            writable.push(
                "PostgreSQL is a standby and read-only: let database.url name the primary"
                    .to_owned(),
            );
        } else if self.read_only {
            writable.push(
                "the database is read-only (default_transaction_read_only is on): have an administrator switch it off for role \
                 and database, or name the primary in database.url"
                    .to_owned(),
            );
        }
        findings.all("the database can be written", Weight::NotReady, writable);
        let schema = (self.schema.as_deref() != Some("public")).then(|| {
            format!(
                "tables would be looked for in the schema {}, not in public: have an administrator set search_path back \
                 (ALTER ROLE … RESET search_path; ALTER DATABASE … RESET search_path), and see that the schema public is there",
                self.schema.as_deref().unwrap_or("that isn't there")
            )
        });
        findings.all(
            "the schema is public",
            Weight::Wrong,
            schema.into_iter().collect(),
        );
    }

    /// What a server can live with, but somebody should mend.
    pub fn look_around(
        &self,
        (skew, clock_limit): (Skew, Duration),
        options: &PgConnectOptions,
        connections: u32,
        findings: &mut Findings,
    ) {
        let (weight, words) = match skew.judge(clock_limit) {
            Clocks::Agree => (Weight::Warning, None),
            Clocks::Differ(words) => (Weight::Warning, Some(words)),
            Clocks::Wrong(words) => (Weight::Trouble, Some(words)),
        };
        findings.all("the clocks agree", weight, words.into_iter().collect());
        let words = self.unprotected(options);
        findings.all(
            "the connection to the database is protected",
            Weight::Warning,
            words.into_iter().collect(),
        );
        let (weight, words) = self.room(i64::from(connections));
        findings.all(
            "there is room for our connections",
            weight,
            words.into_iter().collect(),
        );
    }

    fn unprotected(&self, options: &PgConnectOptions) -> Option<String> {
        let mode = options.get_ssl_mode();
        if is_here(options) {
            None
        } else if !self.tls {
            Some(
                "the connection to the database is not encrypted: personal data crosses the network in clear; switch TLS on in \
                 PostgreSQL, and put ?sslmode=verify-full into database.url (with &sslrootcert=FILE for an authority of your own)"
                    .to_owned(),
            )
        } else if matches!(mode, PgSslMode::VerifyFull | PgSslMode::VerifyCa) {
            None
        } else {
            Some(format!(
                "the certificate of the database is not verified (sslmode is {}): whoever gets between reads and changes everything; \
                 put ?sslmode=verify-full into database.url (with &sslrootcert=FILE for an authority of your own)",
                format!("{mode:?}").to_lowercase()
            ))
        }
    }

    /// `pool`: `database.max_connections`. A server keeps some apart beside these.
    fn room(&self, pool: i64) -> (Weight, Option<String>) {
        let places = self.places;
        let wanted = pool + RESERVED;
        let what = format!(
            "database.max_connections is {pool} (and {RESERVED} more are kept for callbacks, single statements, health checks, notifications and the sign of life)"
        );
        if wanted > places {
            return (
                Weight::Trouble,
                Some(format!(
                    "{what}, but PostgreSQL has only {places} for us (its max_connections, and the \
                     limits of role and database): lower the one or raise the other; every server and worker needs its own"
                )),
            );
        }
        let free = (places - self.others).max(0);
        let words = (wanted > free).then(|| {
            format!(
                "{what}, but of {places} connections only {free} are free now: raise PostgreSQL's \
                 max_connections, or lower the one"
            )
        });
        (Weight::Warning, words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Server {
        Server {
            version: 150_000,
            encoding: "UTF8".to_owned(),
            standby: false,
            read_only: false,
            schema: Some("public".to_owned()),
            tls: false,
            places: 97,
            others: 10,
            clock: 0.0,
        }
    }

    #[test]
    fn a_pool_that_does_not_fit_is_said() {
        assert_eq!(server().room(87 - RESERVED).1, None);
        assert_eq!(server().room(88 - RESERVED).0, Weight::Warning);
        assert!(
            server()
                .room(88 - RESERVED)
                .1
                .unwrap()
                .contains("only 87 are free")
        );
        let (weight, words) = server().room(98);
        assert_eq!(weight, Weight::Trouble);
        assert!(words.unwrap().contains("database.max_connections is 98"));
    }

    #[test]
    fn tls_is_missed_only_over_a_network() {
        let options = |url: &str| url.parse::<PgConnectOptions>().unwrap();
        let words = server().unprotected(&options("postgres://u@10.0.0.1/d"));
        assert!(words.unwrap().contains("sslmode=verify-full"));
        for here in [
            "postgres://u@127.0.0.1/d",
            "postgres://u@localhost/d",
            "postgres:///d?host=/run",
        ] {
            assert_eq!(server().unprotected(&options(here)), None, "{here}");
        }
        let safe = Server {
            tls: true,
            ..server()
        };
        let verified = "postgres://u@10.0.0.1/d?sslmode=verify-full";
        assert_eq!(safe.unprotected(&options(verified)), None);
        let words = safe.unprotected(&options("postgres://u@10.0.0.1/d?sslmode=require"));
        assert!(words.unwrap().contains("sslmode is require"));
    }
}
