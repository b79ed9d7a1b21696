//! Every code, and what stands beside it.

use access::Role;
use serde_json::{Value, json};

use super::app::{App, error, request};

const CREATE: &str = "mutation ($email: String!, $type: CustomerType!) {
    prospectCreate(input: {email: $email, customerType: $type}) { prospect { prospectId publicId telegramHandle } } }";
const CLOSE: &str = "mutation ($id: UUID!, $reason: String) {
    prospectClose(input: {prospectId: $id, reason: $reason}) { prospect { stage status } } }";

#[tokio::test]
async fn every_error_has_a_code_that_a_program_can_act_on() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let auditor = app.operator(Role::Auditor).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let missing = uuid::Uuid::now_v7();
    let create = |email: &str| json!({"email": email, "type": "INDIVIDUAL"});

    let cases: [(&_, &str, Value, &str, Value); 16] = [
        (
            &admin,
            CREATE,
            create("nobody"),
            "BAD_USER_INPUT",
            json!({"field": "email"}),
        ),
        (
            &admin,
            CREATE,
            json!({"email": "b@example.com", "type": "MARTIAN"}),
            "BAD_USER_INPUT",
            json!({}),
        ),
        (
            &admin,
            CREATE,
            create("a\u{0}@example.com"),
            "BAD_USER_INPUT",
            json!({}),
        ),
        (
            &admin,
            CREATE,
            create("ADA@example.com"),
            "CONFLICT",
            json!({"field": "email"}),
        ),
        (
            &admin,
            CLOSE,
            json!({"id": id, "reason": " "}),
            "BAD_USER_INPUT",
            json!({"field": "reason"}),
        ),
        (
            &admin,
            CLOSE,
            json!({"id": missing}),
            "NOT_FOUND",
            json!({}),
        ),
        (
            &auditor,
            CLOSE,
            json!({"id": id}),
            "FORBIDDEN",
            json!({"permission": "CUSTOMER_UPDATE"}),
        ),
        (
            &admin,
            "{ prospects(first: 0) { nodes { publicId } } }",
            json!({}),
            "BAD_USER_INPUT",
            json!({"field": "first"}),
        ),
        (
            &admin,
            "{ prospects(first: 101) { nodes { publicId } } }",
            json!({}),
            "BAD_USER_INPUT",
            json!({"field": "first"}),
        ),
        (
            &admin,
            "{ prospects(first: 1, after: \"x\") { nodes { publicId } } }",
            json!({}),
            "BAD_USER_INPUT",
            json!({"field": "after"}),
        ),
        (
            &admin,
            "{ prospect(id: \"x\") { publicId } }",
            json!({}),
            "BAD_USER_INPUT",
            json!({"field": "id"}),
        ),
        (
            &admin,
            "mutation ($id: UUID!) { prospectKycLinkCreate(input: {prospectId: $id}) { url } }",
            json!({"id": id}),
            "UNAVAILABLE",
            json!({"retryAfterSeconds": 5}),
        ),
        (
            &admin,
            "mutation ($id: UUID!) { customerEmailUpdate(input: {customerId: $id, email: \"x@example.com\"}) { customer { email } } }",
            json!({"id": id}),
            "NOT_FOUND",
            json!({}),
        ),
        (
            &admin,
            "{ nothing }",
            json!({}),
            "GRAPHQL_VALIDATION_FAILED",
            json!({}),
        ),
        (
            &admin,
            "{ version",
            json!({}),
            "GRAPHQL_PARSE_FAILED",
            json!({}),
        ),
        (
            &admin,
            "query A { version } query B { version }",
            json!({}),
            "GRAPHQL_VALIDATION_FAILED",
            json!({}),
        ),
    ];
    for (caller, query, variables, code, beside) in cases {
        let found = error(&app.ask(caller, query, variables.clone()).await);
        assert_eq!(found["code"], code, "{query} {variables}: {found}");
        for (name, value) in beside.as_object().unwrap() {
            assert_eq!(&found[name], value, "{query}: {found}");
        }
    }

    let mut nobody = request(&admin, "{ me { user { email } } }", json!({}));
    nobody.data = async_graphql::Data::default();
    nobody = nobody.data(graphql::RequestId("request-1".to_owned()));
    let found = error(&app.schema.execute(nobody).await);
    assert_eq!(found["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_the_database_says_stays_inside() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    sqlx::query("ALTER TABLE audit_entries RENAME COLUMN action TO secret_action")
        .execute(&app.pool)
        .await
        .unwrap();
    let query = "{ audit(first: 1) { nodes { action } } }";
    let found = error(&app.ask(&admin, query, json!({})).await);
    assert_eq!(found["code"], "INTERNAL");
    assert!(!found.to_string().contains("action"), "{found}");
}

#[tokio::test]
async fn the_same_mutation_twice_is_harmless() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    for _ in 0..2 {
        let data = app.data(&admin, CLOSE, json!({"id": id})).await;
        assert_eq!(
            data["prospectClose"]["prospect"],
            json!({"stage": "CLOSED", "status": "CLOSED"})
        );
    }
    let query = "query ($id: UUID!) { prospect(id: $id) { eventHistory(first: 10) { nodes { sequence eventType description } } } }";
    let data = app.data(&admin, query, json!({"id": id})).await;
    let events = data["prospect"]["eventHistory"]["nodes"]
        .as_array()
        .unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(events[1]["description"], "Closed: none given (API)");

    for _ in 0..2 {
        let erase = "mutation ($id: UUID!) { prospectPersonalDataErase(input: {prospectId: $id}) {
            prospect { email telegramHandle personalDataErased eventHistory(first: 10) { nodes { payload description } } } } }";
        let data = app.data(&admin, erase, json!({"id": id})).await;
        let prospect = &data["prospectPersonalDataErase"]["prospect"];
        assert_eq!(prospect["email"], "");
        assert_eq!(prospect["personalDataErased"], true);
        let text = prospect.to_string();
        assert!(
            !text.contains("ada@") && !text.contains("none given"),
            "{text}"
        );
    }
}
