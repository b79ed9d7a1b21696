//! Whose data an operation hands out is in the audit log: one entry for each operation, whatever it asks for.

use std::collections::BTreeSet;

use access::{Role, Subject};
use deposit::NewMovement;
use futures::StreamExt as _;
use graphql::Caller;
use serde_json::{Value, json};
use sqlx::Executor as _;
use uuid::Uuid;

use super::app::{App, error, request};

/// What the log says since entry `after`: action, object, records.
async fn log(app: &App, after: i64) -> Vec<(String, String, BTreeSet<String>)> {
    let rows: Vec<(String, String, Vec<String>)> = sqlx::query_as(
        "SELECT action, object, records FROM audit_entries WHERE id > $1 AND authorized ORDER BY id",
    )
    .bind(after)
    .fetch_all(&app.pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|(action, object, records)| (action, object, records.into_iter().collect()))
        .collect()
}

async fn newest(app: &App) -> i64 {
    sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM audit_entries")
        .fetch_one(&app.pool)
        .await
        .unwrap()
}

fn people(kind: &str, ids: &[Uuid]) -> BTreeSet<String> {
    ids.iter().map(|id| format!("{kind}:{id}")).collect()
}

/// Two customers with money, callbacks and something raised.
async fn bank(app: &App, admin: &Caller) -> Vec<Uuid> {
    let ids = app.customers(admin, 2).await;
    let deposits = &app.services.deposits;
    for id in &ids {
        let new = NewMovement::of_cents((*id).into(), 500, "").unwrap();
        let (deposit, withdrawal) = (Uuid::now_v7(), Uuid::now_v7());
        deposits
            .record_deposit(&admin.subject, deposit.into(), &new)
            .await
            .unwrap();
        deposits
            .initiate_withdrawal(&admin.subject, withdrawal.into(), &new)
            .await
            .unwrap();
    }
    sqlx::query("INSERT INTO raised (cause, prospect_id, other_id) VALUES ('look', $1, $2)")
        .bind(ids[0])
        .bind(ids[1])
        .execute(&app.pool)
        .await
        .unwrap();
    ids
}

/// Whichever of a person's two records was named.
fn persons(records: &BTreeSet<String>) -> BTreeSet<String> {
    records
        .iter()
        .map(|record| record.replace("prospect:", "customer:"))
        .collect()
}

#[tokio::test]
async fn every_list_is_one_entry_that_says_how_many_and_which() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let ids = bank(&app, &admin).await;
    let auditor = app.operator(Role::Auditor).await;
    let all = people("prospect", &ids);
    let customers = people("customer", &ids);
    let callbacks: BTreeSet<String> = ["callback:1", "callback:2"].map(str::to_owned).into();
    let account = app.account(&admin, ids[0]).await;
    let deep = "prospectId email personalInfo { firstName } rejection { clientComment }
        eventHistory(first: 100) { nodes { payload description } } callbacks(first: 10) { nodes { applicantId reason } }
        raised { cause } customer { email eventHistory(first: 10) { nodes { description } } provisioningSteps { lastError }
        depositAccount { balance { settled } deposits { reference } withdrawals { reference } }
        creditFacilityProposals(first: 5) { nodes { facilityAmount } } }";
    let cases = [
        (
            "{ prospects(first: 50) { nodes { email } } }".to_owned(),
            "prospect.list",
            all.clone(),
        ),
        (
            format!("{{ prospects(first: 50) {{ nodes {{ {deep} }} }} }}"),
            "prospect.list",
            {
                let mut all = all.clone();
                all.insert("raised:1".to_owned());
                all
            },
        ),
        (
            "{ prospects(first: 50, filter: {search: \"c0@\"}) { edges { node { email } } } }"
                .to_owned(),
            "prospect.list",
            people("prospect", &ids[..1]),
        ),
        (
            "{ customers(first: 50) { nodes { email prospect { email } } } }".to_owned(),
            "customer.list",
            customers.clone(),
        ),
        (
            "{ callbacks(first: 50) { nodes { reason applicantId } } }".to_owned(),
            "callback.list",
            callbacks.clone(),
        ),
        (
            "{ callbacks(first: 50) { nodes { prospect { email } } } }".to_owned(),
            "callback.list",
            &callbacks | &all,
        ),
        (
            "{ raisedItems { nodes { cause } } }".to_owned(),
            "raised.list",
            {
                let mut all = all.clone();
                all.insert("raised:1".to_owned());
                all
            },
        ),
        (
            format!(
                "{{ deposits(depositAccountId: {account}, first: 5) {{ nodes {{ reference }} }} }}"
            ),
            "deposit.list",
            people("customer", &ids[..1]),
        ),
        (
            format!(
                "{{ a: prospect(id: \"{0}\") {{ email }} b: customer(id: \"{0}\") {{ email }} c: customer(id: \"{1}\") {{ email }} }}",
                ids[0], ids[1]
            ),
            "",
            BTreeSet::from([
                format!("prospect:{}", ids[0]),
                format!("customer:{}", ids[1]),
            ]),
        ),
        (
            format!("{{ prospect(id: \"{}\") {{ {deep} }} }}", ids[1]),
            "prospect.read",
            // Of two who are raised as one, either shows it, and so names the other.
            {
                let mut all = all.clone();
                all.insert("raised:1".to_owned());
                all
            },
        ),
    ];
    for (query, action, records) in cases {
        let before = newest(&app).await;
        app.data(&auditor, &query, json!({})).await;
        let found = log(&app, before).await;
        assert_eq!(found.len(), 1, "{query}: {found:?}");
        if action.is_empty() {
            // Of several that are asked for side by side any may be the first, and gives the person its name.
            assert_eq!(persons(&found[0].2), persons(&records), "{query}");
        } else {
            assert_eq!(found[0].2, records, "{query}");
            assert_eq!(found[0].0, action, "{query}");
        }
    }
    let waiting = "{ withdrawalsPendingConfirmation(first: 5) { nodes { reference account { customer { email } } } } }";
    let before = newest(&app).await;
    app.data(&auditor, waiting, json!({})).await;
    let found = log(&app, before).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].2.is_superset(&customers) && found[0].2.len() == 4,
        "{found:?}"
    );

    // What shows nobody's data needs no entry.
    let before = newest(&app).await;
    let nobody = "{ version me { user { email } } prospectStageCounts { count } audit(first: 5) { nodes { object } }
        prospects(first: 5, filter: {search: \"nobody\"}) { nodes { email } } }";
    let admin = app.operator(Role::Admin).await;
    app.data(&admin, nobody, json!({})).await;
    assert_eq!(log(&app, before).await, []);

    // The log itself tells, and is asked for one of many.
    let query = "query ($object: String!) { audit(first: 100, filter: {object: $object, action: \"prospect.list\"}) {
        nodes { object recordCount records } } }";
    let object = format!("customer:{}", ids[1]);
    let data = app.data(&auditor, query, json!({"object": object})).await;
    let entries = data["audit"]["nodes"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(entries[1]["recordCount"], 2);
    let named = format!("prospect:{}", ids[1]);
    assert!(
        entries[1]["records"]
            .as_array()
            .unwrap()
            .contains(&json!(named))
    );
}

#[tokio::test]
async fn an_operation_that_changes_a_record_names_it_once() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let before = newest(&app).await;
    let close = "mutation ($id: UUID!) { prospectClose(input: {prospectId: $id}) { prospect { email raised { cause }
        eventHistory(first: 9) { nodes { description } } } } }";
    app.data(&admin, close, json!({"id": id})).await;
    let found = log(&app, before).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "prospect.close");
}

#[tokio::test]
async fn a_subscription_says_it_once_and_what_is_new_when_it_comes() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.customers(&admin, 1).await[0];
    let before = newest(&app).await;
    let query = "subscription ($id: UUID!) { customerUpdated(customerId: $id) { customer { email prospect { email } } } }";
    let mut stream = app
        .schema
        .execute_stream(request(&admin, query, json!({"id": id})));
    assert!(stream.next().await.unwrap().errors.is_empty());
    let act = "mutation ($id: UUID!) { customerFreeze(input: {customerId: $id}) { customer { status } } }";
    app.data(&admin, act, json!({"id": id})).await;
    assert!(stream.next().await.unwrap().errors.is_empty());
    let found = log(&app, before).await;
    let actions: Vec<&str> = found.iter().map(|entry| entry.0.as_str()).collect();
    assert_eq!(actions, ["customer.read", "customer.deactivate"]);
    assert_eq!(found[0].2, people("customer", &[id]));
}

#[tokio::test]
async fn what_can_not_be_written_down_is_not_handed_out() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    app.pool
        .execute("ALTER TABLE audit_entries RENAME COLUMN records TO away")
        .await
        .unwrap();
    let one = format!("{{ prospect(id: \"{id}\") {{ email }} }}");
    for query in ["{ prospects(first: 5) { nodes { email } } }", &one] {
        let answer = app.ask(&admin, query, json!({})).await;
        assert_eq!(error(&answer)["code"], "INTERNAL");
        assert_eq!(answer.data.into_json().unwrap(), Value::Null, "{query}");
    }
    let query =
        "subscription ($id: UUID!) { prospectUpdated(prospectId: $id) { prospect { email } } }";
    let asked = request(&admin, query, json!({"id": id}));
    let mut stream = app.schema.execute_stream(asked);
    let answer = stream.next().await.unwrap();
    assert_eq!(error(&answer)["code"], "INTERNAL");
    assert_eq!(answer.data.into_json().unwrap(), Value::Null);
    assert!(stream.next().await.is_none());
}

/// With the link one verifies in the person's place: it is for who may make one.
#[tokio::test]
async fn a_live_link_is_not_for_an_auditor() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let link = "https://in.sumsub.com/websdk/p/secret";
    sqlx::query(
        "WITH event AS (
             INSERT INTO prospect_events (id, sequence, event_type, event) SELECT $1, 2, 'link_created', jsonb_build_object(
                 'type', 'link_created', 'url', NULL, 'level', 'basic-kyc-level', 'created_at', now(),
                 'expires_at', now() + interval '1 day', 'created_by', 'system:test')
         )
         INSERT INTO prospects_forgettable_payloads (entity_id, sequence, payload) VALUES ($1, 2, jsonb_build_object('url', $2::text))",
    )
    .bind(id)
    .bind(link)
    .execute(&app.pool)
    .await
    .unwrap();
    let query = "query ($id: UUID!) { prospect(id: $id) { verificationLink verificationLinkCreatedAt verificationLinkExpiresAt
        eventHistory(first: 9) { nodes { eventType payload description } } } }";
    for (role, shown) in [
        (Role::Admin, json!(link)),
        (Role::OnboardingOfficer, json!(link)),
        (Role::Auditor, Value::Null),
    ] {
        let caller = app.operator(role).await;
        let data = app.data(&caller, query, json!({"id": id})).await;
        let prospect = &data["prospect"];
        assert_eq!(prospect["verificationLink"], shown, "{role}");
        assert!(prospect["verificationLinkExpiresAt"].is_string(), "{role}");
        let history = prospect["eventHistory"].to_string();
        assert!(
            history.contains("link_created") && !history.contains("secret"),
            "{history}"
        );
    }
}

#[tokio::test]
async fn a_token_has_an_address_at_which_nobody_is() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = Uuid::now_v7();
    let token = Caller {
        subject: Subject::ApiToken {
            id: id.into(),
            role: Role::Admin,
        },
        name: "Nightly report".to_owned(),
        ..admin
    };
    let query = "{ me { user { userId email name } } }";
    let data = app.data(&token, query, json!({})).await;
    let expected =
        json!({"userId": id, "email": format!("{id}@api-token.invalid"), "name": "Nightly report"});
    assert_eq!(data["me"]["user"], expected);
}

/// Whatever is not null in the schema is not null in an answer, also when nothing of it is asked for.
#[tokio::test]
async fn an_object_of_which_nothing_is_asked_for_is_one() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.customers(&admin, 1).await[0];
    let query = "query ($id: UUID!, $publicId: PublicId!) {
        prospect(id: $id) { eventHistory(first: 9) { nodes { eventType subject { ... on PortalCustomer { customerId } } } } }
        audit(first: 1) { nodes { subject { ... on System { actor } } } }
        publicIdTarget(id: $publicId) { ... on Deposit { amount } }
        nobody: publicIdTarget(id: \"1\") { ... on Deposit { amount } }
        me { ...Nothing } customer(id: $id) { email @skip(if: true) } }
        fragment Nothing on Me { user @include(if: false) { email } }";
    let ask = "query ($id: UUID!) { customer(id: $id) { publicId } }";
    let public_id = app.data(&admin, ask, json!({"id": id})).await["customer"]["publicId"].clone();
    let data = app
        .data(&admin, query, json!({"id": id, "publicId": public_id}))
        .await;
    for node in data["prospect"]["eventHistory"]["nodes"]
        .as_array()
        .unwrap()
    {
        assert_eq!(node["subject"], json!({}), "{node}");
        assert!(node["eventType"].is_string());
    }
    assert_eq!(data["audit"]["nodes"][0]["subject"], json!({}));
    assert_eq!(data["publicIdTarget"], json!({}));
    assert_eq!(data["nobody"], Value::Null);
    assert_eq!((&data["me"], &data["customer"]), (&json!({}), &json!({})));
}
