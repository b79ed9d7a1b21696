use access::{ApiTokenId, Permission, Role, Subject};
use deposit::{
    DepositId, DepositStatus, NewMovement, Settings, WithdrawalId, WithdrawalStatus, field, rules,
};
use kernel::Error;
use uuid::Uuid;

use crate::bank::{admin, bank, of, officer, operator, words};

#[tokio::test]
async fn who_started_a_withdrawal_does_not_confirm_it_unless_the_bank_says_so() {
    let bank = bank().await;
    let customer = bank.account().await;
    let admin = admin();
    let money = &bank.deposits;
    let deposit = money
        .record_deposit(&admin, DepositId::new(), &of(customer, 1_000, ""))
        .await
        .unwrap();
    let id = WithdrawalId::new();
    money
        .initiate_withdrawal(&admin, id, &of(customer, 100, ""))
        .await
        .unwrap();
    assert_eq!(
        words(money.confirm_withdrawal(&admin, id).await),
        rules::OWN
    );
    assert_eq!(
        words(money.revert_deposit(&admin, deposit.id).await),
        rules::OWN
    );
    assert_eq!(bank.on(customer).await, (900, 100));
    let confirm_own = bank.with(Settings {
        confirm_own: true,
        ..Settings::default()
    });
    confirm_own.confirm_withdrawal(&admin, id).await.unwrap();
    assert_eq!(bank.on(customer).await, (900, 0));
    assert_eq!(words(money.revert_withdrawal(&admin, id).await), rules::OWN);
    money
        .revert_withdrawal(&crate::bank::admin(), id)
        .await
        .unwrap();
}

/// Otherwise an operator with a token had four eyes.
#[tokio::test]
async fn a_token_is_as_good_as_whoever_made_it() {
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let (alice, bob) = (admin(), admin());
    let token = |maker: &Subject| {
        let (pool, maker) = (bank.pool.clone(), maker.as_text());
        async move {
            let id = Uuid::now_v7();
            sqlx::query(
                "INSERT INTO api_tokens (id, name, role, token_hash, expires_at, made_by)
                 VALUES ($1, 'test', 'admin', $2, now() + interval '1 day', $3)",
            )
            .bind(id)
            .bind(id.as_bytes().as_slice())
            .bind(maker)
            .execute(&pool)
            .await
            .unwrap();
            Subject::ApiToken {
                id: ApiTokenId::from(id),
                role: Role::Admin,
            }
        }
    };
    let (first, second, bobs) = (token(&alice).await, token(&alice).await, token(&bob).await);
    let money = &bank.deposits;
    for (starts, confirms) in [(&alice, &first), (&first, &alice), (&first, &second)] {
        let id = WithdrawalId::new();
        money
            .initiate_withdrawal(starts, id, &of(customer, 1, ""))
            .await
            .unwrap();
        let refused = money.confirm_withdrawal(confirms, id).await;
        assert_eq!(words(refused), rules::OWN);
        money.confirm_withdrawal(&bobs, id).await.unwrap();
    }
}

/// Otherwise an admin confirmed as somebody whose password he had just set.
#[tokio::test]
async fn an_operator_whom_one_added_is_no_second_pair_of_eyes_before_they_have_a_password_of_their_own()
 {
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let (alice, carol) = (admin(), admin());
    let operators = access::Operators::new(bank.pool.clone());
    let given = access::GivenPassword {
        password: "k7wqm-p3xzt-v9bnd-4hjrf",
        by: &alice,
        known: false,
        temporary_for: Some(std::time::Duration::from_secs(3600)),
    };
    let bob = operators
        .add_given("bob@usher.test", Role::Admin, &given)
        .await
        .unwrap();
    let bob = Subject::Operator {
        id: bob,
        role: Role::Admin,
    };
    let money = &bank.deposits;
    let started = async |by: &Subject| {
        let id = WithdrawalId::new();
        let new = of(customer, 1, "");
        money.initiate_withdrawal(by, id, &new).await.unwrap();
        id
    };
    let by_alice = started(&alice).await;
    let by_bob = started(&bob).await;
    for (who, id) in [(&bob, by_alice), (&alice, by_bob)] {
        assert_eq!(
            words(money.confirm_withdrawal(who, id).await),
            rules::PERHAPS_OWN
        );
        let withdrawal = money.withdrawal(who, id).await.unwrap();
        let facts = money.document_facts(who, &withdrawal).await.unwrap();
        assert!(facts.perhaps_own, "pages know it before");
    }
    let operator = operators.list().await.unwrap().remove(0);
    operators
        .choose_password(&operator, "lantern over quiet water")
        .await
        .unwrap();
    money.confirm_withdrawal(&bob, by_alice).await.unwrap();
    // What was started while the login was alice's stays hers.
    assert_eq!(
        words(money.confirm_withdrawal(&alice, by_bob).await),
        rules::PERHAPS_OWN
    );
    money.confirm_withdrawal(&carol, by_bob).await.unwrap();
}

#[tokio::test]
async fn a_reference_is_taken_once_on_an_account_and_says_by_which() {
    let bank = bank().await;
    let (customer, other) = (bank.account().await, bank.account().await);
    let money = &bank.deposits;
    let record = |customer, reference: &'static str| async move {
        money
            .record_deposit(&officer(), DepositId::new(), &of(customer, 100, reference))
            .await
    };
    let first = record(customer, "WIRE-1").await.unwrap();
    let refused = record(customer, " WIRE-1 ").await;
    let Err(Error::Taken { existing, .. }) = refused else {
        panic!("{:?}", refused.map(|deposit| deposit.id));
    };
    assert_eq!(existing.id, Uuid::from(first.id));
    assert_eq!(existing.public_id, first.public_id.0);
    assert_eq!(existing.kind, deposit::DEPOSIT);
    assert_eq!(bank.on(customer).await, (100, 0));
    for same in ["wire-1", "Wire‑1", "\u{200b}ＷＩＲＥ-1\u{a0}"] {
        let refused = record(customer, same).await;
        assert!(matches!(refused, Err(Error::Taken { .. })), "{same}");
    }
    // Another one; another account; none at all; and withdrawals count apart.
    record(customer, "WIRE 1").await.unwrap();
    record(other, "WIRE-1").await.unwrap();
    record(customer, "").await.unwrap();
    record(customer, "").await.unwrap();
    let withdraw = || async {
        money
            .initiate_withdrawal(&officer(), WithdrawalId::new(), &of(customer, 1, "WIRE-1"))
            .await
    };
    let out = withdraw().await.unwrap();
    assert!(matches!(
        withdraw().await,
        Err(Error::Taken { existing, .. }) if existing.id == Uuid::from(out.id)
    ));
}

#[tokio::test]
async fn a_reference_is_free_again_when_what_had_it_was_taken_back() {
    let bank = bank().await;
    let customer = bank.account().await;
    let money = &bank.deposits;
    let record = || async {
        money
            .record_deposit(&officer(), DepositId::new(), &of(customer, 100, "wire-1"))
            .await
    };
    let first = money
        .record_deposit(&officer(), DepositId::new(), &of(customer, 100, "WIRE-1"))
        .await
        .unwrap();
    money.revert_deposit(&admin(), first.id).await.unwrap();
    let second = record().await.unwrap();
    let same = money.others_with_its_reference(&second).await.unwrap();
    assert_eq!(same.len(), 1);
    assert_eq!(
        (&same[0].public_id, same[0].status),
        (&first.public_id, DepositStatus::Reverted)
    );
    let same = money.others_with_its_reference(&first).await.unwrap();
    assert_eq!(same[0].public_id, second.public_id);
    let refused = record().await;
    assert!(
        matches!(refused, Err(Error::Taken { existing, .. }) if existing.id == Uuid::from(second.id))
    );

    let withdraw = || async {
        money
            .initiate_withdrawal(&officer(), WithdrawalId::new(), &of(customer, 1, "Out 1"))
            .await
    };
    let cancelled = withdraw().await.unwrap();
    money
        .cancel_withdrawal(&officer(), cancelled.id)
        .await
        .unwrap();
    let reverted = withdraw().await.unwrap();
    assert!(matches!(withdraw().await, Err(Error::Taken { .. })));
    money
        .confirm_withdrawal(&admin(), reverted.id)
        .await
        .unwrap();
    assert!(matches!(withdraw().await, Err(Error::Taken { .. })));
    money
        .revert_withdrawal(&admin(), reverted.id)
        .await
        .unwrap();
    let third = withdraw().await.unwrap();
    let same = money.others_with_its_reference(&third).await.unwrap();
    let stand: Vec<_> = same.iter().map(|it| it.status).collect();
    assert_eq!(
        stand,
        [WithdrawalStatus::Reverted, WithdrawalStatus::Cancelled]
    );
}

#[tokio::test]
async fn references_that_an_older_version_told_apart_stay_and_refuse_a_third() {
    let bank = bank().await;
    let customer = bank.account().await;
    let money = &bank.deposits;
    let record = |reference: &'static str| async move {
        money
            .record_deposit(&officer(), DepositId::new(), &of(customer, 100, reference))
            .await
    };
    let first = record("WIRE-1").await.unwrap();
    let second = record("placeholder").await.unwrap();
    let other = record("Other").await.unwrap();
    for (id, reference) in [
        (first.id, "WIRE-1"),
        (second.id, "wire-1"),
        (other.id, "Other"),
    ] {
        sqlx::query("UPDATE deposits SET reference = $2, reference_key = NULL WHERE id = $1")
            .bind(Uuid::from(id))
            .bind(reference)
            .execute(&bank.pool)
            .await
            .unwrap();
    }
    for same in ["Wire-1", "OTHER"] {
        let refused = record(same).await;
        assert!(matches!(refused, Err(Error::Taken { .. })), "{same}");
    }
    record("WIRE-2").await.unwrap();
    for one in [first.id, second.id] {
        let refused = record("WIRE-1").await;
        assert!(matches!(refused, Err(Error::Taken { .. })));
        money.revert_deposit(&admin(), one).await.unwrap();
    }
    record("WIRE-1").await.unwrap();
}

#[tokio::test]
async fn a_spent_deposit_is_not_reverted_and_an_overdraft_says_what_is_missing() {
    let bank = bank().await;
    let customer = bank.account().await;
    let deposit = bank.deposit(customer, 1_000).await.unwrap();
    let Err(error @ Error::NotEnough { short: 234 }) = bank.withdrawal(customer, 1_234).await
    else {
        panic!("it was started");
    };
    assert!(error.to_string().contains("2.34 US dollars"), "{error}");
    let withdrawal = bank.withdrawal(customer, 400).await.unwrap();
    for _ in 0..2 {
        let refused = bank.deposits.revert_deposit(&admin(), deposit.id).await;
        assert!(matches!(refused, Err(Error::NotEnough { short: 400 })));
        assert_eq!(bank.on(customer).await.0, 600);
    }
    bank.deposits
        .cancel_withdrawal(&officer(), withdrawal.id)
        .await
        .unwrap();
    bank.deposits
        .revert_deposit(&admin(), deposit.id)
        .await
        .unwrap();
    assert_eq!(bank.on(customer).await, (0, 0));
    assert_eq!(bank.published().await.len(), 4, "refusals tell nothing");
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_a_form_serves_once() {
    let bank = bank().await;
    let customer = bank.account().await;
    let (officer, admin, money) = (officer(), admin(), &bank.deposits);
    let (deposit, new) = (DepositId::new(), of(customer, 1_000, "IN"));
    let (withdrawal, out) = (WithdrawalId::new(), of(customer, 400, "OUT"));
    for _ in 0..3 {
        money.record_deposit(&officer, deposit, &new).await.unwrap();
        money
            .initiate_withdrawal(&officer, withdrawal, &out)
            .await
            .unwrap();
    }
    assert_eq!(bank.on(customer).await, (600, 400));
    for _ in 0..3 {
        money.confirm_withdrawal(&admin, withdrawal).await.unwrap();
    }
    assert_eq!(bank.on(customer).await, (600, 0));
    for _ in 0..3 {
        money.revert_withdrawal(&admin, withdrawal).await.unwrap();
        money.revert_deposit(&admin, deposit).await.unwrap();
    }
    assert_eq!(bank.on(customer).await, (0, 0));
    assert_eq!(bank.published().await.len(), 5);
    // The form again, with something else in it.
    for other in [of(customer, 1_001, "IN"), of(customer, 1_000, "OTHER")] {
        let refused = money.record_deposit(&officer, deposit, &other).await;
        assert!(words(refused).contains("form"));
    }
}

#[tokio::test]
async fn permissions_are_asked_and_written_down() {
    let bank = bank().await;
    let customer = bank.account().await;
    bank.deposit(customer, 1_000).await.unwrap();
    let withdrawal = bank.withdrawal(customer, 100).await.unwrap().id;
    let auditor = operator(Role::Auditor);
    let lacks = |result: Result<(), Error>, lacking: Permission| {
        assert!(
            matches!(
                result,
                Err(Error::Forbidden(permission)) if permission == lacking.as_str()
            ),
            "{result:?}"
        );
    };
    let money = &bank.deposits;
    let (new, id) = (of(customer, 1, ""), DepositId::new());
    let refused = money.record_deposit(&auditor, id, &new).await.map(drop);
    lacks(refused, Permission::DepositCreate);
    let refused = money
        .cancel_withdrawal(&auditor, withdrawal)
        .await
        .map(drop);
    lacks(refused, Permission::DepositCreate);
    let refused = money.confirm_withdrawal(&officer(), withdrawal).await;
    lacks(refused.map(drop), Permission::WithdrawalConfirm);
    let owner = Subject::Customer {
        id: customer.into(),
    };
    let refused = money.withdrawal(&owner, withdrawal).await.map(drop);
    lacks(refused, Permission::DepositRead);
    let refused = money
        .deposits_of_many(&owner, &[customer.into()], None, 10)
        .await;
    lacks(refused.map(drop), Permission::DepositRead);
    money.withdrawal(&auditor, withdrawal).await.unwrap();

    let object = format!("withdrawal:{withdrawal}");
    let written: Vec<(String, bool)> = sqlx::query_as(
        "SELECT action, authorized FROM audit_entries WHERE object = $1 ORDER BY id",
    )
    .bind(&object)
    .fetch_all(&bank.pool)
    .await
    .unwrap();
    let expected = [
        ("withdrawal.initiate", true),
        ("withdrawal.cancel", false),
        ("withdrawal.confirm", false),
        ("withdrawal.read", false),
        ("withdrawal.read", true),
    ];
    assert_eq!(written, expected.map(|(a, b)| (a.to_owned(), b)));
}

#[test]
fn what_is_typed_wrong_has_words_beside_its_field() {
    let customer = customer::primitives::CustomerId::new();
    let fields =
        |amount: &str, reference: &str| match NewMovement::typed(customer, amount, reference) {
            Err(Error::Invalid(fields)) => fields.into_iter().map(|error| error.field).collect(),
            Err(other) => panic!("{other}"),
            Ok(_) => Vec::new(),
        };
    assert_eq!(fields("12.345", "ok"), [field::AMOUNT]);
    assert_eq!(fields("12.34", "a\u{7}b"), [field::REFERENCE]);
    let long = "x".repeat(200);
    assert_eq!(fields("-1", &long), [field::AMOUNT, field::REFERENCE]);
    assert_eq!(fields("1,234.50", ""), []);
}
