//! Looks at records, on the real database: each request writes down once whose data it handed out.

use access::{
    Access, AccessError, AuditAction, AuditEntry, AuditFilter, AuditLog, AuditObject, Looks,
    ObjectKind, Permission, Role, Sealer, Subject, verify_audit_log,
};
use sqlx::{Executor as _, PgPool};
use uuid::Uuid;

fn staff(role: Role) -> Subject {
    Subject::Operator {
        id: Uuid::now_v7().into(),
        role,
    }
}

/// The object that the log names so.
fn named(text: &str) -> AuditObject {
    match ObjectKind::read(text).unwrap() {
        (kind, Some(number)) => kind.number(number.parse::<i64>().unwrap()),
        (kind, None) => kind.whole(),
    }
}

async fn look(
    access: &Access,
    subject: &Subject,
    (action, object): (AuditAction, &str),
    at: &[&str],
) {
    let look = access.look(subject, Permission::CustomerRead, action, named(object));
    let found = at.iter().copied().map(named);
    look.await
        .unwrap()
        .at(found.collect::<Vec<_>>())
        .await
        .unwrap();
}

async fn entries(pool: &PgPool, filter: &AuditFilter) -> Vec<AuditEntry> {
    let log = AuditLog::new(pool.clone());
    let admin = staff(Role::Admin);
    let page = log.page(&admin, filter, None, 100).await.unwrap();
    page.rows
}

async fn all(pool: &PgPool) -> Vec<(String, String, Vec<String>)> {
    let entries = entries(pool, &AuditFilter::default()).await;
    let shown = |entry: AuditEntry| (entry.action, entry.object, entry.records);
    entries.into_iter().rev().map(shown).collect()
}

fn entry(action: &str, object: &str, records: &[&str]) -> (String, String, Vec<String>) {
    let records = records.iter().map(|record| (*record).to_owned()).collect();
    (action.to_owned(), object.to_owned(), records)
}

const PROSPECTS: (AuditAction, &str) = (AuditAction::ProspectList, "list");
const CUSTOMERS: (AuditAction, &str) = (AuditAction::CustomerList, "list");

#[tokio::test]
async fn a_request_is_one_entry_with_all_that_it_handed_out() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    let auditor = staff(Role::Auditor);
    let looks = Looks::new();
    looks
        .during(async {
            look(&access, &auditor, PROSPECTS, &["prospect:1", "prospect:2"]).await;
            // The customers that they became are the same people.
            look(&access, &auditor, CUSTOMERS, &["customer:1", "customer:3"]).await;
            look(
                &access,
                &auditor,
                (AuditAction::CallbackRead, "callback:7"),
                &["callback:7"],
            )
            .await;
            look(&access, &auditor, (AuditAction::RaisedList, "list"), &[]).await;
        })
        .await;
    assert_eq!(
        all(&database.pool).await,
        [],
        "not before the answer is there"
    );
    looks.write_down(&access).await.unwrap();
    let one = entry(
        "prospect.list",
        "list",
        &["callback:7", "prospect:1", "prospect:2", "customer:3"],
    );
    assert_eq!(all(&database.pool).await, [one]);
    // What comes later in the same request (a subscription) is written down when it is new.
    looks
        .during(look(
            &access,
            &auditor,
            PROSPECTS,
            &["prospect:2", "prospect:4"],
        ))
        .await;
    looks.write_down(&access).await.unwrap();
    looks
        .during(look(&access, &auditor, PROSPECTS, &["prospect:4"]))
        .await;
    looks.write_down(&access).await.unwrap();
    let log = all(&database.pool).await;
    assert_eq!(log[1..], [entry("prospect.list", "list", &["prospect:4"])]);

    Sealer::seal_all(&database.pool).await.unwrap();
    let report = verify_audit_log(&database.pool).await.unwrap();
    assert_eq!((report.sealed, report.findings), (2, vec![]));
}

#[tokio::test]
async fn without_a_door_a_look_is_written_down_at_once() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    look(&access, &staff(Role::Admin), PROSPECTS, &["prospect:1"]).await;
    look(&access, &staff(Role::Admin), PROSPECTS, &[]).await;
    assert_eq!(
        all(&database.pool).await,
        [entry("prospect.list", "list", &["prospect:1"])]
    );
}

#[tokio::test]
async fn what_an_act_of_the_same_request_names_needs_no_second_entry() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    let admin = staff(Role::Admin);
    let looks = Looks::new();
    looks
        .during(async {
            look(
                &access,
                &admin,
                (AuditAction::ProspectRead, "prospect:1"),
                &["prospect:1"],
            )
            .await;
            let act = access.authorize(
                &admin,
                Permission::CustomerUpdate,
                AuditAction::ProspectClose,
                named("prospect:1"),
            );
            act.await.unwrap();
            look(&access, &admin, CUSTOMERS, &["customer:1"]).await;
        })
        .await;
    looks.write_down(&access).await.unwrap();
    assert_eq!(
        all(&database.pool).await,
        [entry("prospect.close", "prospect:1", &[])]
    );
}

#[tokio::test]
async fn a_refusal_is_written_down_and_hands_out_nothing() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    let customer = Subject::Customer { id: Uuid::nil() };
    let looks = Looks::new();
    let refused = looks.during(async {
        let look = access.look(
            &customer,
            Permission::CustomerRead,
            AuditAction::ProspectList,
            AuditObject::LIST,
        );
        look.await.map(drop)
    });
    assert!(matches!(refused.await, Err(AccessError::Forbidden { .. })));
    looks.write_down(&access).await.unwrap();
    let log = entries(&database.pool, &AuditFilter::default()).await;
    assert_eq!(log.len(), 1);
    assert!(!log[0].authorized);
}

/// A page that brings itself up to date every few seconds would fill the log; who only says so hides nothing.
#[tokio::test]
async fn a_repeated_look_is_written_down_when_it_shows_anything_new() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let access = Access::new(pool.clone());
    let (admin, other) = (staff(Role::Admin), staff(Role::Admin));
    let again = async |subject: &Subject, at: &[&str]| {
        let looks = Looks::repeated();
        looks.during(look(&access, subject, PROSPECTS, at)).await;
        looks.write_down(&access).await.unwrap();
        all(pool).await.len()
    };
    assert_eq!(again(&admin, &["prospect:1", "prospect:2"]).await, 1);
    assert_eq!(again(&admin, &["prospect:2", "prospect:1"]).await, 1);
    assert_eq!(again(&admin, &["prospect:2"]).await, 1);
    assert_eq!(again(&admin, &["prospect:2", "prospect:3"]).await, 2);
    assert_eq!(again(&other, &["prospect:1"]).await, 3);
    pool.execute("UPDATE audit_entries SET recorded_at = recorded_at - interval '61 minutes'")
        .await
        .unwrap();
    assert_eq!(again(&admin, &["prospect:2"]).await, 4);
}

#[tokio::test]
async fn a_look_that_can_not_be_written_down_is_an_error() {
    let database = testkit::database().await;
    let access = Access::new(database.pool.clone());
    let admin = staff(Role::Admin);
    database
        .pool
        .execute("ALTER TABLE audit_entries RENAME TO away")
        .await
        .unwrap();
    let looks = Looks::new();
    looks
        .during(look(&access, &admin, PROSPECTS, &["prospect:1"]))
        .await;
    let written = looks.write_down(&access).await;
    assert!(matches!(written, Err(AccessError::Database(_))));
    let look = access.look(
        &admin,
        Permission::CustomerRead,
        AuditAction::ProspectList,
        AuditObject::LIST,
    );
    let at_once = look.await.unwrap().at([named("prospect:1")]).await;
    assert!(matches!(at_once, Err(AccessError::Database(_))));
}

#[tokio::test]
async fn a_record_is_found_among_others_under_both_of_its_names() {
    let database = testkit::database().await;
    let pool = &database.pool;
    let access = Access::new(pool.clone());
    let admin = staff(Role::Admin);
    let at = ["prospect:1", "prospect:2", "callback:7"];
    look(&access, &admin, PROSPECTS, &at).await;
    look(
        &access,
        &admin,
        (AuditAction::ProspectRead, "prospect:1"),
        &["prospect:1"],
    )
    .await;
    look(&access, &admin, CUSTOMERS, &["customer:3"]).await;
    let found = async |objects: &[&str], action: Option<&str>| {
        let filter = AuditFilter {
            objects: objects.iter().map(|object| (*object).to_owned()).collect(),
            action: action.map(str::to_owned),
            ..AuditFilter::default()
        };
        let found = entries(pool, &filter).await;
        found.iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&["prospect:1"], None).await, [2, 1]);
    assert_eq!(found(&["customer:1"], None).await, [2, 1]);
    assert_eq!(found(&["prospect:1"], Some("prospect.l")).await, [1]);
    assert_eq!(found(&["customer:2", "customer:3"], None).await, [3, 1]);
    assert_eq!(found(&["callback:7"], None).await, [1]);
    assert_eq!(found(&["callback:8"], None).await, [] as [i64; 0]);
}
