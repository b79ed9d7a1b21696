//! Why the database doesn't let us in, in words.

use std::{error::Error as _, io::ErrorKind};

use sqlx::{Error, error::DatabaseError, postgres::PgConnectOptions};

use super::super::Weight;
use crate::{database::place, failure::Failure};

/// What is wrong and what mends it. The words name host, role and database, never the password.
#[must_use]
pub fn explain(error: &Error, options: &PgConnectOptions) -> (Weight, String) {
    let place = place(options);
    let words = match error {
        Error::Database(error) => return refused(error.as_ref(), options, &place),
        Error::Io(error) => return unreachable(error, &place),
        Error::Tls(error) => return no_tls(&error.to_string(), &place),
        Error::Protocol(words) => {
            let words = format!(
                "what answers at {place} is no PostgreSQL ({words}): correct host and port in database.url"
            );
            return (Weight::Wrong, words);
        }
        Error::PoolTimedOut => format!(
            "PostgreSQL at {place} does not answer in time: check host and port in database.url, and the firewall between"
        ),
        other => format!("The database at {place} doesn't let us in ({other}): check database.url"),
    };
    (Weight::NotReady, words)
}

fn unreachable(error: &std::io::Error, place: &str) -> (Weight, String) {
    let said = error.to_string();
    let words = match error.kind() {
        ErrorKind::ConnectionRefused => format!(
            "nobody listens at {place}: start PostgreSQL there, or correct host and port in database.url"
        ),
        ErrorKind::NotFound if place.starts_with('/') => format!(
            "there is no socket at {place}: start PostgreSQL, or correct the host in database.url"
        ),
        ErrorKind::TimedOut => format!(
            "PostgreSQL at {place} does not answer in time: check host and port in database.url, and the firewall between"
        ),
        _ if said.contains("lookup address") => {
            format!("the host of {place} is not known ({said}): correct the host in database.url")
        }
        _ => format!("{place} can't be reached ({said}): check host and port in database.url"),
    };
    (Weight::NotReady, words)
}

fn no_tls(said: &str, place: &str) -> (Weight, String) {
    let words = if said.contains("certificate") || said.contains("UnknownIssuer") {
        format!(
            "the certificate of PostgreSQL at {place} is not trusted ({said}): name its authority in database.url, as \
             ?sslmode=verify-full&sslrootcert=FILE, and use the host name that stands in the certificate"
        )
    } else {
        format!(
            "TLS with PostgreSQL at {place} can't be had ({said}): switch it on there (ssl = on), or change sslmode in database.url"
        )
    };
    (Weight::Wrong, words)
}

/// By PostgreSQL's number for it: <https://www.postgresql.org/docs/current/errcodes-appendix.html>.
fn refused(error: &dyn DatabaseError, options: &PgConnectOptions, place: &str) -> (Weight, String) {
    let said = error.message();
    let role = options.get_username();
    let database = options.get_database().unwrap_or(role);
    let code = error.code().unwrap_or_default();
    let wrong = |words| (Weight::Wrong, words);
    let not_ready = |words| (Weight::NotReady, words);
    let pooled = |what| wrong(format!("{} ({said})", pooler(what)));
    match code.as_ref() {
        "28P01" => wrong(format!(
            "PostgreSQL at {place} refuses the password of the role `{role}`: correct it in database.url (special characters \
             are written %40 for @, and so on)"
        )),
        "28000" if said.contains("does not exist") => wrong(format!(
            "the role `{role}` of database.url is not there: correct it, or have `usher migrate` make it (database.app_role)"
        )),
        "28000" if said.contains("log in") => wrong(format!(
            "the role `{role}` of database.url may not log in: have an administrator run ALTER ROLE \"{role}\" LOGIN"
        )),
        "28000" => wrong(format!(
            "PostgreSQL at {place} lets the role `{role}` not in from here ({said}): have an administrator add this host to \
             pg_hba.conf, or correct database.url"
        )),
        "3D000" => not_ready(format!(
            "the database `{database}` of database.url is not there: correct its name, or have an administrator run \
             CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8' OWNER …"
        )),
        "42501" => wrong(format!(
            "the role `{role}` may not connect to the database `{database}`: have its owner run \
             GRANT CONNECT ON DATABASE \"{database}\" TO \"{role}\", or run `usher migrate`"
        )),
        "53300" => not_ready(format!(
            "PostgreSQL at {place} has no room for another connection ({said}): raise its max_connections, or lower \
             database.max_connections"
        )),
        "57P03" => not_ready(format!(
            "PostgreSQL at {place} is starting or stopping ({said}): wait a moment"
        )),
        "26000" | "42P05" => pooled("a connection pooler hands one session to several"),
        code if code == "08P01" || said.to_ascii_lowercase().contains("bouncer") => {
            pooled("a connection pooler answers instead of PostgreSQL")
        }
        code => not_ready(format!(
            "PostgreSQL at {place} doesn't let us in ({said}, {code}): check database.url"
        )),
    }
}

/// The mend for what a pooler does.
#[must_use]
pub fn pooler(what: &str) -> String {
    format!(
        "{what}: Usher needs sessions of its own (LISTEN, advisory locks, prepared statements); let database.url name PostgreSQL \
         itself, or a pool in session mode, or let database.direct_url name PostgreSQL itself beside it"
    )
}

/// Why a migration could not be applied. `version` is its number, when it was one.
#[must_use]
pub fn not_migrated(error: &Error, version: Option<i64>) -> Failure {
    let during = version.map_or_else(String::new, |version| format!(" (in migration {version})"));
    let Error::Database(refusal) = error else {
        return Failure::other(format!(
            "The database was lost while it was brought up to date{during} ({}): run `usher migrate` again.",
            root(error)
        ));
    };
    let said = refusal.message();
    let code = refusal.code().unwrap_or_default();
    let words = match code.as_ref() {
        _ if said.contains("extension") => "install PostgreSQL's contrib package (pg_trgm) there, or have an administrator run CREATE EXTENSION pg_trgm".to_owned(),
        "42501" => "run it with the role that owns the database and its tables, in database.url".to_owned(),
        "25006" => "let database.url name the primary, where one can write".to_owned(),
        "26000" | "42P05" | "08P01" => pooler("a connection pooler is between"),
        "22P05" | "22021" => "the database's encoding must be UTF8: make another with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'".to_owned(),
        "55P03" | "40P01" | "57014" => "something else holds the tables: stop the servers and what else uses the database, then run it again".to_owned(),
        "53100" | "53200" => "PostgreSQL's machine is out of disk or memory: give it more, then run it again".to_owned(),
        "23505" => "two records there have become the same: tell them apart, then run it again".to_owned(),
        _ => "nothing of this migration was kept; mend what PostgreSQL names, then run it again".to_owned(),
    };
    Failure::other(format!(
        "The database could not be brought up to date{during}, PostgreSQL says: {said} ({code}): {words}."
    ))
}

/// The innermost cause, for an error that isn't sorted here.
#[must_use]
pub fn root(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = inner.to_string();
        cause = inner.source();
    }
    words
}
