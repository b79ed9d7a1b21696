//! Credit facility proposals, over the schema.

use access::Role;
use serde_json::{Value, json};

use super::app::{App, error};

const CREATE: &str = "mutation ($customer: UUID!, $amount: UsdCents!, $purpose: String!, $note: String, $id: UUID) {
    creditFacilityProposalCreate(input: {customerId: $customer, facilityAmount: $amount, purpose: $purpose, note: $note,
        creditFacilityProposalId: $id}) {
        creditFacilityProposal { creditFacilityProposalId facilityAmount purpose note status customer { email } } } }";

fn decide(name: &str) -> String {
    format!(
        "mutation ($id: UUID!) {{ {name}(input: {{creditFacilityProposalId: $id, reason: \"sound books\"}}) {{
            creditFacilityProposal {{ status eventHistory(first: 10) {{ nodes {{
                eventType description auditEntryId subject {{ __typename ... on User {{ email }} }} }} }} }} }} }}"
    )
}

const MAY: &str = "query ($id: UUID!) { customer(id: $id) {
    userCanCreateCreditFacility creditFacilityIneligibility
    creditFacilityProposals(first: 5) { nodes { status cancelledBecause } } } }";

#[tokio::test]
async fn one_proposes_the_customer_accepts_another_approves() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let officer = app.operator(Role::OnboardingOfficer).await;
    let customer = app.customers(&admin, 1).await[0];
    let may = app.data(&officer, MAY, json!({"id": customer})).await;
    assert_eq!(
        may["customer"],
        json!({"userCanCreateCreditFacility": true, "creditFacilityIneligibility": [],
            "creditFacilityProposals": {"nodes": []}})
    );

    let id = uuid::Uuid::now_v7();
    let input = json!({"customer": customer, "amount": 1_250_000, "purpose": "a mill", "note": "ask Bob", "id": id});
    for _ in 0..2 {
        let data = app.data(&officer, CREATE, input.clone()).await;
        assert_eq!(
            data["creditFacilityProposalCreate"]["creditFacilityProposal"],
            json!({"creditFacilityProposalId": id, "facilityAmount": 1_250_000, "purpose": "a mill", "note": "ask Bob",
                "status": "PENDING_CUSTOMER_APPROVAL", "customer": {"email": "c0@example.com"}})
        );
    }
    let approve = decide("creditFacilityProposalApprove");
    let early = error(&app.ask(&admin, &approve, json!({"id": id})).await);
    assert_eq!(
        early["message"],
        "The customer has to accept this proposal first."
    );

    app.services
        .credit
        .accept(customer.into(), id.into())
        .await
        .unwrap();
    let waiting = "{ creditFacilityProposalsPendingApproval(first: 5) { nodes { creditFacilityProposalId customerId } } }";
    let data = app.data(&admin, waiting, json!({})).await;
    assert_eq!(
        data["creditFacilityProposalsPendingApproval"]["nodes"],
        json!([{"creditFacilityProposalId": id, "customerId": customer}])
    );
    let forbidden = error(&app.ask(&officer, &approve, json!({"id": id})).await);
    assert_eq!(forbidden["permission"], "CREDIT_DECIDE");
    let data = app.data(&admin, &approve, json!({"id": id})).await;
    let proposal = &data["creditFacilityProposalApprove"]["creditFacilityProposal"];
    assert_eq!(proposal["status"], "APPROVED");
    let history = proposal["eventHistory"]["nodes"].as_array().unwrap();
    let types: Vec<&Value> = history.iter().map(|event| &event["eventType"]).collect();
    assert_eq!(types, ["initialized", "accepted", "approved"]);
    assert_eq!(history[1]["subject"]["__typename"], "PortalCustomer");
    assert_eq!(history[2]["subject"]["email"], "admin@bank.example");
    assert_eq!(history[2]["description"], "Approved: sound books");
    assert!(history[0]["auditEntryId"].is_i64(), "{history:?}");
    // Asked for twice, refused once: either entry could be the cause.
    assert_eq!(history[2]["auditEntryId"], Value::Null);
    let late = error(
        &app.ask(
            &admin,
            &decide("creditFacilityProposalDeny"),
            json!({"id": id}),
        )
        .await,
    );
    assert_eq!(late["code"], "CONFLICT");
}

#[tokio::test]
async fn who_can_not_be_considered_is_told_why() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let auditor = app.operator(Role::Auditor).await;
    let customer = app.customers(&admin, 1).await[0];
    let freeze = "mutation ($id: UUID!) { customerFreeze(input: {customerId: $id}) { customer { status } } }";
    app.data(&admin, freeze, json!({"id": customer})).await;
    let may = app.data(&admin, MAY, json!({"id": customer})).await;
    assert_eq!(may["customer"]["userCanCreateCreditFacility"], false);
    assert_eq!(
        may["customer"]["creditFacilityIneligibility"],
        json!(["DEACTIVATED"])
    );

    let input = |amount: i64, purpose: &str| json!({"customer": customer, "amount": amount, "purpose": purpose});
    let refused = error(&app.ask(&admin, CREATE, input(1, "a mill")).await);
    assert_eq!(refused["code"], "CONFLICT");
    assert_eq!(refused["message"], "The customer is deactivated.");
    let wrong = error(&app.ask(&admin, CREATE, input(0, "")).await);
    let fields: Vec<&Value> = wrong["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|wrong| &wrong["field"])
        .collect();
    assert_eq!(fields, ["facilityAmount", "purpose"]);
    let forbidden = error(&app.ask(&auditor, CREATE, input(0, "")).await);
    assert_eq!(forbidden["permission"], "CREDIT_PROPOSE");
    let approve = decide("creditFacilityProposalApprove");
    let nothing = json!({"id": uuid::Uuid::now_v7()});
    assert_eq!(
        error(&app.ask(&admin, &approve, nothing.clone()).await)["code"],
        "NOT_FOUND"
    );
    let query = "query ($id: UUID!) { creditFacilityProposal(id: $id) { status } }";
    let data = app.data(&auditor, query, nothing).await;
    assert_eq!(data["creditFacilityProposal"], Value::Null);
}
