//! Money in and out, over the schema.

use access::Role;
use serde_json::{Value, json};

use super::app::{App, error};

const RECORD: &str = "mutation ($account: UUID!, $amount: UsdCents!, $reference: String, $id: UUID) {
    depositRecord(input: {depositAccountId: $account, amount: $amount, reference: $reference, depositId: $id}) {
        deposit { depositId publicId accountId amount reference status account { balance { settled pending } } } } }";
const INITIATE: &str = "mutation ($account: UUID!, $amount: UsdCents!, $reference: String) {
    withdrawalInitiate(input: {depositAccountId: $account, amount: $amount, reference: $reference}) {
        withdrawal { withdrawalId publicId amount reference status account { balance { settled pending } } } } }";

/// `withdrawalConfirm` and its like, by name.
fn act(name: &str) -> String {
    let (what, fields) = if name.starts_with("deposit") {
        ("deposit", "depositId")
    } else {
        ("withdrawal", "withdrawalId")
    };
    format!(
        "mutation ($id: UUID!) {{ {name}(input: {{{fields}: $id}}) {{
            {what} {{ status account {{ balance {{ settled pending }} }} }} }} }}"
    )
}

#[tokio::test]
async fn money_comes_in_goes_out_and_comes_back() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let officer = app.operator(Role::OnboardingOfficer).await;
    let customer = app.customers(&admin, 1).await[0];
    let account = app.account(&admin, customer).await;

    let input = json!({"account": account, "amount": 123_456, "reference": "wire 1"});
    let data = app.data(&officer, RECORD, input.clone()).await;
    let deposit = data["depositRecord"]["deposit"].clone();
    assert_eq!(deposit["amount"], 123_456);
    assert_eq!(deposit["status"], "CONFIRMED");
    assert_eq!(
        deposit["account"]["balance"],
        json!({"settled": 123_456, "pending": 0})
    );

    // The same reference again leads to the first.
    let taken = error(&app.ask(&officer, RECORD, input).await);
    assert_eq!(taken["code"], "CONFLICT");
    assert_eq!(taken["field"], "reference");
    assert_eq!(
        taken["existing"],
        json!({"id": deposit["depositId"], "publicId": deposit["publicId"]})
    );

    let input = json!({"account": account, "amount": 23_456, "reference": null});
    let data = app.data(&officer, INITIATE, input).await;
    let withdrawal = data["withdrawalInitiate"]["withdrawal"].clone();
    assert_eq!(withdrawal["status"], "PENDING_CONFIRMATION");
    assert_eq!(withdrawal["reference"], "");
    assert_eq!(
        withdrawal["account"]["balance"],
        json!({"settled": 100_000, "pending": 23_456})
    );

    let found = json!({"account": account, "deposit": deposit["depositId"], "depositNo": deposit["publicId"],
        "withdrawal": withdrawal["withdrawalId"], "withdrawalNo": withdrawal["publicId"]});
    let query = "query ($account: UUID!, $deposit: UUID!, $depositNo: PublicId!, $withdrawal: UUID!, $withdrawalNo: PublicId!) {
        depositAccount(id: $account) { deposits { depositId } withdrawals(first: 1) { withdrawalId } }
        deposit(id: $deposit) { reference account { customer { email } } }
        depositByPublicId(id: $depositNo) { depositId }
        withdrawal(id: $withdrawal) { amount }
        withdrawalByPublicId(id: $withdrawalNo) { withdrawalId }
        aDeposit: publicIdTarget(id: $depositNo) { __typename ... on Deposit { reference } }
        aWithdrawal: publicIdTarget(id: $withdrawalNo) { __typename ... on Withdrawal { status } }
        deposits(depositAccountId: $account, first: 1) { nodes { depositId } pageInfo { hasNextPage } }
        withdrawals(depositAccountId: $account, first: 1) { nodes { withdrawalId } pageInfo { hasNextPage } }
        withdrawalsPendingConfirmation(first: 10) { nodes { withdrawalId account { customer { email } } } }
        none: deposits(depositAccountId: $deposit, first: 1) { nodes { depositId } }
        nobody: deposit(id: $withdrawal) { depositId } }";
    let data = app.data(&admin, query, found).await;
    let (in_, out) = (&deposit["depositId"], &withdrawal["withdrawalId"]);
    assert_eq!(
        data["depositAccount"]["deposits"],
        json!([{"depositId": in_}])
    );
    assert_eq!(
        data["depositAccount"]["withdrawals"],
        json!([{"withdrawalId": out}])
    );
    assert_eq!(
        data["deposit"],
        json!({"reference": "wire 1", "account": {"customer": {"email": "c0@example.com"}}})
    );
    assert_eq!(data["depositByPublicId"]["depositId"], *in_);
    assert_eq!(data["withdrawal"]["amount"], 23_456);
    assert_eq!(data["withdrawalByPublicId"]["withdrawalId"], *out);
    assert_eq!(
        data["aDeposit"],
        json!({"__typename": "Deposit", "reference": "wire 1"})
    );
    assert_eq!(
        data["aWithdrawal"],
        json!({"__typename": "Withdrawal", "status": "PENDING_CONFIRMATION"})
    );
    assert_eq!(data["deposits"]["nodes"], json!([{"depositId": in_}]));
    assert_eq!(data["withdrawals"]["nodes"], json!([{"withdrawalId": out}]));
    assert_eq!(data["withdrawals"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(
        data["withdrawalsPendingConfirmation"]["nodes"],
        json!([{"withdrawalId": out, "account": {"customer": {"email": "c0@example.com"}}}])
    );
    assert_eq!(data["none"]["nodes"], json!([]));
    assert_eq!(data["nobody"], Value::Null);

    // Out, twice asked, once done; and back.
    let id = json!({"id": out});
    for (name, status, settled) in [
        ("withdrawalConfirm", "CONFIRMED", 100_000),
        ("withdrawalConfirm", "CONFIRMED", 100_000),
        ("withdrawalRevert", "REVERTED", 123_456),
    ] {
        let data = app.data(&admin, &act(name), id.clone()).await;
        let withdrawal = &data[name]["withdrawal"];
        assert_eq!(withdrawal["status"], status);
        assert_eq!(
            withdrawal["account"]["balance"],
            json!({"settled": settled, "pending": 0}),
            "{name}"
        );
    }
    let input = json!({"account": account, "amount": 1, "reference": "x"});
    let data = app.data(&officer, INITIATE, input).await;
    let second = &data["withdrawalInitiate"]["withdrawal"]["withdrawalId"];
    let data = app
        .data(&officer, &act("withdrawalCancel"), json!({"id": second}))
        .await;
    assert_eq!(
        data["withdrawalCancel"]["withdrawal"]["status"],
        "CANCELLED"
    );
    let data = app
        .data(&admin, &act("depositRevert"), json!({"id": in_}))
        .await;
    assert_eq!(
        data["depositRevert"]["deposit"],
        json!({"status": "REVERTED", "account": {"balance": {"settled": 0, "pending": 0}}})
    );
}

#[tokio::test]
async fn what_can_not_be_is_told_apart() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let officer = app.operator(Role::OnboardingOfficer).await;
    let auditor = app.operator(Role::Auditor).await;
    let customer = app.customers(&admin, 1).await[0];
    let account = app.account(&admin, customer).await;
    let input = |amount: Value| json!({"account": account, "amount": amount, "reference": null});

    for amount in [json!(0), json!(-1), json!(1.5), json!("12"), json!(1e30)] {
        let refused = error(&app.ask(&admin, RECORD, input(amount.clone())).await);
        assert_eq!(refused["code"], "BAD_USER_INPUT", "{amount}: {refused}");
    }
    let zero = error(&app.ask(&admin, RECORD, input(json!(0))).await);
    assert_eq!(zero["field"], "amount");

    let overdraft = error(&app.ask(&officer, INITIATE, input(json!(1))).await);
    assert_eq!(overdraft["code"], "CONFLICT");
    assert_eq!(
        overdraft["message"],
        "There is not enough money on the account: 0.01 US dollars are missing."
    );
    // Who may not hears only that, whatever they ask for; each time is written down.
    for (asked, amount) in [(RECORD, 0), (INITIATE, -1)] {
        let forbidden = error(&app.ask(&auditor, asked, input(json!(amount))).await);
        assert_eq!(forbidden["code"], "FORBIDDEN");
    }
    let refused: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM audit_entries WHERE NOT authorized AND object IN ('deposit:new', 'withdrawal:new')",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(refused, 2);
    let forbidden = error(&app.ask(&auditor, RECORD, input(json!(1))).await);
    assert_eq!(
        (&forbidden["code"], &forbidden["permission"]),
        (&json!("FORBIDDEN"), &json!("DEPOSIT_CREATE"))
    );
    let nowhere = json!({"account": uuid::Uuid::now_v7(), "amount": 1, "reference": null});
    let missing = error(&app.ask(&admin, RECORD, nowhere.clone()).await);
    assert_eq!(missing["code"], "NOT_FOUND");
    let forbidden = error(&app.ask(&auditor, RECORD, nowhere).await);
    assert_eq!(forbidden["code"], "FORBIDDEN");

    // One's own.
    let id = uuid::Uuid::now_v7();
    let own = json!({"account": account, "amount": 5, "reference": null, "id": id});
    for _ in 0..2 {
        let data = app.data(&admin, RECORD, own.clone()).await;
        assert_eq!(
            data["depositRecord"]["deposit"]["account"]["balance"]["settled"],
            5
        );
    }
    let four_eyes = error(
        &app.ask(&admin, &act("depositRevert"), json!({"id": id}))
            .await,
    );
    assert_eq!(
        four_eyes["message"],
        "Somebody else has to do this: you recorded or started it yourself."
    );

    // Frozen.
    let freeze = "mutation ($id: UUID!) { customerFreeze(input: {customerId: $id}) { customer { status } } }";
    let data = app.data(&officer, INITIATE, input(json!(1))).await;
    let waiting = json!({"id": data["withdrawalInitiate"]["withdrawal"]["withdrawalId"]});
    app.data(&admin, freeze, json!({"id": customer})).await;
    let frozen = error(&app.ask(&admin, RECORD, input(json!(1))).await);
    assert_eq!(frozen["code"], "CONFLICT");
    let frozen = error(
        &app.ask(&admin, &act("withdrawalConfirm"), waiting.clone())
            .await,
    );
    assert_eq!(frozen["code"], "CONFLICT");
    let data = app.data(&admin, &act("withdrawalCancel"), waiting).await;
    assert_eq!(
        data["withdrawalCancel"]["withdrawal"]["status"],
        "CANCELLED"
    );
}

#[tokio::test]
async fn pages_of_deposits_follow_each_other() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let customer = app.customers(&admin, 1).await[0];
    let account = app.account(&admin, customer).await;
    for cents in 1..=5 {
        let input = json!({"account": account, "amount": cents, "reference": null});
        app.data(&admin, RECORD, input).await;
    }
    let query = "query ($account: UUID!, $after: String) { deposits(depositAccountId: $account, first: 2, after: $after) {
        nodes { amount } pageInfo { endCursor hasNextPage } } }";
    let (mut after, mut amounts) = (Value::Null, Vec::new());
    loop {
        let asked = json!({"account": account, "after": after});
        let data = app.data(&admin, query, asked).await;
        let page = &data["deposits"];
        amounts.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|node| node["amount"].clone()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(amounts, [5, 4, 3, 2, 1]);
    let asked = json!({"account": account, "after": "x"});
    assert_eq!(
        error(&app.ask(&admin, query, asked).await)["field"],
        "after"
    );
}

/// The row lock orders only one customer's: under one id for two accounts at once, one is made and the other refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_id_for_two_accounts_at_once_is_a_conflict() {
    let app = App::open().await;
    let admin = app.operator(Role::Admin).await;
    let customers = app.customers(&admin, 2).await;
    let one = app.account(&admin, customers[0]).await;
    let two = app.account(&admin, customers[1]).await;
    for _ in 0..10 {
        let id = uuid::Uuid::now_v7();
        let record = |account: &Value| {
            let input = json!({"account": account, "amount": 1, "reference": null, "id": id});
            app.schema
                .execute(super::app::request(&admin, RECORD, input))
        };
        let (one, two) = tokio::join!(record(&one), record(&two));
        let refused = if one.errors.is_empty() { two } else { one };
        assert_eq!(error(&refused)["code"], "CONFLICT");
    }
}
