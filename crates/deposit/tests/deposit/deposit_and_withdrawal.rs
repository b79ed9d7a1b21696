use deposit::event::MoneyEvent::*;
use deposit::{DepositId, DepositStatus, MoneyChanged, WithdrawalId, WithdrawalStatus};
use futures::StreamExt as _;
use kernel::DomainEvent as _;

use crate::bank::{admin, bank, of, officer};

#[tokio::test]
async fn money_comes_in_is_reserved_leaves_and_comes_back() {
    let bank = bank().await;
    let customer = bank.account().await;
    let money = &bank.deposits;

    let new = of(customer, 100_000, " WIRE-1 ");
    let deposit = money
        .record_deposit(&officer(), DepositId::new(), &new)
        .await
        .unwrap();
    assert_eq!(deposit.status, DepositStatus::Confirmed);
    assert_eq!(deposit.reference().as_deref(), Some("WIRE-1"));
    assert_eq!(bank.on(customer).await, (100_000, 0));

    let withdrawal = bank.withdrawal(customer, 30_000).await.unwrap();
    assert_eq!(withdrawal.status, WithdrawalStatus::PendingConfirmation);
    assert_eq!(bank.on(customer).await, (70_000, 30_000));
    let confirmed = money.confirm_withdrawal(&admin(), withdrawal.id).await;
    assert_eq!(confirmed.unwrap().status, WithdrawalStatus::Confirmed);
    assert_eq!(bank.on(customer).await, (70_000, 0));
    let reverted = money.revert_withdrawal(&admin(), withdrawal.id).await;
    assert_eq!(reverted.unwrap().status, WithdrawalStatus::Reverted);
    assert_eq!(bank.on(customer).await, (100_000, 0));

    let dropped = bank.withdrawal(customer, 100_000).await.unwrap();
    let cancelled = money.cancel_withdrawal(&officer(), dropped.id).await;
    assert_eq!(cancelled.unwrap().status, WithdrawalStatus::Cancelled);
    let reverted = money.revert_deposit(&admin(), deposit.id).await;
    assert_eq!(reverted.unwrap().status, DepositStatus::Reverted);
    assert_eq!(bank.on(customer).await, (0, 0));

    let published = bank.published().await;
    assert!(
        matches!(
            published.as_slice(),
            [
                DepositRecorded(a),
                WithdrawalInitiated(_),
                WithdrawalConfirmed(_),
                WithdrawalReverted(b),
                WithdrawalInitiated(_),
                WithdrawalCancelled(c),
                DepositReverted(_),
            ] if a.amount == 100_000 && a.account_id == deposit.account_id
                && WithdrawalId::from(b.withdrawal_id) == withdrawal.id && WithdrawalId::from(c.withdrawal_id) == dropped.id
        ),
        "{published:?}"
    );
    assert_eq!(published[0].subject(), uuid::Uuid::from(customer));
}

#[tokio::test]
async fn public_ids_are_of_one_space_and_the_history_says_who() {
    let bank = bank().await;
    let customer = bank.account().await;
    let deposit = bank.deposit(customer, 500).await.unwrap();
    let officer = officer();
    let new = of(customer, 100, "");
    let withdrawal = bank
        .deposits
        .initiate_withdrawal(&officer, WithdrawalId::new(), &new)
        .await
        .unwrap();
    let number = |id: &customer::primitives::PublicId| id.0.parse::<u64>().unwrap();
    let owner: String = sqlx::query_scalar("SELECT public_id FROM customers")
        .fetch_one(&bank.pool)
        .await
        .unwrap();
    let owner: u64 = owner.parse().unwrap();
    assert_eq!(number(&deposit.public_id), owner + 1);
    assert_eq!(number(&withdrawal.public_id), owner + 2);

    let admin = admin();
    let money = &bank.deposits;
    money
        .confirm_withdrawal(&admin, withdrawal.id)
        .await
        .unwrap();
    let found = money
        .withdrawal_by_public_id(&admin, &withdrawal.public_id.0)
        .await
        .unwrap();
    assert_eq!(found.made_by, officer.as_text());
    let history: Vec<_> = found
        .history()
        .map(|(_, event)| serde_json::to_value(event).unwrap()["by"].clone())
        .collect();
    assert_eq!(history, [officer.as_text(), admin.as_text()]);
}

#[tokio::test]
async fn whoever_listens_hears_which_document_changed() {
    let bank = bank().await;
    let customer = bank.account().await;
    let mut changes = Box::pin(bank.deposits.subscribe());
    let deposit = bank.deposit(customer, 500).await.unwrap();
    let heard = tokio::time::timeout(std::time::Duration::from_secs(20), changes.next());
    let expected = MoneyChanged {
        customer,
        document: deposit.id.into(),
    };
    assert_eq!(heard.await.unwrap(), Some(expected));
}
