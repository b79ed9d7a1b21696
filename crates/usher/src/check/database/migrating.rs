//! What `usher migrate` needs, beside a database that any server could use.

use sqlx::{PgPool, postgres::PgConnectOptions};

use super::{
    super::{Findings, Weight},
    pooler, server,
};

/// Looks before anything is changed.
///
/// # Errors
/// When the database can't be asked.
pub async fn look(
    pool: &PgPool,
    options: &PgConnectOptions,
    app_role: &str,
) -> Result<Findings, sqlx::Error> {
    let mut findings = Findings::default();
    // First: through a pooler nothing else can be relied on.
    if !pooler::look(options, &mut findings).await? {
        return Ok(findings);
    }
    let (server, _) = server::ask(pool).await?;
    server.look(&mut findings);
    extension(pool, &mut findings).await?;
    rights(pool, app_role, &mut findings).await?;
    Ok(findings)
}

/// What the search by a part of an e-mail address needs.
async fn extension(pool: &PgPool, findings: &mut Findings) -> Result<(), sqlx::Error> {
    let (available, installed, visible, may_create, trusted): (bool, bool, bool, bool, bool) = sqlx::query_as(
        "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm'),
                EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm'),
                EXISTS (SELECT FROM pg_opclass WHERE opcname = 'gin_trgm_ops' AND pg_opclass_is_visible(oid)),
                has_database_privilege(current_database(), 'CREATE'),
                EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted)
                  OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)",
    )
    .fetch_one(pool)
    .await?;
    let words = if installed {
        (!visible).then_some(
            "the extension pg_trgm is in a schema that is not looked into: have an administrator run \
             ALTER EXTENSION pg_trgm SET SCHEMA public",
        )
    } else if !available {
        Some(
            "PostgreSQL lacks the extension pg_trgm: install its contrib package (Debian: postgresql-contrib) on its machine",
        )
    } else if !(trusted && may_create) {
        Some(
            "this role may not install the extension pg_trgm: have an administrator run CREATE EXTENSION pg_trgm in the database, \
             then run `usher migrate` again",
        )
    } else {
        None
    };
    findings.all(
        "the extension pg_trgm can be had",
        Weight::NotReady,
        words.map(str::to_owned).into_iter().collect(),
    );
    Ok(())
}

/// The role has to be the owner of what is there, and may make what isn't; and not the one that servers have.
async fn rights(pool: &PgPool, app_role: &str, findings: &mut Findings) -> Result<(), sqlx::Error> {
    let (role, may_make, owner): (String, bool, Option<String>) = sqlx::query_as(
        "SELECT current_user::text,
                coalesce(has_schema_privilege(to_regnamespace('public')::oid, 'CREATE'), FALSE),
                (SELECT pg_get_userbyid(relowner)::text FROM pg_class
                 WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p') AND NOT pg_has_role(relowner, 'USAGE')
                 LIMIT 1)",
    )
    .fetch_one(pool)
    .await?;
    let mut wrong = Vec::new();
    if role == app_role {
        wrong.push(format!(
            "database.app_role names `{role}`, the role that migrates: name another, which the server is to use, and the owner's \
             role in database.url"
        ));
    } else if let Some(owner) = owner {
        wrong.push(format!(
            "the tables belong to the role `{owner}`, not to `{role}`: run `usher migrate` with that role in database.url"
        ));
    } else if !may_make {
        wrong.push(format!(
            "the role `{role}` may not make tables in the schema public: name the database's owner in database.url, or have an \
             administrator run ALTER DATABASE … OWNER TO \"{role}\" (before PostgreSQL 15 also GRANT CREATE ON SCHEMA public TO \"{role}\")"
        ));
    }
    findings.all("the role may migrate", Weight::Wrong, wrong);
    Ok(())
}
