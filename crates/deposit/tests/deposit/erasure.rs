use customer::ports::PersonalDataHolder as _;
use deposit::{DepositId, WithdrawalId};

use crate::bank::{admin, bank, of, officer};

#[tokio::test]
async fn references_go_and_the_money_s_history_stays() {
    let bank = bank().await;
    let (customer, other) = (bank.account().await, bank.account().await);
    let (officer, money) = (officer(), &bank.deposits);
    let new = of(customer, 100, "from Ada Lovelace");
    let deposit = DepositId::new();
    money.record_deposit(&officer, deposit, &new).await.unwrap();
    let kept = DepositId::new();
    money
        .record_deposit(&officer, kept, &of(other, 100, "from Ada Lovelace"))
        .await
        .unwrap();
    let withdrawal = WithdrawalId::new();
    let out = of(customer, 100, "to Ada Lovelace");
    money
        .initiate_withdrawal(&officer, withdrawal, &out)
        .await
        .unwrap();

    let mut op = es_entity::DbOp::init(&bank.pool).await.unwrap();
    money.erase_in_op(&mut op, customer.into()).await.unwrap();
    op.commit().await.unwrap();

    let admin = admin();
    let erased = money.deposit(&admin, deposit).await.unwrap();
    assert_eq!((erased.reference(), erased.amount.cents()), (None, 100));
    let erased = money.withdrawal(&admin, withdrawal).await.unwrap();
    assert_eq!(erased.reference(), None);
    let kept = money.deposit(&admin, kept).await.unwrap();
    assert_eq!(kept.reference().as_deref(), Some("from Ada Lovelace"));
    for table in [
        "deposits",
        "deposit_events",
        "deposits_forgettable_payloads",
        "withdrawals",
        "withdrawal_events",
        "withdrawals_forgettable_payloads",
        "outbox_events",
        "cala_entry_events",
        "cala_transaction_events",
    ] {
        let rows: i64 = sqlx::query_scalar(&format!(
            "SELECT count(*) FROM {table} t WHERE t::text ILIKE '%lovelace%'"
        ))
        .fetch_one(&bank.pool)
        .await
        .unwrap();
        let others = i64::from(table == "deposits" || table == "deposits_forgettable_payloads");
        assert_eq!(rows, others, "{table}");
    }
}
