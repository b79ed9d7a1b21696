//! What is over a limit is refused before it runs.

use access::Role;
use serde_json::json;

use super::app::{App, error};

#[tokio::test]
async fn a_query_over_a_limit_is_not_run() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    let deep = format!(
        "{{ customer(id: \"{}\") {} customerId {} }}",
        uuid::Uuid::nil(),
        "{ depositAccount { customer ".repeat(9) + "{",
        "}".to_owned() + &"} }".repeat(9)
    );
    let wide = "{ prospects(first: 100) { nodes { callbacks(first: 100) { nodes { prospect { callbacks(first: 100) {
        nodes { callbackId } } } } } } } }";
    let mut bomb = String::from("{ ...f0 } ");
    for n in 0..30 {
        let next = n + 1;
        bomb.push_str(&format!(
            "fragment f{n} on Query {{ ...f{next} ...f{next} }} "
        ));
    }
    bomb.push_str("fragment f30 on Query { version }");
    let brackets = "{a".repeat(50_000);
    let many = format!(
        "{{ {} }}",
        (0..200)
            .map(|n| format!("a{n}: prospects(first: 100) {{ nodes {{ publicId email stage status createdAt }} }}"))
            .collect::<String>()
    );
    for query in [deep.as_str(), wide, &bomb, &brackets, &many] {
        let answer = app.ask(&caller, query, json!({})).await;
        let found = error(&answer);
        assert_eq!(
            found["code"],
            "QUERY_TOO_COMPLEX",
            "{found} {}",
            &query[..80]
        );
        assert!(answer.data.into_json().unwrap().is_null());
    }
    // Nothing was looked at: not even the record that the first of them asks for.
    let looked = sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM audit_entries"#)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(looked, 0);
}

#[tokio::test]
async fn what_clients_send_is_within_the_limits() {
    let app = App::open().await;
    let caller = app.operator(Role::Auditor).await;
    // As graphql-js builds it.
    let introspection = "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name }
        types { ...FullType } directives { name description locations args { ...InputValue } } } }
      fragment FullType on __Type { kind name description
        fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
        inputFields { ...InputValue } interfaces { ...TypeRef }
        enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
        possibleTypes { ...TypeRef } }
      fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
      fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name
        ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
    app.data(&caller, introspection, json!({})).await;
    // The issue's own: 50 prospects with customer, deposit account and history.
    let list = "{ prospects(first: 50) { edges { cursor node { prospectId publicId email stage kycStatus level createdAt
        eventHistory(first: 100) { nodes { sequence eventType payload recordedAt subject { ... on User { email } } auditEntryId } }
        customer { customerId publicId email status level createdAt depositAccount { depositAccountId publicId status
            balance { settled pending } }
            eventHistory(first: 100) { nodes { sequence eventType payload recordedAt auditEntryId } } } } }
        pageInfo { hasNextPage endCursor } } }";
    app.data(&caller, list, json!({})).await;
}
