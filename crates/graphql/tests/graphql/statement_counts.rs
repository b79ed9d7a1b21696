//! No N+1: what a list costs does not depend on how long it is.

use std::{cell::RefCell, fmt, sync::Once};

use access::Role;
use credit::{CreditFacilityProposalId, NewProposal};
use deposit::{DepositId, NewMovement};
use serde_json::{Value, json};
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use uuid::Uuid;

use super::app::App;

thread_local! {
    /// What was said to the database from this thread: a test has a runtime of its own, on its own thread.
    static STATEMENTS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    /// What the database remarked meanwhile.
    static NOTICES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

struct Statements;

impl<S: tracing::Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "sqlx::query" {
            let mut summary = Summary::default();
            event.record(&mut summary);
            STATEMENTS.with_borrow_mut(|all| all.push(summary.0));
        } else if event.metadata().target() == "sqlx::postgres::notice" {
            let mut notice = Notice::default();
            event.record(&mut notice);
            NOTICES.with_borrow_mut(|all| all.push(notice.0));
        }
    }
}

#[derive(Default)]
struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

#[derive(Default)]
struct Notice(String);

impl Visit for Notice {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.0 = value.to_owned();
        }
    }
}

/// What the database remarked since the last time.
pub fn notices() -> Vec<String> {
    NOTICES.take()
}

/// From now on every test's statements are noted.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let watching = tracing_subscriber::registry().with(Statements);
        tracing::subscriber::set_global_default(watching).unwrap();
    });
}

/// What a connection is asked once for each type that it has not seen, and what the outbox writes and looks for by itself.
const BESIDE: [&str; 7] = [
    "pg_catalog.",
    "oid::regtype",
    "'synchronous_commit'",
    "event.era",
    // Whether a connection that was idle lives.
    "transaction_timestamp()",
    // How a connection that was just opened plans.
    "SET plan_cache_mode",
    "pg_notify",
];

/// What was said since the last time, sorted.
fn said() -> Vec<String> {
    let mut said = STATEMENTS.take();
    said.retain(|summary| !BESIDE.iter().any(|beside| summary.contains(beside)));
    said.sort();
    said
}

const NESTED: &str = "query ($first: Int!) { prospects(first: $first) { pageInfo { hasNextPage endCursor } edges { cursor } nodes {
    prospectId publicId email telegramHandle customerType stage status kycStatus level applicantId verificationLink
    verificationLinkCreatedAt personalInfo { firstName lastName } createdAt
    eventHistory(first: 50) { nodes { sequence eventType payload recordedAt auditEntryId
        subject { ... on User { userId email role { name } } ... on System { actor } } } }
    callbacks(first: 5) { nodes { callbackId callbackType outcome prospect { publicId } } }
    raised { cause }
    customer { customerId publicId email customerType level status activityStatus verificationStatus applicantId
        conversionReason personalInfo { firstName } createdAt userCanCreateCreditFacility provisioningSteps { step state }
        depositAccount { depositAccountId publicId customerId status balance { settled pending } createdAt
            customer { publicId prospect { publicId } }
            deposits(first: 2) { publicId reference account { publicId } } withdrawals(first: 2) { status } }
        creditFacilityIneligibility
        creditFacilityProposals(first: 2) { nodes { purpose note customer { email }
            eventHistory(first: 5) { nodes { eventType auditEntryId } } } }
        eventHistory(first: 50) { nodes { sequence eventType auditEntryId subject { ... on System { actor } } } } }
    } } }";

#[tokio::test]
async fn a_nested_list_costs_the_same_for_five_and_for_fifty() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    let customers = app.customers(&caller, 50).await;
    for customer in customers {
        let new = NewMovement::of_cents(customer.into(), 500, "wire").unwrap();
        let id = DepositId::from(Uuid::now_v7());
        let recorded = app
            .services
            .deposits
            .record_deposit(&caller.subject, id, &new);
        recorded.await.unwrap();
        let new = NewProposal::of_cents(customer.into(), 500, "a mill", "note").unwrap();
        let id = CreditFacilityProposalId::from(Uuid::now_v7());
        let proposed = app.services.credit.propose(&caller.subject, id, &new);
        proposed.await.unwrap();
    }

    let mut statements = Vec::new();
    for first in [5, 50, 5, 50] {
        said();
        let data = app.data(&caller, NESTED, json!({"first": first})).await;
        statements.push(said());
        let nodes = data["prospects"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), first);
        assert!(nodes.iter().all(is_whole), "{:#}", nodes[0]);
    }
    let counts: Vec<usize> = statements.iter().map(Vec::len).collect();
    println!(
        "statements for 5, 50, 5, 50 prospects: {counts:?}\n{:#?}",
        statements[1]
    );
    assert!(counts[0] > 5, "the statements are counted: {counts:?}");
    assert!(
        statements.iter().all(|said| *said == statements[0]),
        "{statements:#?}"
    );
}

/// Everything that was asked for is there, not only cheap.
fn is_whole(node: &Value) -> bool {
    let history = node["eventHistory"]["nodes"].as_array().unwrap();
    let customer = &node["customer"];
    let proposal = &customer["creditFacilityProposals"]["nodes"][0];
    customer["depositAccount"]["balance"]["settled"] == 500
        && customer["depositAccount"]["deposits"][0]["reference"] == "wire"
        && proposal["note"] == "note"
        && proposal["eventHistory"]["nodes"][0]["auditEntryId"].is_i64()
        && node["customer"]["depositAccount"]["status"] == "ACTIVE"
        && node["customer"]["status"] == "ACTIVE"
        && node["customer"]["conversionReason"] == "SUMSUB_APPROVED"
        && node["level"] == "BASIC"
        && node["callbacks"]["nodes"][0]["callbackType"] == "applicantReviewed"
        && history[0]["eventType"] == "initialized"
        && history[0]["subject"]["role"]["name"] == "admin"
        && history[0]["auditEntryId"].is_i64()
}

/// What a list has as columns.
const COLUMNS: [(&str, &str, &str, &str); 2] = [
    (
        "prospects",
        "prospect",
        "prospectId",
        "prospectId publicId email customerType stage status kycStatus createdAt",
    ),
    (
        "customers",
        "customer",
        "customerId",
        "customerId publicId email customerType level status activityStatus verificationStatus createdAt
         depositAccount { publicId status balance { settled pending } }",
    ),
];

#[tokio::test]
async fn a_list_of_columns_reads_no_events_and_says_what_they_say() {
    let app = App::open().await;
    let caller = app.operator(Role::Admin).await;
    app.customers(&caller, 3).await;
    for (list, one, id, fields) in COLUMNS {
        said();
        let listed = format!("{{ {list}(first: 50) {{ nodes {{ {fields} }} }} }}");
        let data = app.data(&caller, &listed, json!({})).await;
        let statements = said();
        assert!(
            !statements.iter().any(|said| said.contains("entities")),
            "{list}: {statements:#?}"
        );
        let nodes = data[list]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), 3);
        for node in nodes {
            let read = format!("query ($id: UUID!) {{ {one}(id: $id) {{ {fields} }} }}");
            let data = app.data(&caller, &read, json!({"id": node[id]})).await;
            assert_eq!(data[one], *node);
            let statements = said();
            assert!(
                statements.iter().any(|said| said.contains("entities")),
                "the events of one are seen: {statements:#?}"
            );
        }
    }
}
