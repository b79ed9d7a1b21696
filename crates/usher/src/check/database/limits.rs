//! Whether the limits of sessions are in force.

use sqlx::{ConnectOptions as _, Connection as _, postgres::PgConnectOptions};

use super::super::{Findings, Weight};
use crate::database::SessionLimits;

/// `options`: as a server connects. A pooler swallows what is asked for at the start of a session.
///
/// # Errors
/// When the database can't be asked.
pub async fn look(
    options: &PgConnectOptions,
    limits: SessionLimits,
    findings: &mut Findings,
) -> Result<(), sqlx::Error> {
    let mut connection = options.connect().await?;
    let mut missing = Vec::new();
    // The network's are between it and whoever is next to it.
    let wanted = limits.settings().into_iter();
    for (name, value) in wanted.filter(|(name, _)| !name.starts_with("tcp_")) {
        let found: Option<String> =
            sqlx::query_scalar("SELECT setting FROM pg_settings WHERE name = $1")
                .bind(name)
                .fetch_optional(&mut connection)
                .await?;
        if found.as_deref() == Some("0") {
            missing.push(format!(
                "ALTER ROLE \"{}\" SET {name} = {value}",
                options.get_username()
            ));
        }
    }
    connection.close().await?;
    let words = (!missing.is_empty()).then(|| {
        format!(
            "the limits of database.statement_timeout, lock_timeout and idle_in_transaction_timeout don't get through to PostgreSQL (a \
             pooler keeps them back), so that a process that stands still holds up the others: have an administrator run {}",
            missing.join("; ")
        )
    });
    let words = words.into_iter().collect();
    findings.all("sessions have their limits", Weight::Warning, words);
    Ok(())
}
