//! Names as columns, and finding people by whatever is known of them.

use access::Subject;
use customer::{
    list::{CustomerFilter, ProspectFilter},
    primitives::ProspectId,
};
use kernel::{Direction, Error, PageRequest, Sought};
use serde_json::json;
use sqlx::Executor as _;
use uuid::Uuid;

use crate::common::{Log, applicant, green, officer};

const PAGE: PageRequest = PageRequest {
    first: 10,
    after: None,
    before: None,
    direction: Direction::Descending,
};

impl Log {
    async fn named(&self, email: &str, first: &str, last: &str) -> ProspectId {
        let id = self.prospect(email).await;
        let mut told = applicant(id, "pending", None, 1);
        told["info"]["firstName"] = json!(first);
        told["info"]["lastName"] = json!(last);
        self.sumsub.tell(id, told);
        let service = &self.onboarding;
        service.refresh_from_sumsub(&officer(), id).await.unwrap();
        self.drained().await;
        id
    }

    async fn finds(&self, typed: &str) -> Vec<Uuid> {
        let sought = Sought::parse(typed);
        let found = self.onboarding.find_people(&officer(), &sought, 5).await;
        found.unwrap().into_iter().map(|found| found.id).collect()
    }

    /// Name and key of both tables.
    async fn names(&self, id: ProspectId) -> Vec<(Option<String>, Option<String>)> {
        sqlx::query_as(
            "SELECT name, name_key FROM prospects WHERE id = $1
             UNION ALL SELECT name, name_key FROM customers WHERE id = $1",
        )
        .bind(Uuid::from(id))
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_is_found_by_whatever_is_known() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let ada = log.named("ada@bank.example", "Ada", "Lovelace").await;
    let ivan = log.named("ip@bank.example", "Иван", "Петров").await;
    let other = log.prospect("someone@else.example").await;
    service
        .change_telegram_handle(&officer(), other, "countess")
        .await
        .unwrap();
    sqlx::query("INSERT INTO applicants (applicant_id, prospect_id) VALUES ('65f1a2b3c4d5e6f708192a3b', $1)")
        .bind(Uuid::from(other))
        .execute(&log.pool)
        .await
        .unwrap();
    for (typed, found) in [
        ("lovelace", vec![ada]),
        ("LOVELACE, ada", vec![ada]),
        (" love\u{200b}lace\u{a0}", vec![ada]),
        ("петров", vec![ivan]),
        ("ПЕТР иван", vec![ivan]),
        ("bank.example", vec![ivan, ada]),
        ("mailto:ada@bank.example", vec![ada]),
        ("@else", vec![other]),
        ("https://t.me/countess", vec![other]),
        ("100001", vec![ada]),
        ("#100003", vec![other]),
        ("65F1A2B3C4D5E6F708192A3B", vec![other]),
        (&ada.to_string(), vec![ada]),
        ("lovelace%", vec![ada]),
        ("l_velace", vec![]),
        ("%", vec![]),
        ("' OR 1=1 --", vec![]),
        ("ada petrov", vec![]),
        ("nobody", vec![]),
        ("\0", vec![]),
    ] {
        let found: Vec<Uuid> = found.into_iter().map(Uuid::from).collect();
        assert_eq!(log.finds(typed).await, found, "{typed}");
    }
    // The lists find names, too, and show them.
    let filter = ProspectFilter {
        search: Some("Lovelace".to_owned()),
        ..ProspectFilter::default()
    };
    let who = officer();
    let listed = service.list_prospects(&who, &filter, PAGE);
    let listed = listed.await.unwrap().rows;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_deref(), Some("Ada Lovelace"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_called_what_its_prospect_is() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let ada = log.named("ada@bank.example", "Ada", "Byron").await;
    log.store(&green(ada, 9)).await;
    log.drained().await;
    let byron = (Some("Ada Byron".to_owned()), Some(" ada byron".to_owned()));
    assert_eq!(log.names(ada).await, [byron.clone(), byron]);
    let mut told = applicant(ada, "completed", Some("GREEN"), 10);
    told["info"]["firstName"] = json!("Ada");
    told["info"]["lastName"] = json!("Lovelace");
    log.sumsub.tell(ada, told);
    service.refresh_from_sumsub(&officer(), ada).await.unwrap();
    log.drained().await;
    let filter = CustomerFilter {
        search: Some("lovelace".to_owned()),
        ..CustomerFilter::default()
    };
    let who = officer();
    let listed = service.list_customers(&who, &filter, PAGE);
    let listed = listed.await.unwrap().rows;
    assert_eq!(listed[0].name.as_deref(), Some("Ada Lovelace"));
    assert!(log.finds("byron").await.is_empty());
    // A server of an older version erases, and knows no names.
    log.pool
        .execute("UPDATE prospects SET email = NULL; UPDATE customers SET email = NULL")
        .await
        .unwrap();
    assert_eq!(log.names(ada).await, [(None, None), (None, None)]);
}

/// What a migration found, and what it left for the servers.
#[tokio::test(flavor = "multi_thread")]
async fn names_of_before_are_found_too() {
    const MIGRATION: &str = include_str!("../../../../migrations/0145_names.sql");
    let log = Log::open().await;
    let ada = log.named("ada@bank.example", "Jürgen", "Müller").await;
    let unknown = log.prospect("unknown@bank.example").await;
    log.store(&green(ada, 9)).await;
    log.drained().await;
    log.pool
        .execute(
            "DROP FUNCTION name_customer, name_new_customer, forget_name CASCADE;
             ALTER TABLE prospects DROP COLUMN name, DROP COLUMN name_key;
             ALTER TABLE customers DROP COLUMN name, DROP COLUMN name_key;",
        )
        .await
        .unwrap();
    log.pool.execute(MIGRATION).await.unwrap();
    assert_eq!(log.onboarding.make_name_keys().await.unwrap(), 1);
    assert_eq!(log.onboarding.make_name_keys().await.unwrap(), 0);
    let name = Some("Jürgen Müller".to_owned());
    let key = Some(" jurgen muller juergen mueller".to_owned());
    assert_eq!(
        log.names(ada).await,
        [(name.clone(), key.clone()), (name, key)]
    );
    assert_eq!(log.names(unknown).await, [(None, None)]);
    assert_eq!(log.finds("mueller").await, [Uuid::from(ada)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_one_entry_with_whom_it_showed() {
    let log = Log::open().await;
    let ada = log.named("ada@bank.example", "Ada", "Lovelace").await;
    assert_eq!(log.finds("lovelace").await.len(), 1);
    assert!(log.finds("nobody").await.is_empty());
    let entries: Vec<(String, String, Vec<String>)> = sqlx::query_as(
        "SELECT action, object, records FROM audit_entries WHERE action = 'search.find'",
    )
    .fetch_all(&log.pool)
    .await
    .unwrap();
    let expected = ("search.find", "list", vec![format!("prospect:{ada}")]);
    assert_eq!(
        entries,
        [(expected.0.to_owned(), expected.1.to_owned(), expected.2)]
    );
    let nobody = Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: access::Role::EventReader,
    };
    let sought = Sought::parse("lovelace");
    let refused = log.onboarding.find_people(&nobody, &sought, 5).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

/// Each way to somebody is a look into an index.
#[tokio::test(flavor = "multi_thread")]
async fn every_search_reads_its_index() {
    let log = Log::open().await;
    let mut connection = log.pool.acquire().await.unwrap();
    sqlx::raw_sql("SET enable_seqscan = off")
        .execute(&mut *connection)
        .await
        .unwrap();
    for (index, condition) in [
        (
            "prospects_by_name",
            "prospects WHERE name_key LIKE '%love%' AND name_key LIKE '% ad%'",
        ),
        ("prospects_by_name", "prospects WHERE name_key LIKE '% a%'"),
        (
            "customers_by_name",
            "customers WHERE name_key LIKE '%u00438%'",
        ),
        (
            "prospects_by_email",
            "prospects WHERE lower(email COLLATE \"C\") LIKE '%bank%'",
        ),
        (
            "prospects_by_telegram",
            "prospects WHERE telegram_handle LIKE '%ada%'",
        ),
        (
            "prospects_public_id_key",
            "prospects WHERE public_id = '100001'",
        ),
        (
            "applicants_pkey",
            "applicants WHERE applicant_id = '65f1a2b3c4d5e6f708192a3b'",
        ),
        (
            "deposits_by_reference_beginning",
            "deposits WHERE reference IS NOT NULL AND reference_key LIKE 'wire%'",
        ),
        (
            "withdrawals_by_reference_beginning",
            "withdrawals WHERE reference IS NOT NULL AND reference_key LIKE 'wire%'",
        ),
    ] {
        let plan: Vec<String> =
            sqlx::query_scalar(&format!("EXPLAIN SELECT * FROM {condition} LIMIT 100"))
                .fetch_all(&mut *connection)
                .await
                .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(index), "{condition}: {plan}");
    }
}

/// An index over all who have neither is costly in PostgreSQL's eyes: it read whole tables instead.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_name_and_no_handle_stands_in_no_index_of_them() {
    let log = Log::open().await;
    log.pool
        .execute(
            "INSERT INTO prospects (id, created_at, public_id, email, customer_type, stage, kyc_status, created_by)
             SELECT gen_random_uuid(), now(), (2000000 + n)::text, 'p' || n || '@bank.example', 'individual', 'new',
                    'not_started', 'test' FROM generate_series(1, 3000) n;
             INSERT INTO customers (id, created_at, public_id, email, customer_type, level, verification, activity)
             SELECT id, created_at, public_id, email, customer_type, 'basic', 'verified', 'active' FROM prospects;",
        )
        .await
        .unwrap();
    for index in [
        "prospects_by_name",
        "prospects_by_telegram",
        "customers_by_name",
        "customers_by_telegram",
    ] {
        sqlx::query("SELECT gin_clean_pending_list($1::regclass)")
            .bind(index)
            .execute(&log.pool)
            .await
            .unwrap();
        let bytes: i64 = sqlx::query_scalar("SELECT pg_relation_size($1::regclass)")
            .bind(index)
            .fetch_one(&log.pool)
            .await
            .unwrap();
        assert!(bytes <= 16 * 1024, "{index}: {bytes}");
    }
}
