use deposit::DocumentId;
use kernel::Error;
use ledger::{Layers, Which};

use crate::bank::{admin, bank, of, officer};

#[tokio::test]
async fn lists_come_newest_first_page_by_page() {
    let bank = bank().await;
    let (customer, other) = (bank.account().await, bank.account().await);
    for cents in 1..=5 {
        bank.deposit(customer, cents).await.unwrap();
        bank.deposit(other, 100).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let of = [customer.into()];
        let pages = bank
            .deposits
            .deposits_of_many(&admin(), &of, after, 2)
            .await;
        let page = pages.unwrap().remove(&of[0]).unwrap();
        seen.extend(page.rows.iter().map(|row| row.amount.cents()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn what_waits_for_a_second_operator_is_listed_until_it_is_done() {
    let bank = bank().await;
    let (ann, ben) = (bank.account().await, bank.account().await);
    bank.deposit(ann, 100).await.unwrap();
    bank.deposit(ben, 100).await.unwrap();
    let first = bank.withdrawal(ann, 1).await.unwrap();
    let second = bank.withdrawal(ben, 2).await.unwrap();
    let waiting = || async {
        let page = bank.deposits.waiting_withdrawals(&admin(), None, 10).await;
        let rows = page.unwrap().rows;
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, [first.id, second.id]);
    bank.deposits
        .confirm_withdrawal(&admin(), second.id)
        .await
        .unwrap();
    assert_eq!(waiting().await, [first.id]);
    let ben = ben.into();
    let of_ben = bank
        .deposits
        .withdrawals_of_many(&admin(), &[ben], None, 10)
        .await;
    assert_eq!(of_ben.unwrap()[&ben].rows.len(), 1);
}

#[tokio::test]
async fn everything_is_found_by_what_people_know() {
    let bank = bank().await;
    let customer = bank.account().await;
    let (admin, money) = (admin(), &bank.deposits);
    let new = of(customer, 900, "WIRE-9");
    let deposit = money
        .record_deposit(&officer(), deposit::DepositId::new(), &new)
        .await
        .unwrap();
    let by_number = money
        .deposit_by_public_id(&admin, &deposit.public_id.0)
        .await;
    assert_eq!(by_number.unwrap().id, deposit.id);
    let missing = money
        .withdrawal_by_public_id(&admin, &deposit.public_id.0)
        .await;
    assert!(matches!(missing, Err(Error::NotFound(_))));
    let owner = money.customer_of(deposit.account_id).await.unwrap();
    assert_eq!(owner, Some(customer));
    let nobody = money.customer_of(uuid::Uuid::now_v7()).await.unwrap();
    assert_eq!(nobody, None);

    // From an entry to what it is for.
    let which = Which::Newest { before: None };
    let entries = bank
        .ledger
        .entries_of(deposit.account_id, Layers::Settled, which, 10)
        .await
        .unwrap();
    let id = DocumentId::Deposit(deposit.id);
    assert_eq!(DocumentId::of(&entries.rows[0]), Some(id));
    let documents = money.documents(&entries.rows).await.unwrap();
    assert_eq!(documents[&id].public_id, deposit.public_id);
    assert_eq!(documents[&id].reference.as_deref(), Some("WIRE-9"));

    // Callers make the ids: another customer's withdrawal may have the same.
    let other = bank.account().await;
    bank.deposit(other, 900).await.unwrap();
    let twin = deposit::WithdrawalId::from(uuid::Uuid::from(deposit.id));
    let new = of(other, 100, "SECRET");
    let withdrawal = money.initiate_withdrawal(&officer(), twin, &new).await;
    assert_eq!(money.documents(&entries.rows).await.unwrap(), documents);
    let account = withdrawal.unwrap().account_id;
    let entries = bank
        .ledger
        .entries_of(account, Layers::Settled, which, 1)
        .await
        .unwrap();
    let documents = money.documents(&entries.rows).await.unwrap();
    let of_twin = &documents[&DocumentId::Withdrawal(twin)];
    assert_eq!(of_twin.reference.as_deref(), Some("SECRET"));
}
