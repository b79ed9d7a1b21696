//! The two database roles, on the real database.

use schema::{
    examine::{self, RightsFinding},
    rights::{NEVER_DELETED, ONLY_ADDED_TO, ONLY_READ},
    server_role::{self, RoleError, RoleSetUp},
};
use sqlx::{Executor as _, PgPool};

const ROLE: &str = "usher_app";

async fn refused(pool: &PgPool, statement: &str) {
    let code = match pool.execute(statement).await {
        Err(sqlx::Error::Database(error)) => error.code().unwrap().into_owned(),
        other => panic!("{statement}: {other:?}"),
    };
    assert_eq!(code, "42501", "{statement}");
}

async fn names(pool: &PgPool, condition: &str) -> Vec<String> {
    sqlx::query_scalar(&format!(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND {condition} ORDER BY 1"
    ))
    .fetch_all(pool)
    .await
    .unwrap()
}

#[tokio::test]
async fn the_server_can_not_undo_what_happened() {
    let database = testkit::database().await;
    let server = database.as_server().await.pool;
    assert_eq!(examine::current_role(&server).await.unwrap(), ROLE);
    for table in ONLY_ADDED_TO {
        let column: String = sqlx::query_scalar(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attgenerated = '' ORDER BY attnum DESC LIMIT 1",
        )
        .bind(table)
        .fetch_one(&database.pool)
        .await
        .unwrap();
        server
            .execute(format!("SELECT * FROM {table} LIMIT 1").as_str())
            .await
            .unwrap();
        refused(&server, &format!("UPDATE {table} SET {column} = {column}")).await;
        refused(&server, &format!("DELETE FROM {table}")).await;
        refused(&server, &format!("TRUNCATE {table} CASCADE")).await;
    }
    let partitions = names(&database.pool, "relispartition").await;
    assert!(partitions.len() >= 4, "{partitions:?}");
    for partition in partitions {
        refused(&server, &format!("DELETE FROM {partition}")).await;
    }
}

#[tokio::test]
async fn the_server_can_neither_forge_an_entry_nor_change_the_schema() {
    let database = testkit::database().await;
    let server = database.as_server().await.pool;
    server
        .execute("INSERT INTO audit_entries (subject, action, object, authorized) VALUES ('s', 'a', 'o', TRUE)")
        .await
        .unwrap();
    for statement in [
        "INSERT INTO audit_entries (id, subject, action, object, authorized) OVERRIDING SYSTEM VALUE VALUES (7, 's', 'a', 'o', TRUE)",
        "INSERT INTO audit_entries (recorded_at, subject, action, object, authorized) VALUES (now(), 's', 'a', 'o', TRUE)",
        "SELECT setval('audit_entries_id_seq', 1000)",
        "SELECT nextval('audit_entries_id_seq')",
        "SELECT setval('audit_seals_made', 1)",
        "SELECT setval('public_id_seq', 1)",
        "CREATE TABLE mine (id INT)",
        "CREATE FUNCTION mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "ALTER TABLE operators ADD COLUMN more TEXT",
        "CREATE TRIGGER t BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "DROP TABLE audit_seals",
        "UPDATE _sqlx_migrations SET success = TRUE",
        "CREATE ROLE other",
        "CREATE SCHEMA other",
        "SET session_replication_role = replica",
        "SET ROLE usher",
    ] {
        refused(&server, statement).await;
    }
}

#[tokio::test]
async fn the_server_can_do_all_else() {
    let database = testkit::database().await;
    let server = database.as_server().await.pool;
    for table in names(&database.pool, "NOT relispartition").await {
        if ONLY_ADDED_TO.contains(&table.as_str()) || ONLY_READ.contains(&table.as_str()) {
            continue;
        }
        let delete = format!("DELETE FROM {table} WHERE FALSE");
        if NEVER_DELETED.contains(&table.as_str()) {
            refused(&server, &delete).await;
            refused(&server, &format!("TRUNCATE {table} CASCADE")).await;
        } else {
            server.execute(delete.as_str()).await.unwrap();
        }
    }
    let weeks = async || {
        names(
            &database.pool,
            "relispartition AND relname LIKE 'outbox\\_events\\_2%'",
        )
        .await
    };
    let all = weeks().await;
    assert_eq!(all.len(), 5, "this week and four more: {all:?}");
    let drop_last = format!("DROP TABLE {}, {}", all[3], all[4]);
    database.pool.execute(drop_last.as_str()).await.unwrap();
    let both = tokio::join!(
        server.fetch_one("SELECT extend_outbox_partitions()"),
        server.fetch_one("SELECT extend_outbox_partitions()"),
    );
    assert!(both.0.is_ok() && both.1.is_ok());
    assert_eq!(weeks().await, all);
    let of_ledger = r"relispartition AND relname LIKE 'cala\_persistent%'";
    assert_eq!(
        names(&database.pool, of_ledger).await,
        [
            "cala_persistent_outbox_events_default",
            "cala_persistent_outbox_events_p0"
        ],
        "the ledger's outbox keeps nothing, and needs none ahead"
    );
}

/// Who adds a table of events decides whether a server may change it.
#[tokio::test]
async fn every_table_of_events_is_sorted() {
    let database = testkit::database().await;
    let changed = [
        "cala_ephemeral_outbox_events",
        "cala_inbox_events",
        "ephemeral_outbox_events",
        "inbox_events",
        "job_events",
    ];
    let condition = r"NOT relispartition AND (relname LIKE '%\_events' OR relname LIKE '%\_history' OR relname LIKE 'audit\_%')";
    let unsorted: Vec<String> = names(&database.pool, condition)
        .await
        .into_iter()
        .filter(|name| !ONLY_ADDED_TO.contains(&name.as_str()) && !changed.contains(&name.as_str()))
        .collect();
    assert!(
        unsorted.is_empty(),
        "put them into ONLY_ADDED_TO, or here: {unsorted:?}"
    );
    let known = names(&database.pool, "TRUE").await;
    assert!(
        ONLY_ADDED_TO
            .iter()
            .chain(NEVER_DELETED)
            .all(|name| known.iter().any(|known| known == name))
    );
}

#[tokio::test]
async fn rights_that_are_too_many_or_too_few_are_found() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let owner = examine::current_role(pool).await.unwrap();
    let found = async |role: &str| examine::findings(pool, role).await.unwrap();
    assert!(matches!(
        found(&owner).await[..],
        [RightsFinding::CouldUndo {
            by_nature: Some("it is a superuser"),
            ..
        }]
    ));
    let missing = "usher_nobody_has_this";
    assert_eq!(
        found(missing).await,
        [RightsFinding::NoSuchRole {
            role: missing.to_owned()
        }]
    );

    // A role of this test's own: its rights in this database change nothing for its neighbours.
    let role = database.url.rsplit_once('/').unwrap().1.to_owned();
    let set_up = async || server_role::set_up(pool, &role, None).await.unwrap();
    assert_eq!(set_up().await, RoleSetUp::Made);
    assert_eq!(found(&role).await, []);
    let cases = [
        (
            "GRANT UPDATE (authorized) ON audit_entries",
            "audit_entries",
        ),
        ("GRANT DELETE ON customer_events", "customer_events"),
        ("GRANT TRUNCATE ON cala_entries", "cala_entries"),
        ("GRANT ALL ON audit_seals", "audit_seals"),
        ("GRANT DELETE ON callbacks", "callbacks"),
        ("GRANT TRUNCATE ON raised", "raised"),
    ];
    for (statement, table) in cases {
        pool.execute(format!("{statement} TO {role}").as_str())
            .await
            .unwrap();
        assert_eq!(
            found(&role).await,
            [RightsFinding::CouldUndo {
                role: role.clone(),
                by_nature: None,
                tables: vec![table.to_owned()]
            }]
        );
        assert_eq!(set_up().await, RoleSetUp::Known);
        assert_eq!(found(&role).await, [], "mended by the next migration");
    }
    for statement in [
        format!("REVOKE DELETE ON taken FROM {role}"),
        format!("REVOKE UPDATE ON callbacks FROM {role}"),
        format!("REVOKE INSERT (records) ON audit_entries FROM {role}"),
        format!("REVOKE INSERT (subject, action, object, authorized) ON audit_entries FROM {role}"),
    ] {
        pool.execute(statement.as_str()).await.unwrap();
        assert!(
            matches!(&found(&role).await[..], [RightsFinding::Lacks { tables, .. }] if tables.len() == 1)
        );
        set_up().await;
    }
    pool.execute(format!("GRANT CREATE ON SCHEMA public TO {role}").as_str())
        .await
        .unwrap();
    assert_eq!(
        found(&role).await,
        [RightsFinding::MayCreate { role: role.clone() }]
    );
    set_up().await;
    assert_eq!(found(&role).await, []);

    pool.execute(format!("ALTER TABLE prospect_events OWNER TO {role}").as_str())
        .await
        .unwrap();
    assert!(matches!(
        found(&role).await[..],
        [RightsFinding::CouldUndo {
            by_nature: Some("it owns them, or may act as their owner"),
            ..
        }]
    ));
    pool.execute(
        format!("REASSIGN OWNED BY {role} TO {owner}; DROP OWNED BY {role}; DROP ROLE {role}")
            .as_str(),
    )
    .await
    .unwrap();
}

/// Ways around the grants on the tables themselves; each one was tried, and worked.
#[tokio::test]
async fn a_detour_to_more_rights_is_found() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let name = database.url.rsplit_once('/').unwrap().1;
    let (role, other) = (format!("{name}_a"), format!("{name}_b"));
    server_role::set_up(pool, &role, None).await.unwrap();
    pool.execute(format!("ALTER ROLE {role} NOINHERIT; CREATE ROLE {other}").as_str())
        .await
        .unwrap();
    assert_eq!(examine::findings(pool, &role).await.unwrap(), []);
    let files = "it may act as a superuser, or read and write the server's files";
    let place = "it owns the database or the schema, so it could drop them";
    let makes = "it may make roles, so it could give itself the owner's";
    let detours = [
        (
            format!("ALTER ROLE {other} SUPERUSER; GRANT {other} TO {role}"),
            format!("REVOKE {other} FROM {role}; ALTER ROLE {other} NOSUPERUSER"),
            Some(files),
        ),
        (
            format!("GRANT pg_execute_server_program TO {role}"),
            format!("REVOKE pg_execute_server_program FROM {role}"),
            Some(files),
        ),
        (
            format!("GRANT UPDATE ON audit_entries TO {other}; GRANT {other} TO {role}"),
            format!("REVOKE {other} FROM {role}; REVOKE ALL ON audit_entries FROM {other}"),
            None,
        ),
        (
            format!("GRANT DELETE ON outbox_events_default TO {role}"),
            format!("REVOKE DELETE ON outbox_events_default FROM {role}"),
            None,
        ),
        (
            format!("ALTER DATABASE {name} OWNER TO {role}"),
            format!("ALTER DATABASE {name} OWNER TO CURRENT_USER"),
            Some(place),
        ),
        (
            format!("ALTER ROLE {role} CREATEROLE"),
            format!("ALTER ROLE {role} NOCREATEROLE"),
            Some(makes),
        ),
    ];
    for (detour, back, nature) in detours {
        pool.execute(detour.as_str()).await.unwrap();
        let found = examine::findings(pool, &role).await.unwrap();
        assert!(
            matches!(&found[..], [RightsFinding::CouldUndo { by_nature, .. }] if *by_nature == nature),
            "{detour}: {found:?}"
        );
        pool.execute(back.as_str()).await.unwrap();
        assert_eq!(examine::findings(pool, &role).await.unwrap(), [], "{back}");
    }
    pool.execute(format!("DROP OWNED BY {role}, {other}; DROP ROLE {role}, {other}").as_str())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_role_that_is_not_fit_is_refused_in_words() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let owner = examine::current_role(pool).await.unwrap();
    assert!(matches!(
        server_role::set_up(pool, &owner, None).await,
        Err(RoleError::IsOurs(_))
    ));
    assert!(matches!(
        server_role::set_up(pool, "pg_monitor_or_so", Some("grün")).await,
        Err(RoleError::Password)
    ));
    // Who may not make roles is told who can.
    let server = database.as_server().await.pool;
    let refused = server_role::set_up(&server, "usher_nobody_has_this", None).await;
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .contains("CREATE ROLE \"usher_nobody_has_this\" LOGIN")
    );
    let refused = server_role::set_up(&server, &owner, None).await;
    assert!(matches!(refused, Err(RoleError::TooMighty(_))));
}
