//! What changes comes within a second, and ends when the permission does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use access::{OperatorId, Role, Subject};
use async_graphql::Response;
use deposit::NewMovement;
use futures::{Stream, StreamExt as _};
use graphql::Caller;
use serde_json::{Value, json};
use uuid::Uuid;

use super::app::{App, error, request};

const FOLLOW: &str =
    "subscription ($id: UUID!) { prospectUpdated(prospectId: $id) { prospect { stage email } } }";

async fn within_a_second(stream: &mut (impl Stream<Item = Response> + Unpin)) -> Response {
    tokio::time::timeout(Duration::from_secs(1), stream.next())
        .await
        .expect("within a second")
        .expect("it goes on")
}

fn stage(answer: Response) -> Value {
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.into_json().unwrap()["prospectUpdated"]["prospect"]["stage"].clone()
}

#[tokio::test]
async fn a_change_is_told_and_the_end_of_a_permission_too() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let other = app.prospect(&admin, "bob@example.com").await;

    // 0: let in; 1: with a role that may nothing here; 2: not let in any more.
    for (end, code) in [(1, "FORBIDDEN"), (2, "UNAUTHENTICATED")] {
        let lets_in = Arc::new(AtomicU8::new(0));
        let asked = Arc::clone(&lets_in);
        let subject = admin.subject.clone();
        let listener = Caller {
            subject: admin.subject.clone(),
            name: admin.name.clone(),
            reauthenticate: Arc::new(move || {
                let answer = match asked.load(Ordering::SeqCst) {
                    0 => Some(subject.clone()),
                    1 => Some(Subject::Customer { id: Uuid::nil() }),
                    _ => None,
                };
                Box::pin(async move { answer })
            }),
        };
        let mut stream = app
            .schema
            .execute_stream(request(&listener, FOLLOW, json!({"id": id})));
        assert_eq!(stage(within_a_second(&mut stream).await), "NEW");
        let act = |name: &str, of: uuid::Uuid| {
            let query = format!(
                "mutation ($id: UUID!) {{ {name}(input: {{prospectId: $id}}) {{ prospect {{ stage }} }} }}"
            );
            let (app, admin) = (&app, &admin);
            async move { app.data(admin, &query, json!({"id": of})).await }
        };
        act("prospectClose", other).await;
        act("prospectClose", id).await;
        assert_eq!(stage(within_a_second(&mut stream).await), "CLOSED");
        act("prospectReopen", id).await;
        act("prospectReopen", other).await;
        assert_eq!(stage(within_a_second(&mut stream).await), "NEW");

        lets_in.store(end, Ordering::SeqCst);
        act("prospectClose", id).await;
        let found = error(&within_a_second(&mut stream).await);
        assert_eq!(found["code"], code);
        assert!(stream.next().await.is_none());
        act("prospectReopen", id).await;
    }
}

#[tokio::test]
async fn it_ends_within_seconds_also_when_nothing_changes() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let looks = Arc::new(AtomicU8::new(0));
    let counted = Arc::clone(&looks);
    let subject = Subject::Operator {
        id: OperatorId::from(Uuid::now_v7()),
        role: Role::Auditor,
    };
    let listener = Caller {
        subject: subject.clone(),
        name: "leaver@bank.example".to_owned(),
        reauthenticate: Arc::new(move || {
            let first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            let answer = first.then(|| subject.clone());
            Box::pin(async move { answer })
        }),
    };
    let mut stream = app
        .schema
        .execute_stream(request(&listener, FOLLOW, json!({"id": id})));
    assert_eq!(stage(within_a_second(&mut stream).await), "NEW");
    let last = tokio::time::timeout(Duration::from_secs(7), stream.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(error(&last)["code"], "UNAUTHENTICATED");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn who_does_not_exist_is_not_followed() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    for query in [
        FOLLOW,
        "subscription ($id: UUID!) { customerUpdated(customerId: $id) { customer { email } } }",
        "subscription ($id: UUID!) { withdrawalUpdated(withdrawalId: $id) { withdrawal { status } } }",
    ] {
        let asked = request(&admin, query, json!({"id": Uuid::now_v7()}));
        let mut stream = app.schema.execute_stream(asked);
        assert_eq!(
            error(&within_a_second(&mut stream).await)["code"],
            "NOT_FOUND"
        );
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn a_withdrawal_and_its_customer_are_followed() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let officer = app.operator(Role::OnboardingOfficer).await;
    let customer = app.customers(&admin, 1).await[0];
    let deposits = &app.services.deposits;
    let new = NewMovement::of_cents(customer.into(), 500, "").unwrap();
    let deposit = Uuid::now_v7().into();
    deposits
        .record_deposit(&officer.subject, deposit, &new)
        .await
        .unwrap();
    let id = Uuid::now_v7();
    deposits
        .initiate_withdrawal(&officer.subject, id.into(), &new)
        .await
        .unwrap();

    let query = "subscription ($id: UUID!) { withdrawalUpdated(withdrawalId: $id) { withdrawal { status } } }";
    let asked = request(&admin, query, json!({"id": id}));
    let mut withdrawal = app.schema.execute_stream(asked);
    let query = "subscription ($id: UUID!) { customerUpdated(customerId: $id) { customer {
        depositAccount { balance { settled pending } } } } }";
    let asked = request(&admin, query, json!({"id": customer}));
    let mut of_customer = app.schema.execute_stream(asked);
    let status = |answer: Response| {
        answer.data.into_json().unwrap()["withdrawalUpdated"]["withdrawal"]["status"].clone()
    };
    let pending = |answer: Response| {
        let data = answer.data.into_json().unwrap();
        data["customerUpdated"]["customer"]["depositAccount"]["balance"]["pending"].clone()
    };
    assert_eq!(
        status(within_a_second(&mut withdrawal).await),
        "PENDING_CONFIRMATION"
    );
    assert_eq!(pending(within_a_second(&mut of_customer).await), 500);
    deposits
        .confirm_withdrawal(&admin.subject, id.into())
        .await
        .unwrap();
    assert_eq!(status(within_a_second(&mut withdrawal).await), "CONFIRMED");
    assert_eq!(pending(within_a_second(&mut of_customer).await), 0);
}
