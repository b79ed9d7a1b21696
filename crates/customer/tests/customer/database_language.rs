//! The language of the database changes no e-mail address.

use customer::list::{CustomerFilter, ProspectFilter};
use kernel::{Direction, PageRequest};

use crate::common::{Log, green, officer};

fn page() -> PageRequest {
    PageRequest {
        first: 10,
        after: None,
        before: None,
        direction: Direction::Descending,
    }
}

#[tokio::test]
async fn in_turkish_an_i_is_found_in_either_case() {
    let log = Log::open_on(testkit::database_like(testkit::TURKISH).await.pool).await;
    let id = log.prospect("IRIS.ILIC@EXAMPLE.COM").await;
    log.store(&green(id, 1)).await;
    log.drained().await;
    for typed in ["iris.ilic@example.com", "IRIS.ILIC@EXAMPLE.COM"] {
        let found = log.onboarding.customer_by_email(&officer(), typed).await;
        assert_eq!(
            uuid::Uuid::from(found.unwrap().id),
            uuid::Uuid::from(id),
            "{typed}"
        );
    }
    let subject = officer();
    for typed in ["ilic@", "ILIC@"] {
        let search = Some(typed.to_owned());
        let filter = ProspectFilter {
            search: search.clone(),
            ..ProspectFilter::default()
        };
        let prospects = log.onboarding.list_prospects(&subject, &filter, page());
        assert_eq!(prospects.await.unwrap().rows.len(), 1, "{typed}");
        let filter = CustomerFilter {
            search,
            ..CustomerFilter::default()
        };
        let customers = log.onboarding.list_customers(&subject, &filter, page());
        assert_eq!(customers.await.unwrap().rows.len(), 1, "{typed}");
    }
}

/// The search stays a look into an index, and a small I is found by it.
#[tokio::test]
async fn the_search_by_email_reads_its_index() {
    let log = Log::open_on(testkit::database_like(testkit::TURKISH).await.pool).await;
    let mut connection = log.pool.acquire().await.unwrap();
    sqlx::raw_sql("SET enable_seqscan = off")
        .execute(&mut *connection)
        .await
        .unwrap();
    for table in ["prospects", "customers"] {
        let plan: Vec<String> = sqlx::query_scalar(&format!(
            "EXPLAIN SELECT id FROM {table} WHERE lower(email COLLATE \"C\") LIKE '%ilic@%'"
        ))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains(&format!("{table}_by_email")), "{plan}");
    }
}
