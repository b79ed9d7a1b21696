//! Makes the server's database role and gives it its rights: all that a server does, but it can't change or delete what
//! happened ([`ONLY_ADDED_TO`]), can't delete what was received and what there is ([`NEVER_DELETED`]), and can't change the schema.

use sqlx::{PgConnection, PgPool};

use crate::{
    rights::{NEVER_DELETED, OF_AN_AUDIT_ENTRY, ONLY_ADDED_TO, ONLY_READ},
    scram,
};

/// Two `usher migrate` at once: one after the other.
const LOCK: i64 = 0x7573_6865_7272_6f6c;

/// Why the role could not be set up; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RoleError {
    /// The role's name is the one that migrates.
    #[error(
        "database.app_role names `{0}`, the role that migrates: name another, which the server is to use"
    )]
    IsOurs(String),
    /// The role could do anything.
    #[error(
        "the database role `{0}` is a superuser or may act as the owner: name another in database.app_role, which the server is to use"
    )]
    TooMighty(String),
    /// There is no such role, and ours may not make one.
    #[error(
        "the database role `{0}` is not there, and this one may not make it: have an administrator run \
         CREATE ROLE \"{0}\" LOGIN PASSWORD '…', then run `usher migrate` again"
    )]
    MayNotMake(String),
    /// The password of another role may not be set with ours.
    #[error(
        "the password of the database role `{0}` can't be set with this one: leave out database.app_password, and have an administrator set it"
    )]
    MayNotSetPassword(String),
    /// A password of other characters.
    #[error("database.app_password holds other characters than printable ASCII: use only these")]
    Password,
    /// The database did not answer, or refused.
    #[error(
        "the rights of the server's role can't be set ({0}): the role of `usher migrate` must own the database"
    )]
    Database(#[from] sqlx::Error),
}

/// Whether the role was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleSetUp {
    /// It was there.
    Known,
    /// It has just been made. Without a password it can't come in, unless the server needs none.
    Made,
}

/// Makes the role if it isn't there, sets its password if one is given, and gives it exactly its rights. To be repeated
/// after each migration. Needs the owner's database role.
///
/// # Errors
/// When the role can't be made or isn't fit, or the database refuses.
pub async fn set_up(
    pool: &PgPool,
    role: &str,
    password: Option<&str>,
) -> Result<RoleSetUp, RoleError> {
    let verifier = match password {
        Some(password) => Some(scram::verifier(password).ok_or(RoleError::Password)?),
        None => None,
    };
    let mut connection = pool.acquire().await?;
    let set_up = make(&mut connection, role).await?;
    if let Some(verifier) = verifier {
        let statement = format!("ALTER ROLE {} PASSWORD '{verifier}'", quoted(role));
        let set = sqlx::query(&statement).execute(&mut *connection).await;
        set.map_err(|error| match error {
            error if is_refusal(&error) => RoleError::MayNotSetPassword(role.to_owned()),
            error => error.into(),
        })?;
    }
    drop(connection);
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *tx)
        .await?;
    grant(&mut tx, role).await?;
    tx.commit().await?;
    Ok(set_up)
}

async fn make(connection: &mut PgConnection, role: &str) -> Result<RoleSetUp, RoleError> {
    let ours: String = sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(&mut *connection)
        .await?;
    if ours == role {
        return Err(RoleError::IsOurs(ours));
    }
    let mighty: Option<bool> = sqlx::query_scalar(
        "SELECT rolsuper OR pg_has_role(rolname, current_user, 'MEMBER') FROM pg_roles WHERE rolname = $1",
    )
    .bind(role)
    .fetch_optional(&mut *connection)
    .await?;
    match mighty {
        Some(true) => return Err(RoleError::TooMighty(role.to_owned())),
        Some(false) => return Ok(RoleSetUp::Known),
        None => {}
    }
    let statement = format!(
        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
        quoted(role)
    );
    match sqlx::query(&statement).execute(connection).await {
        Ok(_) => Ok(RoleSetUp::Made),
        // Roles are shared by all databases of a server: another migration has just made it.
        Err(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some("42710" | "23505")) =>
        {
            Ok(RoleSetUp::Known)
        }
        Err(error) if is_refusal(&error) => Err(RoleError::MayNotMake(role.to_owned())),
        Err(error) => Err(error.into()),
    }
}

/// Takes everything away, then gives what is due; nobody sees the moment between.
async fn grant(connection: &mut PgConnection, role: &str) -> Result<(), sqlx::Error> {
    let to = quoted(role);
    let mut statements = vec![
        format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {to}"),
        format!("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {to}"),
    ];
    // Only what isn't so already: who owns the database need not own its schema.
    let (connects, uses, creates): (bool, bool, bool) = sqlx::query_as(
        "SELECT has_database_privilege($1, current_database(), 'CONNECT'),
                has_schema_privilege($1, 'public', 'USAGE'), has_schema_privilege($1, 'public', 'CREATE')",
    )
    .bind(role)
    .fetch_one(&mut *connection)
    .await?;
    if !connects {
        let database: String = sqlx::query_scalar("SELECT current_database()::text")
            .fetch_one(&mut *connection)
            .await?;
        statements.push(format!(
            "GRANT CONNECT ON DATABASE {} TO {to}",
            quoted(&database)
        ));
    }
    if !uses {
        statements.push(format!("GRANT USAGE ON SCHEMA public TO {to}"));
    }
    if creates {
        // PostgreSQL 14 lets everybody.
        statements.push(format!("REVOKE CREATE ON SCHEMA public FROM PUBLIC, {to}"));
    }
    let audit_entries = format!("SELECT, INSERT ({})", OF_AN_AUDIT_ENTRY.join(", "));
    for name in names(connection, "'r', 'p'").await? {
        let table = quoted(&name);
        let rights = match name.as_str() {
            "audit_entries" => audit_entries.as_str(),
            name if ONLY_ADDED_TO.contains(&name) => "SELECT, INSERT",
            name if ONLY_READ.contains(&name) => "SELECT",
            name if NEVER_DELETED.contains(&name) => "SELECT, INSERT, UPDATE",
            _ => "SELECT, INSERT, UPDATE, DELETE",
        };
        statements.push(format!("GRANT {rights} ON public.{table} TO {to}"));
    }
    for name in names(connection, "'S'").await? {
        statements.push(format!(
            "GRANT USAGE, SELECT ON SEQUENCE public.{} TO {to}",
            quoted(&name)
        ));
    }
    // How far it is, and no more.
    statements.push(format!(
        "GRANT SELECT ON SEQUENCE public.audit_entries_id_seq TO {to}"
    ));
    statements.push(format!(
        "GRANT EXECUTE ON FUNCTION public.count_audit_seals(), public.extend_outbox_partitions(), public.drop_old_outbox_events(INTERVAL),
           public.renew_outbox_era() TO {to}"
    ));
    for statement in statements {
        sqlx::query(&statement).execute(&mut *connection).await?;
    }
    Ok(())
}

/// The relations of these kinds. Not the partitions: who may use the whole need not touch a part.
async fn names(connection: &mut PgConnection, kinds: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(&format!(
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = to_regnamespace('public') AND relkind IN ({kinds}) AND NOT relispartition
           AND relname <> 'audit_entries_id_seq'
         ORDER BY relname"
    ))
    .fetch_all(connection)
    .await
}

/// As a name in SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Whether the database answered that our role may not.
fn is_refusal(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().as_deref() == Some("42501"))
}
