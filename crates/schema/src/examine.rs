//! Whether a database role may do what a server's should ([`crate::rights`]), and nothing that would hide it.

use std::fmt;

use sqlx::PgPool;

use crate::rights::{NEVER_DELETED, OF_AN_AUDIT_ENTRY, ONLY_ADDED_TO, ONLY_READ};

/// What is wrong with a role's rights, in one sentence with the mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RightsFinding {
    /// The role isn't there.
    NoSuchRole {
        /// The role's name in PostgreSQL.
        role: String,
    },
    /// The role could change or delete what happened, or delete what there is.
    CouldUndo {
        /// The role's name in PostgreSQL.
        role: String,
        /// A superuser, or one who may act as the tables' owner.
        by_nature: Option<&'static str>,
        /// The tables that it may do it to.
        tables: Vec<String>,
    },
    /// The role lacks what a server needs.
    Lacks {
        /// The role's name in PostgreSQL.
        role: String,
        /// On which tables.
        tables: Vec<String>,
    },
    /// The role may make tables and functions.
    MayCreate {
        /// The role's name in PostgreSQL.
        role: String,
    },
}

impl fmt::Display for RightsFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchRole { role } => write!(
                f,
                "the database role `{role}` is not there: run `usher migrate`, which makes it"
            ),
            Self::CouldUndo {
                role,
                by_nature,
                tables,
            } => {
                let why = by_nature.map_or_else(
                    || format!("it may change or delete rows of {}", some(tables)),
                    str::to_owned,
                );
                write!(
                    f,
                    "the database role `{role}` could change or delete audit entries and events ({why}): give the server the role \
                     that `usher migrate` makes for it (database.app_role), which can't"
                )
            }
            Self::Lacks { role, tables } => write!(
                f,
                "the database role `{role}` lacks rights on {}: run `usher migrate` with database.app_role = \"{role}\"",
                some(tables)
            ),
            Self::MayCreate { role } => write!(
                f,
                "the database role `{role}` may make tables and functions: have the owner of the schema run \
                 REVOKE CREATE ON SCHEMA public FROM PUBLIC, \"{role}\""
            ),
        }
    }
}

/// The first of them, and how many more.
fn some(tables: &[String]) -> String {
    match tables {
        [] => "no table".to_owned(),
        [one] => one.clone(),
        [first, others @ ..] => format!("{first} and {} more", others.len()),
    }
}

/// What is wrong with the rights of a role, as a server's role; nothing when it is as it should be. Tables that aren't
/// there yet don't count.
///
/// # Errors
/// When the database can't be asked.
pub async fn findings(pool: &PgPool, role: &str) -> Result<Vec<RightsFinding>, sqlx::Error> {
    let role = role.to_owned();
    let Some(might) = might(pool, &role).await? else {
        return Ok(vec![RightsFinding::NoSuchRole { role }]);
    };
    let tables = tables(pool, &role).await?;
    let mut findings = Vec::new();

    let undo: Vec<&Table> = tables.iter().filter(|table| table.could_undo()).collect();
    let by_nature = might.words().or_else(|| {
        undo.iter()
            .any(|table| table.owned)
            .then_some("it owns them, or may act as their owner")
    });
    if by_nature.is_some() || !undo.is_empty() {
        findings.push(RightsFinding::CouldUndo {
            role: role.clone(),
            by_nature,
            tables: names(&undo),
        });
        return Ok(findings);
    }
    let lacks: Vec<&Table> = tables
        .iter()
        .filter(|table| !table.partition && table.lacks())
        .collect();
    if !lacks.is_empty() {
        findings.push(RightsFinding::Lacks {
            role: role.clone(),
            tables: names(&lacks),
        });
    }
    let may_create: bool =
        sqlx::query_scalar("SELECT has_schema_privilege($1, 'public', 'CREATE')")
            .bind(&role)
            .fetch_one(pool)
            .await?;
    if may_create {
        findings.push(RightsFinding::MayCreate { role });
    }
    Ok(findings)
}

/// The role that the pool's connections have.
///
/// # Errors
/// When the database can't be asked.
pub async fn current_role(pool: &PgPool) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("SELECT current_user::text")
        .fetch_one(pool)
        .await
}

/// What a role could do to any table, whatever was granted on it.
#[derive(sqlx::FromRow)]
struct Might {
    superuser: bool,
    becomes_superuser: bool,
    owns_the_place: bool,
    makes_roles: bool,
}

impl Might {
    fn words(&self) -> Option<&'static str> {
        if self.superuser {
            Some("it is a superuser")
        } else if self.becomes_superuser {
            Some("it may act as a superuser, or read and write the server's files")
        } else if self.owns_the_place {
            Some("it owns the database or the schema, so it could drop them")
        } else if self.makes_roles {
            Some("it may make roles, so it could give itself the owner's")
        } else {
            None
        }
    }
}

/// `None` when there is no such role. A membership counts even when it isn't inherited: `SET ROLE` is all it takes.
async fn might(pool: &PgPool, role: &str) -> Result<Option<Might>, sqlx::Error> {
    // Not the checked queries: they would need the catalogue's types.
    sqlx::query_as(
        "SELECT r.rolsuper AS superuser,
                EXISTS (SELECT FROM pg_roles o WHERE pg_has_role(r.oid, o.oid, 'MEMBER') AND (o.rolsuper
                  OR o.rolname IN ('pg_execute_server_program', 'pg_write_server_files'))) AS becomes_superuser,
                EXISTS (SELECT FROM pg_roles o WHERE pg_has_role(r.oid, o.oid, 'MEMBER') AND o.rolcreaterole)
                  AS makes_roles,
                EXISTS (SELECT FROM pg_database WHERE datname = current_database()
                          AND pg_has_role(r.oid, datdba, 'MEMBER'))
                  OR EXISTS (SELECT FROM pg_namespace WHERE nspname = 'public'
                          AND pg_has_role(r.oid, nspowner, 'MEMBER')) AS owns_the_place
         FROM pg_roles r WHERE r.rolname = $1",
    )
    .bind(role)
    .fetch_optional(pool)
    .await
}

#[derive(sqlx::FromRow)]
struct Table {
    name: String,
    /// Itself, or the table that it is a partition of.
    whole: String,
    partition: bool,
    owned: bool,
    changes: bool,
    loses: bool,
    reads: bool,
    adds: bool,
    updates: bool,
    deletes: bool,
}

impl Table {
    fn could_undo(&self) -> bool {
        let whole = self.whole.as_str();
        (ONLY_ADDED_TO.contains(&whole) && (self.owned || self.changes))
            || (NEVER_DELETED.contains(&whole) && (self.owned || self.loses))
    }

    fn lacks(&self) -> bool {
        let name = self.name.as_str();
        let only_read = ONLY_READ.contains(&name);
        !self.reads
            || !(self.adds || only_read)
            || !(self.updates || only_read || ONLY_ADDED_TO.contains(&name))
            || !(self.deletes
                || only_read
                || ONLY_ADDED_TO.contains(&name)
                || NEVER_DELETED.contains(&name))
    }
}

fn names(tables: &[&Table]) -> Vec<String> {
    tables.iter().map(|table| table.name.clone()).collect()
}

async fn tables(pool: &PgPool, role: &str) -> Result<Vec<Table>, sqlx::Error> {
    sqlx::query_as(
        "WITH acts_as AS (SELECT oid FROM pg_roles WHERE pg_has_role($1, oid, 'MEMBER'))
         SELECT c.relname::text AS name, coalesce(whole.relname, c.relname)::text AS whole, c.relispartition AS partition,
                pg_has_role($1, c.relowner, 'MEMBER') AS owned,
                EXISTS (SELECT FROM acts_as r WHERE has_any_column_privilege(r.oid, c.oid, 'UPDATE')
                  OR has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')) AS changes,
                EXISTS (SELECT FROM acts_as r WHERE has_table_privilege(r.oid, c.oid, 'DELETE, TRUNCATE, TRIGGER')) AS loses,
                has_table_privilege($1, c.oid, 'SELECT') AS reads,
                CASE WHEN c.relname = 'audit_entries'
                  THEN (SELECT bool_and(has_column_privilege($1, c.oid, a.attnum, 'INSERT')) FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attname = ANY($2))
                  ELSE has_any_column_privilege($1, c.oid, 'INSERT') END AS adds,
                has_table_privilege($1, c.oid, 'UPDATE') AS updates,
                has_table_privilege($1, c.oid, 'DELETE') AS deletes
         FROM pg_class c LEFT JOIN pg_class whole ON whole.oid = pg_partition_root(c.oid)
         WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')
         ORDER BY c.relname",
    )
    .bind(role)
    .bind(OF_AN_AUDIT_ENTRY)
    .fetch_all(pool)
    .await
}
