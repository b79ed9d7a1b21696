//! What people and Sumsub spell in several ways is one.

use access::Subject;
use customer::{
    ProspectInput,
    list::{CustomerFilter, ProspectFilter},
    primitives::ProspectId,
};
use kernel::{Direction, Error, PageRequest};
use serde_json::{Value, json};

use crate::common::{Log, admin, applicant, green, officer};

impl Log {
    async fn create(&self, email: &str, telegram: &str) -> Result<ProspectId, Error> {
        let input = ProspectInput {
            email: email.to_owned(),
            telegram_handle: telegram.to_owned(),
            customer_type: "individual".to_owned(),
        };
        let made = self
            .onboarding
            .create_prospect(&officer(), ProspectId::new(), &input)
            .await?;
        Ok(made.id)
    }

    async fn handle(&self, id: ProspectId) -> Option<String> {
        let found = self.onboarding.prospect(&officer(), id).await.unwrap();
        found.telegram_handle()
    }

    /// Who is found, by e-mail, among prospects and among customers.
    async fn found(&self, typed: &str) -> (Vec<String>, Vec<String>) {
        let page = PageRequest {
            first: 10,
            after: None,
            before: None,
            direction: Direction::Ascending,
        };
        let prospects = ProspectFilter {
            search: Some(typed.to_owned()),
            ..ProspectFilter::default()
        };
        let customers = CustomerFilter {
            search: Some(typed.to_owned()),
            ..CustomerFilter::default()
        };
        let (service, who) = (&self.onboarding, officer());
        let prospects = service.list_prospects(&who, &prospects, page).await;
        let customers = service.list_customers(&who, &customers, page).await;
        (
            prospects
                .unwrap()
                .rows
                .into_iter()
                .filter_map(|row| row.email)
                .collect(),
            customers
                .unwrap()
                .rows
                .into_iter()
                .filter_map(|row| row.email)
                .collect(),
        )
    }

    /// Sumsub tells who it is.
    async fn refreshed_as(&self, id: ProspectId, info: Value) {
        let mut told = applicant(id, "completed", Some("GREEN"), 1);
        told["info"] = info;
        self.sumsub.tell(id, told);
        self.onboarding
            .refresh_from_sumsub(&officer(), id)
            .await
            .unwrap();
        self.drained().await;
    }

    /// The pairs that are raised, each way.
    async fn pairs(&self) -> Vec<(ProspectId, ProspectId)> {
        let raised = self.onboarding.raised(&officer()).await.unwrap().items;
        let pair = |item: customer::raised::RaisedItem| {
            Some((item.about?.id.into(), item.other?.id.into()))
        };
        let mut pairs: Vec<_> = raised.into_iter().filter_map(pair).collect();
        pairs.sort_unstable();
        pairs
    }
}

/// One row for the pair, at the record with the greater id.
fn one_row(one: ProspectId, other: ProspectId) -> Vec<(ProspectId, ProspectId)> {
    vec![(one.max(other), one.min(other))]
}

fn taken<T: std::fmt::Debug>(done: Result<T, Error>) -> String {
    match done {
        Err(Error::Invalid(fields)) => fields[0]
            .taken_by
            .clone()
            .map_or_else(String::new, |by| by.public_id),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telegram_id_is_one_in_every_form_that_people_have() {
    let log = Log::open().await;
    let (service, who) = (&log.onboarding, officer());
    let first = log
        .create("ada@example.com", "https://t.me/Ada_Lovelace")
        .await
        .unwrap();
    assert_eq!(log.handle(first).await.as_deref(), Some("ada_lovelace"));
    let forms = [
        "@ada_lovelace",
        "t.me/ADA_lovelace",
        "tg://resolve?domain=ada_lovelace",
        "\u{200b}ada_lovelace\u{a0}",
    ];
    for form in forms {
        let again = log.create("bob@example.com", form).await;
        assert_ne!(taken(again), "", "{form}");
    }
    let second = log
        .create("bob@example.com", "tg://user?id=123456789")
        .await
        .unwrap();
    assert_eq!(log.handle(second).await.as_deref(), Some("123456789"));
    let other_form = service
        .change_telegram_handle(&who, first, "123456789 ")
        .await;
    assert_ne!(taken(other_form), "");
    service
        .change_telegram_handle(&who, first, "HTTP://www.telegram.me/countess/")
        .await
        .unwrap();
    assert_eq!(log.handle(first).await.as_deref(), Some("countess"));
    let nonsense = service
        .change_telegram_handle(&who, first, "https://example.com/ada")
        .await;
    let Err(Error::Invalid(fields)) = nonsense else {
        panic!("{nonsense:?}");
    };
    for accepted in ["@name", "t.me/name", "numeric ID"] {
        assert!(
            fields[0].message.contains(accepted),
            "{}",
            fields[0].message
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_one_however_it_was_copied() {
    let log = Log::open().await;
    let id = log
        .create("mailto:ada@ex\u{200b}ample.com.\u{a0}", "")
        .await
        .unwrap();
    let email = log.onboarding.prospect(&officer(), id).await.unwrap();
    assert_eq!(email.email().as_deref(), Some("ada@example.com"));
    for form in [
        "<ADA@example.com>",
        "ada＠example.com",
        "\u{feff}ada@example.com",
    ] {
        assert_ne!(taken(log.create(form, "").await), "", "{form}");
    }
    log.create("ada@bücher.example", "").await.unwrap();
    let again = log.create("ada@XN--BCHER-KVA.example", "").await;
    assert_ne!(taken(again), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_takes_what_people_paste() {
    let log = Log::open().await;
    let id = log
        .create("ada@example.com", "@ada_lovelace")
        .await
        .unwrap();
    log.create("bob@example.com", "123456789").await.unwrap();
    log.store(&green(id, 1)).await;
    log.drained().await;
    let ada = vec!["ada@example.com".to_owned()];
    let number = log.onboarding.prospect(&officer(), id).await.unwrap();
    for typed in [
        "ada@example.com",
        "\u{200b}ADA@exam\u{ad}ple.com",
        "mailto:ada@example.com",
        "<ada@example.com>",
        "@Ada_Lovelace",
        "https://t.me/ada_lovelace",
        "lovelace",
        &format!("\u{feff}{}\u{a0}", number.public_id),
    ] {
        assert_eq!(
            log.found(typed).await,
            (ada.clone(), ada.clone()),
            "{typed:?}"
        );
    }
    let bob = (vec!["bob@example.com".to_owned()], Vec::new());
    for typed in ["123456789", "tg://user?id=123456789"] {
        assert_eq!(log.found(typed).await, bob, "{typed}");
    }
    assert_eq!(log.found("adaxlovelace").await.0, Vec::<String>::new());
    for form in ["ADA@example.com", " <ada@example.com>\u{200b}"] {
        let found = log.onboarding.customer_by_email(&officer(), form).await;
        assert_eq!(found.unwrap().id, id.into(), "{form}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_is_raised_whatever_the_spelling_once_for_each_pair() {
    let log = Log::open().await;
    let person = |first: &str, last: &str, born: &str, country: &str| json!({"firstName": first, "lastName": last, "dob": born, "country": country});
    let one = log.prospect("one@example.com").await;
    let other = log.prospect("other@example.com").await;
    let third = log.prospect("third@example.com").await;
    log.refreshed_as(one, person("José", "O’Brien", "1990-02-01", "DEU"))
        .await;
    log.refreshed_as(other, person("JOSE\u{301}", "O'BRIEN", "1990-02-01", "DE"))
        .await;
    log.refreshed_as(third, person("Joseph", "O'Brien", "1990-02-01", "DE"))
        .await;
    assert_eq!(log.pairs().await, one_row(one, other));
    log.refreshed_as(other, person("O Brien", "Jose", "1990-2-1", "Germany"))
        .await;
    assert_eq!(log.pairs().await, one_row(one, other), "it is one fact");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_company_is_raised_whatever_the_spelling() {
    let log = Log::open().await;
    let company = |number: &str, country: &str| json!({"companyInfo": {"companyName": "Engines", "registrationNumber": number, "country": country}});
    let one = log.prospect("one@example.com").await;
    let other = log.prospect("other@example.com").await;
    let third = log.prospect("third@example.com").await;
    log.refreshed_as(one, company("HRB 001234", "DEU")).await;
    log.refreshed_as(other, company("hrb1.234", "DE")).await;
    log.refreshed_as(third, company("HRB 1234", "AUT")).await;
    assert_eq!(log.pairs().await, one_row(one, other));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_an_older_version_are_made_anew_and_their_twins_raised() {
    let log = Log::open().await;
    let one = log.prospect("one@example.com").await;
    let other = log.prospect("other@example.com").await;
    let told = |last: &str| json!({"firstName": "Ada", "lastName": last, "dob": "1815-12-10", "country": "GBR"});
    log.refreshed_as(one, told("Müller")).await;
    log.refreshed_as(other, told("Someone")).await;
    let key = |id: ProspectId| log_key(&log, id);
    let made = key(one).await;
    // As an older version would have left them: told apart by their spelling.
    log.refreshed_as(other, told("Mueller")).await;
    sqlx::query("UPDATE prospects SET identity_key = encode(sha256(id::text::bytea), 'hex')")
        .execute(&log.pool)
        .await
        .unwrap();
    sqlx::query("DELETE FROM raised")
        .execute(&log.pool)
        .await
        .unwrap();
    let service = &log.onboarding;
    assert_eq!(service.renew_identity_keys().await.unwrap(), 2);
    assert_eq!(key(one).await, made);
    assert_eq!(log.pairs().await, one_row(one, other));
    assert_eq!(service.renew_identity_keys().await.unwrap(), 0);
}

async fn log_key(log: &Log, id: ProspectId) -> Option<String> {
    sqlx::query_scalar("SELECT identity_key FROM prospects WHERE id = $1")
        .bind(uuid::Uuid::from(id))
        .fetch_one(&log.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn handles_of_an_older_version_are_brought_into_the_form() {
    let log = Log::open().await;
    let id = log.create("ada@example.com", "ada_lovelace").await.unwrap();
    log.store(&green(id, 1)).await;
    log.drained().await;
    for statement in [
        "UPDATE prospects SET telegram_handle = 'Ada_Lovelace'",
        "UPDATE customers SET telegram_handle = 'Ada_Lovelace'",
        "UPDATE prospects_forgettable_payloads SET payload = replace(payload::text, 'ada_lovelace', 'Ada_Lovelace')::jsonb",
        "UPDATE customers_forgettable_payloads SET payload = replace(payload::text, 'ada_lovelace', 'Ada_Lovelace')::jsonb",
    ] {
        sqlx::query(statement).execute(&log.pool).await.unwrap();
    }
    assert_eq!(log.handle(id).await.as_deref(), Some("Ada_Lovelace"));
    let migration = include_str!("../../../../migrations/0088_spelling.sql");
    let updates = migration.split("-- Searches").next().unwrap();
    sqlx::raw_sql(updates).execute(&log.pool).await.unwrap();
    assert_eq!(log.handle(id).await.as_deref(), Some("ada_lovelace"));
    let who: Subject = admin();
    let customer = log.onboarding.customer(&who, id.into()).await.unwrap();
    assert_eq!(customer.telegram_handle().as_deref(), Some("ada_lovelace"));
    for table in ["prospects", "customers"] {
        let kept = format!("{table} WHERE telegram_handle = 'ada_lovelace'");
        assert_eq!(log.count(&kept).await, 1, "{table}");
    }
    assert_eq!(log.found("@Ada_Lovelace").await.0.len(), 1);
}
