//! Every filter of every list reads what it finds and little more, however rare that is: the database itself says how many
//! rows it looked at.

use std::collections::BTreeMap;

use access::Role;
use serde_json::{Value, json};
use sqlx::{Executor as _, PgPool, postgres::PgPoolOptions};

use super::{app::App, statement_counts::notices};

/// Rows of each table; those that a filter looks for are the oldest three.
const ROWS: usize = 20_000;
/// A page is 50 rows; a look at each of all rows is not a page.
const LOOKED_AT_MOST: f64 = 1_000.0;
/// After five runs the database may keep one plan of a statement for all its parameters.
const ROUNDS: usize = 8;

const FILL: &str = r"
INSERT INTO prospects (id, created_at, public_id, email, name_key, customer_type, stage, kyc_status, reject_type, link_ends_at, stage_since)
SELECT gen_random_uuid(), '2020-01-01'::timestamptz + n * interval '1 minute', (2000000 + n)::text,
    CASE WHEN n <= 3 THEN 'zz' || n || '@rare.example' ELSE 'p' || md5(n::text) || '@common.example' END,
    CASE WHEN n <= 3 THEN ' ada lovelace' ELSE ' common u00438u00432' || md5(n::text) END,
    CASE WHEN n <= 3 THEN 'bank' ELSE 'individual' END,
    CASE WHEN n <= 3 THEN 'kyc_on_hold' WHEN n <= 6 THEN 'kyc_declined' WHEN n <= 9 THEN 'kyc_started'
        WHEN n <= 6000 THEN 'kyc_declined' WHEN n <= 12000 THEN 'kyc_started' ELSE 'closed' END,
    CASE WHEN n <= 6000 THEN 'declined' ELSE 'started' END, CASE WHEN n <= 6 THEN 'RETRY' ELSE 'FINAL' END,
    CASE WHEN n <= 9 THEN '2020-02-01'::timestamptz ELSE now() + interval '1 year' END,
    CASE WHEN n <= 3 THEN '2024-01-01'::timestamptz ELSE now() END
FROM generate_series(1, 20000) n;
UPDATE prospects SET assignee = CASE WHEN public_id <= '2000003' THEN '0198c0de-0000-7000-8000-000000000001'::uuid
        WHEN stage = 'kyc_declined' OR public_id > '2000009' AND public_id <= '2000012' THEN '0198c0de-0000-7000-8000-000000000002'::uuid
        WHEN stage = 'closed' THEN '0198c0de-0000-7000-8000-000000000003'::uuid END,
    snoozed_at = now(), snoozed_until = CASE WHEN public_id <= '2000003' THEN now() + interval '1 day'
        WHEN public_id > '2010000' THEN now() - interval '1 day' END;
INSERT INTO prospect_reject_labels (label, prospect_created_at, prospect_id)
SELECT label, created_at, id FROM prospects,
    unnest(CASE WHEN public_id <= '2000003' THEN '{PEP,FORGERY}'::text[] ELSE '{SPAM,LOW_QUALITY}'::text[] END) AS label
WHERE kyc_status = 'declined';
INSERT INTO customers (id, created_at, public_id, email, customer_type, level, verification, activity)
SELECT id, created_at, public_id, email, customer_type, 'basic', 'verified',
    CASE WHEN public_id <= '2000003' THEN 'active' WHEN public_id <= '2000006' THEN 'pending'
        WHEN public_id <= '2000009' THEN 'inactive' ELSE 'closed' END
FROM prospects;
INSERT INTO refreshes (prospect_id, next_at, failures)
SELECT id, now(), CASE WHEN public_id <= '2000003' THEN 1 ELSE 0 END FROM prospects;
INSERT INTO applicants (applicant_id, prospect_id) SELECT 'applicant-' || public_id, id FROM prospects;
INSERT INTO callbacks (received_at, idempotency_key, body_sha256, body, subject, callback_type, outcome, prospect_id)
SELECT '2020-01-01'::timestamptz + n * interval '1 minute', n::text, '\x00', '{}', 's', CASE WHEN n <= 3 THEN 'applicantPending' ELSE 'applicantCreated' END,
    CASE WHEN n <= 21 THEN (ARRAY['applied', 'received', 'ignored', 'stale', 'incomplete', 'failed', 'conflicting'])[n % 7 + 1]
        ELSE 'no_change' END,
    (SELECT id FROM prospects WHERE public_id = CASE WHEN n <= 3 THEN '2000001' ELSE '2000100' END)
FROM generate_series(1, 20000) n;
INSERT INTO deposits (id, created_at, public_id, customer_id, account_id, amount, reference, reference_key, status)
SELECT gen_random_uuid(), created_at, 'd' || public_id, id, id, CASE WHEN public_id <= '2000003' THEN 7 ELSE 1000 + public_id::bigint END,
    CASE WHEN public_id <= '2000003' THEN 'RARE' ELSE 'WIRE' END || public_id, CASE WHEN public_id <= '2000003' THEN 'rare' ELSE 'wire' END || public_id,
    CASE WHEN public_id <= '2000003' THEN 'reverted' ELSE 'confirmed' END
FROM prospects;
INSERT INTO withdrawals (id, created_at, public_id, customer_id, account_id, amount, reference, reference_key, status)
SELECT gen_random_uuid(), created_at, 'w' || substr(public_id, 2), customer_id, account_id, amount, reference, reference_key,
    CASE WHEN amount = 7 THEN 'pending_confirmation' ELSE status END
FROM deposits;
INSERT INTO credit_facility_proposals (id, created_at, customer_id, amount, status)
SELECT id, created_at, customer_id, amount, CASE WHEN amount = 7 THEN 'pending_approval' ELSE 'approved' END FROM deposits;
INSERT INTO audit_entries (recorded_at, subject, action, object, authorized, records)
SELECT '2020-01-01'::timestamptz + n * interval '1 minute', CASE WHEN n <= 3 THEN 'operator:rare' ELSE 'operator:common' END,
    CASE WHEN n <= 3 THEN 'rare.act' ELSE 'common.act' END, CASE WHEN n <= 3 THEN 'prospect:rare' ELSE 'prospect:common' END, n > 3,
    CASE WHEN n % 2 = 0 THEN ARRAY['prospect:looked-at-' || n % 100] ELSE '{}' END
FROM generate_series(1, 20000) n;
";

/// What each filter is tried with; a filter that isn't here has to come here.
fn examples(list: &str, filter: &str) -> Vec<Value> {
    let rare: &[&str] = match (list, filter) {
        ("prospects", "stage") => &["KYC_ON_HOLD", "NEW"],
        ("prospects" | "customers", "customerType") => &["BANK", "FOREIGN_AGENCY_OR_SUBSIDIARY"],
        ("prospects", "attention") => &["DECLINED_WITH_RETRY", "LINK_ENDED", "UNANSWERED"],
        ("prospects" | "customers", "search") => &[
            "z",
            "zz",
            "q",
            "zz1",
            "@rare",
            "rare.ex",
            "1@r",
            "..",
            "2000001",
            "nobody has this",
            "lovelace",
            "Lovelace, Ada",
            "lo",
            "李",
        ],
        ("prospects" | "customers", "createdFrom") => {
            &["2030-01-01T00:00:00Z", "2020-01-14T21:15:00Z"]
        }
        ("prospects" | "customers", "createdTo") => {
            &["2019-01-01T00:00:00Z", "2020-01-01T00:03:30Z"]
        }
        ("prospects", "inStageSince") => &["2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z"],
        // One of few, two of many, and one of nobody.
        ("prospects" | "customers", "assigneeId") => &[
            "0198c0de-0000-7000-8000-000000000001",
            "0198c0de-0000-7000-8000-000000000002",
            "0198c0de-0000-7000-8000-000000000003",
            "0198c0de-0000-7000-8000-000000000004",
        ],
        ("prospects" | "customers", "unassigned") => return vec![json!(true)],
        ("prospects", "snoozed") => return vec![json!(true), json!(false)],
        ("prospects", "reason") => &["FORGERY", "SPAM", "NOTHING_OF_THE_KIND"],
        ("customers", "status") => &["ACTIVE", "FROZEN", "CLOSED"],
        ("customers", "activityStatus") => &["ACTIVE", "PENDING", "INACTIVE"],
        ("callbacks", "outcome") => &[
            "APPLIED",
            "RECEIVED",
            "IGNORED",
            "STALE",
            "INCOMPLETE",
            "FAILED",
            "CONFLICTING",
        ],
        ("callbacks", "receivedFrom") => &["2030-01-01T00:00:00Z", "2020-01-14T21:15:00Z"],
        ("callbacks", "receivedTo") => &["2019-01-01T00:00:00Z", "2020-01-01T00:03:30Z"],
        ("callbacks", "callbackType") => &["applicantPending", "nonsense"],
        ("callbacks", "nobodys") => return vec![json!(true)],
        ("callbacks", "prospect") => &["2000001", "applicant-2000001", "nobody"],
        ("openRaisedItems" | "resolvedRaisedItems", "cause") => &["LATE_RED", "POSSIBLE_DUPLICATE"],
        ("openRaisedItems" | "resolvedRaisedItems", "until") => {
            &["2030-01-01T00:00:00Z", "2020-01-14T21:15:00Z"]
        }
        ("audit", "subject") => &["operator:rare", "nobody"],
        ("audit", "action") => &["rare.", "nothing"],
        ("audit", "object") => &["prospect:rare", "nothing"],
        ("audit", "authorized") => return vec![json!(false), json!(true)],
        ("audit", "from") => &["2030-01-01T00:00:00Z", "2020-01-14T21:15:00Z"],
        ("audit", "to") => &["2019-01-01T00:00:00Z", "2020-01-01T00:03:30Z"],
        ("deposits", "status") => &["REVERTED"],
        ("withdrawals", "status") => &["PENDING_CONFIRMATION", "CANCELLED"],
        ("creditFacilityProposals", "status") => &["PENDING_APPROVAL", "DENIED"],
        ("deposits" | "withdrawals" | "creditFacilityProposals", "amountFrom") => {
            return vec![json!(2_020_900), json!(900_000_000)];
        }
        ("deposits" | "withdrawals" | "creditFacilityProposals", "amountTo") => {
            return vec![json!(7), json!(1)];
        }
        ("deposits" | "withdrawals" | "creditFacilityProposals", "customerId") => {
            &["0198c0de-0000-7000-8000-000000000000"]
        }
        ("deposits" | "withdrawals" | "creditFacilityProposals", "createdFrom") => {
            &["2030-01-01T00:00:00Z", "2020-01-14T21:15:00Z"]
        }
        ("deposits" | "withdrawals" | "creditFacilityProposals", "createdTo") => {
            &["2019-01-01T00:00:00Z", "2020-01-01T00:03:30Z"]
        }
        ("deposits" | "withdrawals" | "creditFacilityProposals", "search") => &[
            "rare",
            "RARE2",
            "lovelace",
            "zz1",
            "2000001",
            "nobody has this",
            "z",
            "d2000002",
        ],
        _ => panic!("the filter `{filter}` of `{list}` has no example here"),
    };
    rare.iter().map(|example| json!(example)).collect()
}

/// The lists that take a filter, with the filter's type and fields, as the schema itself tells.
async fn filters(app: &App, caller: &graphql::Caller) -> BTreeMap<String, (String, Vec<String>)> {
    let query = "{ __schema { queryType { fields { name args { name type { name } } } } types { name inputFields { name } } } }";
    let schema = &app.data(caller, query, json!({})).await["__schema"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = BTreeMap::new();
    for list in array(&schema["queryType"]["fields"]) {
        for argument in array(&list["args"]) {
            if argument["name"] == "filter" {
                let name = text(&argument["type"]["name"]);
                let types = array(&schema["types"]);
                let filter = types.iter().find(|of| of["name"] == name.as_str()).unwrap();
                let fields = array(&filter["inputFields"])
                    .iter()
                    .map(|field| text(&field["name"]))
                    .collect();
                found.insert(text(&list["name"]), (name, fields));
            }
        }
    }
    found
}

/// How many rows a plan that was carried out looked at.
fn looked_at(plan: &Value) -> f64 {
    let number = |key: &str| plan[key].as_f64().unwrap_or_default();
    let scans = plan["Node Type"]
        .as_str()
        .is_some_and(|kind| kind.contains("Scan") && !kind.starts_with("CTE"));
    let own = number("Actual Rows")
        + number("Rows Removed by Filter")
        + number("Rows Removed by Index Recheck");
    let within = plan["Plans"]
        .as_array()
        .into_iter()
        .flatten()
        .map(looked_at)
        .sum::<f64>();
    within
        + if scans {
            own * number("Actual Loops")
        } else {
            0.0
        }
}

/// A database that says how it carries out each statement.
async fn explaining() -> PgPool {
    let database = testkit::database().await;
    database.pool.execute(FILL).await.unwrap();
    // What was inserted in one go waits beside the index of trigrams until then.
    database.pool.execute("VACUUM ANALYZE").await.unwrap();
    let name = database.url.rsplit_once('/').unwrap().1;
    for (setting, value) in [
        ("session_preload_libraries", "auto_explain"),
        ("auto_explain.log_min_duration", "0"),
        ("auto_explain.log_analyze", "on"),
        ("auto_explain.log_timing", "off"),
        ("auto_explain.log_format", "json"),
        ("auto_explain.log_level", "notice"),
    ] {
        let statement = format!("ALTER DATABASE {name} SET {setting} = '{value}'");
        database.pool.execute(statement.as_str()).await.unwrap();
    }
    let few = PgPoolOptions::new().max_connections(3);
    few.connect(&database.url).await.unwrap()
}

#[tokio::test]
async fn every_filter_that_is_offered_is_indexed() {
    let app = App::over(explaining().await).await;
    let caller = app.operator(Role::Admin).await;
    let filters = filters(&app, &caller).await;
    assert!(filters.len() >= 4, "{filters:?}");
    let mut worst: BTreeMap<String, (f64, String)> = BTreeMap::new();
    let mut plans = 0;
    for round in 0..ROUNDS {
        for (list, (kind, fields)) in &filters {
            for (field, example) in fields.iter().flat_map(|field| {
                examples(list, field)
                    .into_iter()
                    .map(move |example| (field, example))
            }) {
                let mut asked = vec![json!({field: example})];
                // Mine at a stage is what people ask for most.
                if round == 0 && list == "prospects" && field == "assigneeId" {
                    let at = |stage: &str| json!({field: example, "stage": stage});
                    asked.extend(["KYC_ON_HOLD", "KYC_STARTED", "CLOSED"].map(at));
                }
                for filter in asked {
                    let query = format!(
                        "query ($filter: {kind}) {{ {list}(first: 50, filter: $filter) {{ pageInfo {{ hasNextPage }} }} }}"
                    );
                    notices();
                    app.data(&caller, &query, json!({"filter": filter})).await;
                    for notice in notices() {
                        let Some(at) = notice.find("plan:") else {
                            continue;
                        };
                        plans += 1;
                        let said: Value =
                            serde_json::from_str(&notice[at + "plan:".len()..]).unwrap();
                        let looked = looked_at(&said["Plan"]);
                        let worst = worst.entry(format!("{list} {filter}")).or_default();
                        if looked > worst.0 {
                            *worst = (looked, format!("{said:#}"));
                        }
                    }
                }
            }
        }
    }
    assert!(plans > ROUNDS * 20, "the database says its plans: {plans}");
    for (filter, (looked, _)) in &worst {
        println!("{filter}: {looked} rows of {ROWS}");
    }
    let unindexed: Vec<_> = worst
        .iter()
        .filter(|(_, (looked, _))| *looked > LOOKED_AT_MOST)
        .map(|(filter, (looked, _))| format!("{filter}: {looked}"))
        .collect();
    assert!(unindexed.is_empty(), "{unindexed:#?}");
}
