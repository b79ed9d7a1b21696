//! Databases of tests on the PostgreSQL of the run: made as copies of one that is migrated once, and dropped when their test is over.
//!
//! A whole run makes a thousand of them, 12 MB each: more than a small machine's disk holds at a time.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::Path,
};

use sqlx::{
    Connection as _, Executor as _, PgConnection, PgPool, Row as _, postgres::PgPoolOptions,
};

/// What `CREATE DATABASE` takes for one whose language is Turkish, where a small I is another letter.
pub const TURKISH: &str =
    "TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'tr'";

/// What the names of all of them begin with.
const PREFIX: &str = "usher_test_";

/// Who holds this advisory lock (of the database `postgres`) makes the template or tidies up; the number means nothing.
const MIGRATES: i64 = 7_361_002;
const TIDIES: i64 = 7_361_003;

/// Makes a database with these words behind its name and nothing in it; answers its URL. It goes when the thread of its test is
/// gone and nobody is connected to it.
///
/// # Panics
/// When `USHER_TEST_DATABASE_URL` (a server on which databases may be created) is missing or does not answer.
pub async fn empty_database(how: &str) -> String {
    let mut admin = administrator().await;
    tidy(&mut admin).await;
    create(&mut admin, &new_name(), how).await
}

/// Makes a database with every migration applied; answers its URL.
pub(crate) async fn migrated_database(how: &str) -> String {
    if !how.is_empty() {
        let url = empty_database(how).await;
        migrate(&url).await;
        return url;
    }
    let mut admin = administrator().await;
    tidy(&mut admin).await;
    let template = template(&mut admin).await;
    create(&mut admin, &new_name(), &format!("TEMPLATE {template}")).await
}

/// Up to ten connections to this database.
pub(crate) async fn connect(url: &str) -> PgPool {
    PgPoolOptions::new()
        .max_connections(10)
        .connect(url)
        .await
        .expect("could not connect to the test database")
}

fn server() -> String {
    env::var("USHER_TEST_DATABASE_URL").expect(
        "USHER_TEST_DATABASE_URL is not set: run `make test`, or `scripts/with-postgres.sh cargo test …`",
    )
}

async fn administrator() -> PgConnection {
    PgConnection::connect(&server())
        .await
        .expect("the PostgreSQL of USHER_TEST_DATABASE_URL does not answer")
}

async fn create(admin: &mut PgConnection, name: &str, how: &str) -> String {
    admin
        .execute(format!("CREATE DATABASE {name} {how}").as_str())
        .await
        .expect("could not create a test database");
    let server = server();
    let (base, _) = server.rsplit_once('/').expect("the URL names a database");
    format!("{base}/{name}")
}

async fn migrate(url: &str) {
    let pool = connect(url).await;
    schema::migrate(&pool)
        .await
        .expect("the migrations do not apply to an empty database");
    // Nobody may be connected to what is copied.
    pool.close().await;
}

/// The name of the database that all others are copies of: of these migrations, made by whoever comes first.
async fn template(admin: &mut PgConnection) -> String {
    let mut these = DefaultHasher::new();
    for migration in schema::MIGRATOR.iter() {
        migration.checksum.hash(&mut these);
    }
    let name = format!("usher_template_{:016x}", these.finish());
    if exists(admin, &name).await {
        return name;
    }
    advisory(admin, "lock", MIGRATES).await;
    if !exists(admin, &name).await {
        let making = format!("{name}_making");
        let drop = format!("DROP DATABASE IF EXISTS {making} WITH (FORCE)");
        admin
            .execute(drop.as_str())
            .await
            .expect("could not drop half a template");
        migrate(&create(admin, &making, "").await).await;
        let rename = format!("ALTER DATABASE {making} RENAME TO {name}");
        admin
            .execute(rename.as_str())
            .await
            .expect("could not name the template");
    }
    advisory(admin, "unlock", MIGRATES).await;
    name
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(admin)
        .await
        .expect("could not look for the template")
}

/// `what` PostgreSQL is to do with an advisory lock: `lock`, waiting for the others, or `unlock`.
async fn advisory(admin: &mut PgConnection, what: &str, number: i64) {
    let statement = format!("SELECT pg_advisory_{what}({number})");
    admin
        .execute(statement.as_str())
        .await
        .expect("could not take turns with the others");
}

/// A name that says whose it is: the process and the thread, as Linux numbers them. The test harness has a thread for each test.
fn new_name() -> String {
    let thread = fs::read_link("/proc/thread-self").expect("/proc says which thread this is");
    let numbers: Vec<_> = thread.iter().map(|part| part.to_string_lossy()).collect();
    let [process, _, thread] = &numbers[..] else {
        panic!("/proc/thread-self is {numbers:?}");
    };
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{PREFIX}{process}_{thread}_{}", &random[..16])
}

/// Whether the thread that made the database of this name is gone.
fn is_over(name: &str) -> bool {
    let mut numbers = name.trim_start_matches(PREFIX).split('_');
    let (Some(process), Some(thread)) = (numbers.next(), numbers.next()) else {
        return false;
    };
    !Path::new(&format!("/proc/{process}/task/{thread}")).exists()
}

/// Drops the databases of tests that are over, but for those that somebody is still connected to.
async fn tidy(admin: &mut PgConnection) {
    let alone: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(TIDIES)
        .fetch_one(&mut *admin)
        .await
        .expect("could not ask who tidies up");
    if !alone {
        return;
    }
    let unused = admin
        .fetch_all(
            "SELECT datname::text FROM pg_database AS d WHERE starts_with(datname, 'usher_test_')
             AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datid = d.oid)",
        )
        .await
        .expect("could not list the test databases");
    for name in unused
        .iter()
        .map(|row| row.get::<String, _>(0))
        .filter(|name| is_over(name))
    {
        let drop = format!("DROP DATABASE IF EXISTS {name}");
        if let Err(error) = admin.execute(drop.as_str()).await {
            eprintln!("{name} stays: {error}");
        }
    }
    advisory(admin, "unlock", TIDIES).await;
}
