//! Erasure: the history stands, and nothing in the database tells who it was.

use crate::common::{Log, admin, applicant, callback, green, officer, red};
use customer::{history, primitives::ProspectId};
use kernel::Error;
use serde_json::json;

/// Everything in the database that contains one of `values`, as table and column.
async fn found(log: &Log, values: &[&str]) -> Vec<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name), quote_ident(column_name)
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
         WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'",
    )
    .fetch_all(&log.pool)
    .await
    .unwrap();
    assert!(columns.len() > 100, "the search looks at everything");
    let mut found = Vec::new();
    for (table, column) in columns {
        for value in values {
            let query = format!(
                "SELECT EXISTS (SELECT 1 FROM {table} WHERE {column}::text ILIKE '%' || $1 || '%')"
            );
            let here: bool = sqlx::query_scalar(&query)
                .bind(value)
                .fetch_one(&log.pool)
                .await
                .unwrap();
            if here {
                found.push(format!("{table}.{column}: {value}"));
            }
        }
    }
    found
}

async fn closed_for_years(log: &Log, id: ProspectId, table: &str) {
    sqlx::query(&format!(
        "UPDATE {table} SET recorded_at = recorded_at - interval '5 years 1 day' WHERE id = $1 AND event_type = 'closed'"
    ))
    .bind(uuid::Uuid::from(id))
    .execute(&log.pool)
    .await
    .unwrap();
}

const SECRETS: [&str; 9] = [
    "ada@example.com",
    "countess@example.com",
    "ada_lovelace",
    "Augusta",
    "1815-12-10",
    "St James",
    "found out",
    "Please try again.",
    "she asked for it",
];

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_customers_data_is_gone_and_the_history_stands() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, admin());
    let id = log.prospect("ada@example.com").await;
    let other = log.prospect("bob@example.com").await;
    service
        .change_telegram_handle(&who, id, "ada_lovelace")
        .await
        .unwrap();
    service.generate_link(&who, id).await.unwrap();
    log.store(&red(id, 1, "RETRY")).await;
    log.drained().await;
    let mut told = applicant(id, "completed", Some("GREEN"), 5);
    told["info"]["firstName"] = json!("Augusta");
    log.sumsub.tell(id, told);
    service.refresh_from_sumsub(&who, id).await.unwrap();
    log.drained().await;
    service
        .change_email(&who, id, "countess@example.com")
        .await
        .unwrap();
    // A conflicting twin keeps its own body.
    let mut twin = red(id, 1, "RETRY");
    twin["clientComment"] = json!("ada@example.com");
    log.store(&twin).await;
    let note = "Augusta lives at St James and asks for Mr King";
    let added = service.add_note(&who, id, uuid::Uuid::now_v7(), note).await;
    added.unwrap();
    let item = service.raised(&who).await.unwrap().items[0].id;
    service
        .resolve(&who, item, "she asked for it")
        .await
        .unwrap();
    assert!(found(&log, &SECRETS).await.len() > 8);

    let refused = |done: Result<(), Error>| match done {
        Err(Error::Refused(words)) => words.into_owned(),
        other => panic!("{other:?}"),
    };
    let words = refused(service.erase_personal_data(&who, id).await);
    assert!(words.contains("closed"), "{words}");
    service
        .close_customer(&who, id.into(), "she asked for it")
        .await
        .unwrap();
    let words = refused(service.erase_personal_data(&who, id).await);
    assert!(words.contains("retention.years = 5"), "{words}");
    closed_for_years(&log, id, "customer_events").await;
    assert!(matches!(
        service.erase_personal_data(&officer(), id).await,
        Err(Error::Forbidden(_))
    ));
    let lines =
        history::customer_history(&service.own_record(id.into()).await.unwrap().unwrap(), None)
            .len();
    service.erase_personal_data(&who, id).await.unwrap();
    service.erase_personal_data(&who, id).await.unwrap();

    assert_eq!(found(&log, &SECRETS).await, Vec::<String>::new());
    let customer = service.own_record(id.into()).await.unwrap().unwrap();
    assert!(customer.is_erased());
    assert_eq!(customer.email(), None);
    assert_eq!(history::customer_history(&customer, None).len(), lines + 1);

    // What comes afterwards is not kept either; the same as before is known.
    let mut late = red(id, 30, "FINAL");
    late["reviewResult"]["clientComment"] = json!("found out again");
    log.store(&late).await;
    log.store(&red(id, 1, "RETRY")).await;
    log.drained().await;
    assert_eq!(found(&log, &["found out"]).await, Vec::<String>::new());
    assert_eq!(
        found(&log, &["bob@example.com"]).await.len(),
        3,
        "{other}: others are left alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_prospects_data_is_gone_and_it_stays_closed() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, admin());
    let id = log.prospect("ada@example.com").await;
    log.store(&callback(id, "applicantPending", 1)).await;
    log.drained().await;
    service
        .close_prospect(&who, id, "she asked for it")
        .await
        .unwrap();
    log.store(&green(id, 2)).await;
    log.drained().await;
    closed_for_years(&log, id, "prospect_events").await;
    service.erase_personal_data(&who, id).await.unwrap();
    assert_eq!(found(&log, &SECRETS).await, Vec::<String>::new());
    assert!(matches!(
        service.reopen_prospect(&who, id, "why").await,
        Err(Error::Refused(_))
    ));
    log.prospect("ada@example.com").await;
}
