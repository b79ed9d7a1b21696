//! Which of the database's errors pass by themselves: the one place that says so.

use std::error::Error;

/// SQLSTATE classes that say nothing about what was asked (PostgreSQL's manual, appendix A): connection (08), transaction state, a
/// read-only standby among them (25), roll-back: serialization and deadlock (40), resources (53), limits of the moment, such as a lock
/// that wasn't got (55), operator intervention, such as a shut-down or a time-out (57), system errors (58).
const TRANSIENT: [&str; 7] = ["08", "25", "40", "53", "55", "57", "58"];

/// What is kept for our own bookkeeping. A number that a crash took back, and that was given out again, is no double of anything in the
/// domain: the next try gets another.
const BOOKKEEPING: [&str; 2] = ["outbox_events", "outbox_deliveries"];

/// Whether the same may succeed later with nothing changed. Nothing was done, or it was done and the answer was lost.
#[must_use]
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| is_transient_code(&code))
                || error.is_unique_violation() && error.table().is_some_and(is_bookkeeping)
        }
        _ => false,
    }
}

/// Whether this SQLSTATE passes by itself.
#[must_use]
pub fn is_transient_code(code: &str) -> bool {
    code.get(..2)
        .is_some_and(|class| TRANSIENT.contains(&class))
}

/// Whether the database takes no changes now: it is a standby, or read-only for a while (`read_only_sql_transaction`).
#[must_use]
pub fn is_read_only(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some("25006"))
}

/// Whether a statement waited too long for what another transaction holds: `lock_not_available`, which `lock_timeout` raises, and
/// `query_canceled`, which `statement_timeout` raises when it is the shorter one.
#[must_use]
pub fn is_blocked(error: &sqlx::Error) -> bool {
    let refusal = error.as_database_error();
    let code = refusal.and_then(|refusal| refusal.code());
    matches!(code.as_deref(), Some("55P03" | "57014"))
}

/// What the database said, wherever it stands among the causes.
pub fn database_errors<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a sqlx::Error> {
    std::iter::successors(Some(error), |error| (*error).source())
        .filter_map(|error| error.downcast_ref())
}

/// [`is_transient`] of whatever the database said among the causes.
#[must_use]
pub fn has_transient_cause(error: &(dyn Error + 'static)) -> bool {
    database_errors(error).any(is_transient)
}

/// Whether there is one with this id already: somebody made another record under it at the same moment.
#[must_use]
pub fn is_made_already(error: &(dyn Error + 'static)) -> bool {
    database_errors(error).any(|error| match error {
        sqlx::Error::Database(error) => error.is_unique_violation(),
        _ => false,
    })
}

/// Partitions carry the table's name, and the ledger's tables a prefix.
fn is_bookkeeping(table: &str) -> bool {
    BOOKKEEPING.iter().any(|known| table.contains(known))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn each_class_that_passes_and_each_that_does_not() {
        for code in [
            "08000", "08006", "08P01", "25006", "25P02", "25P03", "40001", "40P01", "53100",
            "53200", "53300", "55006", "55P03", "57014", "57P01", "57P02", "57P03", "57P05",
            "58000", "58030",
        ] {
            assert!(is_transient_code(code), "{code}");
        }
        for code in [
            "22001", "22P02", "23502", "23503", "23505", "28P01", "3D000", "42501", "42P01",
            "P0001", "XX000", "", "5",
        ] {
            assert!(!is_transient_code(code), "{code}");
        }
    }

    #[test]
    fn a_connection_that_breaks_passes() {
        let io = || io::Error::from(io::ErrorKind::ConnectionReset);
        for error in [
            sqlx::Error::Io(io()),
            sqlx::Error::Tls(Box::new(io())),
            sqlx::Error::Protocol("half a message".to_owned()),
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
            sqlx::Error::BeginFailed,
        ] {
            assert!(is_transient(&error), "{error:?}");
        }
        for error in [
            sqlx::Error::RowNotFound,
            sqlx::Error::Decode("no text".into()),
        ] {
            assert!(!is_transient(&error), "{error:?}");
        }
    }

    #[tokio::test]
    async fn what_the_database_itself_answers_is_judged_by_its_state_and_table() {
        let database = testkit::database().await;
        let raised = async |statement: &str| {
            sqlx::raw_sql(statement)
                .execute(&database.pool)
                .await
                .unwrap_err()
        };
        for code in [
            "08006", "25006", "40001", "53300", "55P03", "57P01", "58030",
        ] {
            let error = raised(&format!("DO $$ BEGIN RAISE SQLSTATE '{code}'; END $$")).await;
            assert!(is_transient(&error), "{error}");
            assert!(has_transient_cause(&error));
        }
        sqlx::raw_sql("CREATE TABLE some_outbox_events_p0 (n INT PRIMARY KEY); CREATE TABLE own (n INT PRIMARY KEY)")
            .execute(&database.pool)
            .await
            .unwrap();
        for (table, passes) in [("some_outbox_events_p0", true), ("own", false)] {
            let error = raised(&format!("INSERT INTO {table} VALUES (1), (1)")).await;
            assert_eq!(is_transient(&error), passes, "{error}");
        }
    }
}
