//! Looking records up, and lists.

use access::Role;
use serde_json::{Value, json};

use super::app::App;

#[tokio::test]
async fn a_record_is_found_by_all_that_people_know_of_it() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.customers(&admin, 1).await[0];
    let query = "query ($id: UUID!) { customer(id: $id) { publicId email depositAccount { depositAccountId publicId } } }";
    let data = app.data(&admin, query, json!({"id": id})).await;
    let customer = &data["customer"];
    let account = &customer["depositAccount"];
    let query =
        "query ($publicId: PublicId!, $account: PublicId!, $accountId: UUID!, $email: String!) {
        prospectByPublicId(id: $publicId) { prospectId stage customer { customerId } }
        customerByPublicId(id: $publicId) { customerId prospect { prospectId } }
        customerByEmail(email: $email) { customerId }
        depositAccount(id: $accountId) { customerId customer { publicId } createdAt }
        depositAccountByPublicId(id: $account) { customerId }
        ofCustomer: publicIdTarget(id: $publicId) { __typename }
        ofAccount: publicIdTarget(id: $account) { __typename ... on DepositAccount { status } }
        ofNobody: publicIdTarget(id: \"DEP-x\") { __typename }
        unknown: customerByPublicId(id: \"1\") { customerId }
        unknownAccount: depositAccount(id: \"00000000-0000-0000-0000-000000000000\") { status }
        me { user { userId email role { name } } userCanCreateProspect } }";
    let data = app
        .data(
            &admin,
            query,
            json!({"publicId": customer["publicId"], "account": account["publicId"],
                "accountId": account["depositAccountId"], "email": "C0@EXAMPLE.com"}),
        )
        .await;
    assert_eq!(
        data["prospectByPublicId"]["customer"]["customerId"],
        json!(id)
    );
    assert_eq!(
        data["customerByPublicId"]["prospect"]["prospectId"],
        json!(id)
    );
    assert_eq!(data["customerByEmail"]["customerId"], json!(id));
    assert_eq!(data["depositAccount"]["customerId"], json!(id));
    assert_eq!(data["depositAccountByPublicId"]["customerId"], json!(id));
    assert_eq!(data["ofCustomer"]["__typename"], "Customer");
    assert_eq!(
        data["ofAccount"],
        json!({"__typename": "DepositAccount", "status": "ACTIVE"})
    );
    for nothing in ["ofNobody", "unknown", "unknownAccount"] {
        assert_eq!(data[nothing], Value::Null, "{nothing}");
    }
    assert_eq!(data["me"]["user"]["email"], "admin@bank.example");
    assert_eq!(data["me"]["user"]["role"]["name"], "admin");

    // Each operation that looked at it is in the log, once.
    let query = "query ($object: String!) { audit(first: 100, filter: {object: $object}) { nodes { records authorized subject {
        ... on User { email role { name } } } } pageInfo { hasNextPage } } }";
    let object = format!("customer:{id}");
    let data = app.data(&admin, query, json!({"object": object})).await;
    let entries = data["audit"]["nodes"].as_array().unwrap();
    assert_eq!(entries.len(), 2, "{entries:?}");
    assert_eq!(entries[0]["subject"]["email"], "admin@bank.example");
}

#[tokio::test]
async fn pages_follow_each_other_both_ways_round() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(json!(
            app.prospect(&admin, &format!("p{n}@example.com")).await
        ));
    }
    let query =
        "query ($after: String, $direction: SortDirection!) { prospects(first: 2, after: $after,
        sort: {by: CREATED_AT, direction: $direction}, filter: {stage: NEW, search: \"@example\"}) {
        edges { cursor node { prospectId } } nodes { prospectId }
        pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }";
    for direction in ["ASC", "DESC"] {
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({"after": after, "direction": direction});
            let data = app.data(&admin, query, variables).await;
            let page = &data["prospects"];
            assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!after.is_null()));
            for edge in page["edges"].as_array().unwrap() {
                seen.push(edge["node"]["prospectId"].clone());
            }
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
        }
        if direction == "DESC" {
            seen.reverse();
        }
        assert_eq!(seen, ids);
    }
}

#[tokio::test]
async fn lists_are_filtered_under_both_families_of_names() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let ids = app.customers(&admin, 2).await;
    let freeze = "mutation ($id: UUID!) { customerFreeze(input: {customerId: $id}) { customer { status activityStatus
        depositAccount { status } eventHistory(first: 10) { nodes { eventType auditEntryId } } } } }";
    let data = app.data(&admin, freeze, json!({"id": ids[0]})).await;
    let frozen = &data["customerFreeze"]["customer"];
    assert_eq!(
        (&frozen["status"], &frozen["activityStatus"]),
        (&json!("FROZEN"), &json!("INACTIVE"))
    );
    assert_eq!(frozen["depositAccount"]["status"], "FROZEN");
    let last = frozen["eventHistory"]["nodes"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(last["eventType"], "deactivated");
    assert!(last["auditEntryId"].is_i64(), "{last}");
    let count = async |filter: Value| {
        let query = "query ($filter: CustomersFilter) { customers(first: 10, filter: $filter) { nodes { customerId } } }";
        let data = app.data(&admin, query, json!({"filter": filter})).await;
        data["customers"]["nodes"].as_array().unwrap().len()
    };
    assert_eq!(count(json!({})).await, 2);
    assert_eq!(count(json!({"status": "ACTIVE"})).await, 1);
    assert_eq!(
        count(json!({"status": "FROZEN", "activityStatus": "INACTIVE"})).await,
        1
    );
    assert_eq!(
        count(json!({"status": "FROZEN", "activityStatus": "PENDING"})).await,
        0
    );
    assert_eq!(
        count(json!({"activityStatus": "ACTIVE", "search": "c1@"})).await,
        1
    );
    assert_eq!(count(json!({"status": "CLOSED"})).await, 0);
}

#[tokio::test]
async fn a_final_rejection_is_told_as_one_and_replaces_none_before_it() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let query = "query ($id: UUID!) { prospect(id: $id) { nextAction rejection { rejectType }
        rejectedAttempts { rejectedAt callbackId rejection { rejectType labels clientComment } }
        callbacks(first: 5) { nodes { reviewAnswer } } } }";
    let look = || async {
        let data = app.data(&admin, query, json!({"id": id})).await;
        data["prospect"].clone()
    };
    let next = |prospect: &Value| prospect["nextAction"].as_str().unwrap().to_owned();
    assert!(next(&look().await).starts_with("Generate the verification link"));
    app.declined(id, "RETRY", "BAD_SELFIE", 0).await;
    let retry = look().await;
    assert!(next(&retry).contains("try again"), "{retry}");
    app.declined(id, "FINAL", "FORGERY", 10).await;
    let last = look().await;
    assert!(
        next(&last).contains("declined for good (FINAL)") && !next(&last).contains("try again"),
        "{last}"
    );
    let labels: Vec<&Value> = last["rejectedAttempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| &attempt["rejection"]["labels"][0])
        .collect();
    assert_eq!(labels, ["FORGERY", "BAD_SELFIE"]);
    assert_eq!(
        last["rejectedAttempts"][1]["rejection"]["clientComment"],
        "Kept: BAD_SELFIE."
    );
    assert_eq!(last["callbacks"]["nodes"][0]["reviewAnswer"], "RED");
}

#[tokio::test]
async fn what_was_resolved_is_read_again_with_who_when_and_why() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    for n in 0..3 {
        sqlx::query("INSERT INTO raised (cause) VALUES ($1)")
            .bind(format!("cause {n}"))
            .execute(&app.pool)
            .await
            .unwrap();
    }
    let query = "query ($after: String) { resolvedRaisedItems(first: 2, after: $after) {
        nodes { raisedItemId cause resolvedAt resolution resolvedBy { ... on User { email } } }
        pageInfo { hasNextPage endCursor } } raisedItems { totalCount nodes { resolvedAt resolution resolvedBy { __typename } } } }";
    let data = app.data(&admin, query, json!({})).await;
    assert_eq!(data["resolvedRaisedItems"]["nodes"], json!([]));
    let open = &data["raisedItems"]["nodes"][0];
    assert_eq!(
        open,
        &json!({"resolvedAt": null, "resolution": null, "resolvedBy": null})
    );
    let resolve = "mutation ($id: ID!, $why: String!) {
        raisedItemResolve(input: {raisedItemId: $id, reason: $why}) { raisedItemId } }";
    for id in 1..=3 {
        let variables = json!({"id": id.to_string(), "why": format!("why {id}")});
        app.data(&admin, resolve, variables).await;
    }
    let (mut seen, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = app.data(&admin, query, json!({"after": after})).await;
        let page = &data["resolvedRaisedItems"];
        for node in page["nodes"].as_array().unwrap() {
            assert_eq!(node["resolvedBy"]["email"], "admin@bank.example");
            assert!(node["resolvedAt"].is_string(), "{node}");
            seen.push(node["resolution"].as_str().unwrap().to_owned());
        }
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(seen, ["why 3", "why 2", "why 1"]);
}

#[tokio::test]
async fn what_waits_is_filtered_says_what_to_do_and_is_decided() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let one = app.prospect(&admin, "ada@example.com").await;
    let other = app.prospect(&admin, "countess@example.com").await;
    sqlx::query(
        "INSERT INTO raised (cause, cause_name, prospect_id, other_id, fact_key) VALUES ('possible duplicate', 'possible_duplicate', $1, $2, 'twins:' || $1)",
    )
    .bind(other)
    .bind(one)
    .execute(&app.pool)
    .await
    .unwrap();
    sqlx::query("INSERT INTO raised (cause, prospect_id) VALUES ('as it was said once', $1)")
        .bind(one)
        .execute(&app.pool)
        .await
        .unwrap();
    let query = "query ($filter: RaisedItemsFilter, $after: String) { openRaisedItems(first: 1, filter: $filter, after: $after) {
        nodes { raisedItemId causeName toDo remedies decision toCloseId } pageInfo { hasNextPage endCursor } } }";
    let all = app.data(&admin, query, json!({})).await;
    assert_eq!(all["openRaisedItems"]["pageInfo"]["hasNextPage"], true);
    let after = &all["openRaisedItems"]["pageInfo"]["endCursor"];
    let rest = app.data(&admin, query, json!({"after": after})).await;
    assert_eq!(
        rest["openRaisedItems"]["nodes"],
        json!([{"raisedItemId": "2", "causeName": null, "toDo": null, "remedies": [], "decision": null, "toCloseId": null}])
    );
    let filter = json!({"filter": {"cause": "POSSIBLE_DUPLICATE"}});
    let found = app.data(&admin, query, filter.clone()).await;
    let nodes = found["openRaisedItems"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 1, "one row for the pair");
    assert_eq!(
        nodes[0]["remedies"],
        json!(["DIFFERENT_PEOPLE", "SAME_PERSON"])
    );
    assert!(
        nodes[0]["toDo"]
            .as_str()
            .unwrap()
            .starts_with("Compare the two records")
    );
    let before = json!({"filter": {"until": "2020-01-01T00:00:00Z"}});
    let none = app.data(&admin, query, before).await;
    assert_eq!(none["openRaisedItems"]["nodes"], json!([]));

    let same = "mutation { raisedItemSamePerson(input: {raisedItemId: \"1\"}) { raisedItemId } }";
    app.data(&admin, same, json!({})).await;
    let found = app.data(&admin, query, filter.clone()).await;
    for node in found["openRaisedItems"]["nodes"].as_array().unwrap() {
        assert_eq!(node["decision"], "SAME_PERSON");
        assert_eq!(node["toCloseId"], json!(other));
    }
    let different = "mutation { raisedItemDifferentPeople(input: {raisedItemId: \"1\", reason: \"met both\"}) { raisedItemId } }";
    for _ in 0..2 {
        app.data(&admin, different, json!({})).await;
    }
    let found = app.data(&admin, query, filter.clone()).await;
    assert_eq!(found["openRaisedItems"]["nodes"], json!([]));
    let resolved = "query ($filter: RaisedItemsFilter) { resolvedRaisedItems(first: 9, filter: $filter, direction: ASC) {
        nodes { causeName resolution decision } } }";
    let found = app.data(&admin, resolved, filter).await;
    let row = json!({"causeName": "POSSIBLE_DUPLICATE", "resolution": "met both", "decision": "DIFFERENT_PEOPLE"});
    assert_eq!(found["resolvedRaisedItems"]["nodes"], json!([row]));
}

#[tokio::test]
async fn a_telegram_id_and_a_conversion_by_hand_are_told_as_they_are() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let id = app.prospect(&admin, "ada@example.com").await;
    let change = "mutation ($id: UUID!, $handle: String!) { prospectTelegramHandleUpdate(input: {prospectId: $id,
        telegramHandle: $handle}) { prospect { telegramHandle } } }";
    for (typed, told) in [
        ("https://t.me/Ada_Lovelace", "ada_lovelace"),
        ("tg://user?id=123456789", "123456789"),
        ("@", ""),
        ("\u{200b}@ada_lovelace", "ada_lovelace"),
    ] {
        let data = app
            .data(&admin, change, json!({"id": id, "handle": typed}))
            .await;
        let prospect = &data["prospectTelegramHandleUpdate"]["prospect"];
        assert_eq!(prospect["telegramHandle"], told, "{typed}");
    }
    let query = "query ($search: String!) { prospects(first: 10, filter: {search: $search}) { nodes { prospectId } } }";
    for search in ["t.me/ADA_lovelace", "mailto:ada@example.com"] {
        let data = app.data(&admin, query, json!({"search": search})).await;
        assert_eq!(
            data["prospects"]["nodes"],
            json!([{"prospectId": id}]),
            "{search}"
        );
    }
    let convert = "mutation ($id: UUID!) { prospectConvert(input: {prospectId: $id, reason: \"known in person\"}) {
        customer { conversionReason manualConversionReason eventHistory(first: 1) { nodes { description } } } } }";
    let data = app.data(&admin, convert, json!({"id": id})).await;
    let customer = &data["prospectConvert"]["customer"];
    assert_eq!(customer["conversionReason"], "MANUALLY_CONVERTED");
    assert_eq!(customer["manualConversionReason"], "known in person");
    let first = customer["eventHistory"]["nodes"][0]["description"].as_str();
    assert!(first.unwrap().ends_with(": known in person"), "{first:?}");
}

#[tokio::test]
async fn lists_are_narrowed_down_to_whose_the_records_are_and_to_who_is_snoozed() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let customers = app.customers(&admin, 2).await;
    let prospect = app.prospect(&admin, "ada@example.com").await;
    let me = app
        .data(&admin, "{ me { user { userId } } }", json!({}))
        .await;
    let me = me["me"]["user"]["userId"].clone();
    let change = "mutation ($id: UUID!, $customer: UUID!, $me: UUID!, $until: Timestamp!) {
        one: prospectAssign(input: {prospectId: $id, assigneeId: $me}) { prospect { prospectId } }
        two: prospectAssign(input: {prospectId: $customer, assigneeId: $me}) { prospect { prospectId } }
        prospectSnooze(input: {prospectId: $id, until: $until}) { prospect { snoozedUntil } } }";
    let until = chrono::Utc::now() + chrono::TimeDelta::days(3);
    let variables =
        json!({"id": prospect, "customer": customers[0], "me": me, "until": until.to_rfc3339()});
    app.data(&admin, change, variables).await;
    let query = "query ($prospects: ProspectsFilter, $customers: CustomersFilter) {
        prospects(first: 9, filter: $prospects) { nodes { prospectId assignee { userId } } }
        customers(first: 9, filter: $customers) { nodes { customerId } } }";
    let nobody_is_this = "0198c0de-0000-7000-8000-000000000000";
    for (filter, prospects, of_customers) in [
        (
            json!({"assigneeId": me}),
            vec![prospect, customers[0]],
            vec![customers[0]],
        ),
        (
            json!({"assigneeId": me, "unassigned": false}),
            vec![prospect, customers[0]],
            vec![customers[0]],
        ),
        (
            json!({"unassigned": true}),
            vec![customers[1]],
            vec![customers[1]],
        ),
        (
            json!({"assigneeId": me, "unassigned": true}),
            vec![],
            vec![],
        ),
        (json!({"assigneeId": nobody_is_this}), vec![], vec![]),
    ] {
        let variables = json!({"prospects": filter, "customers": filter});
        let data = app.data(&admin, query, variables).await;
        let ids = |list: &str, id: &str| {
            let nodes = data[list]["nodes"].as_array().unwrap().iter();
            nodes.map(|node| node[id].clone()).collect::<Vec<_>>()
        };
        let expected = |ids: &[uuid::Uuid]| ids.iter().map(|id| json!(id)).collect::<Vec<_>>();
        assert_eq!(
            ids("prospects", "prospectId"),
            expected(&prospects),
            "{filter}"
        );
        assert_eq!(
            ids("customers", "customerId"),
            expected(&of_customers),
            "{filter}"
        );
    }
    for (snoozed, found) in [
        (true, vec![prospect]),
        (false, vec![customers[1], customers[0]]),
    ] {
        let variables = json!({"prospects": {"snoozed": snoozed}});
        let data = app.data(&admin, query, variables).await;
        let nodes = data["prospects"]["nodes"].as_array().unwrap();
        let ids: Vec<_> = nodes
            .iter()
            .map(|node| node["prospectId"].clone())
            .collect();
        let found: Vec<_> = found.iter().map(|id| json!(id)).collect();
        assert_eq!(ids, found, "{snoozed}");
    }
}
