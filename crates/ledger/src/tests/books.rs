use es_entity::DbOp;
use rust_decimal::Decimal;

use super::support::{Bank, bank, overdrawn};
use crate::{AccountCategory::Individual, AccountStatus, ids};

/// Debits and credits of all entries of both layers, in dollars.
async fn debits_and_credits(bank: &Bank) -> (Decimal, Decimal) {
    let row = sqlx::query!(
        r#"SELECT COALESCE(sum((event->'values'->>'units')::numeric) FILTER (WHERE event->'values'->>'direction' = 'debit'), 0) AS "debits!",
                  COALESCE(sum((event->'values'->>'units')::numeric) FILTER (WHERE event->'values'->>'direction' = 'credit'), 0) AS "credits!"
           FROM cala_entry_events"#
    )
    .fetch_one(&bank.db.pool)
    .await
    .unwrap();
    (row.debits, row.credits)
}

#[tokio::test]
async fn an_empty_account_cannot_spend_its_siblings_money() {
    let bank = bank().await;
    let rich = bank.open(1_000_001, Individual).await;
    let empty = bank.open(1_000_002, Individual).await;
    bank.deposit(rich, 1_000).await.unwrap();

    let refused = bank.withdraw(empty, 1).await;
    assert!(overdrawn(&refused), "{refused:?}");
    let refused = bank.withdraw(rich, 1_001).await;
    assert!(overdrawn(&refused), "{refused:?}");
    assert_eq!(
        (bank.settled(rich).await, bank.settled(empty).await),
        (1_000, 0)
    );

    bank.withdraw(rich, 1_000).await.unwrap();
    let refused = bank.withdraw(rich, 1).await;
    assert!(overdrawn(&refused), "{refused:?}");
    assert_eq!(bank.settled(rich).await, 0);
    assert_eq!(debits_and_credits(&bank).await, (40.into(), 40.into()));
}

async fn found(bank: &Bank) -> Vec<String> {
    let books = crate::check_books(&bank.db.pool).await.unwrap();
    books.findings.iter().map(ToString::to_string).collect()
}

/// The owner of the database can write what the ledger never would. Adding up finds it.
#[tokio::test]
async fn whoever_tampers_with_the_books_is_found() {
    let bank = bank().await;
    let ann = bank.open(1_000_001, Individual).await;
    let ben = bank.open(1_000_002, Individual).await;
    bank.deposit(ann, 1_000).await.unwrap();
    bank.add_up(100).await;
    bank.deposit(ben, 500).await.unwrap();
    assert_eq!(found(&bank).await, [""; 0]);

    for (tampers, says) in [
        (
            "UPDATE cala_entry_events v SET event = jsonb_set(event, '{values,units}', '\"11.00\"')
             FROM cala_entries e JOIN cala_accounts a ON a.id = e.account_id
             WHERE v.id = e.id AND a.code = 'DEP-1000001'",
            &[
                "debits and credits differ by 1.00 USD (Settled)",
                "DEP-1000001 stands at 10.00 USD (Settled), its entries come to 11.00",
                "Deposits: Individual stands at 15.00 USD (Settled), its entries come to 16.00",
            ][..],
        ),
        (
            "UPDATE cala_current_balances b
             SET latest_values = jsonb_set(latest_values, '{settled,dr_balance}', '\"20.00\"')
             FROM cala_accounts a WHERE a.id = b.account_id AND a.code = 'DEP-1000002'",
            &[
                "DEP-1000002 has less than nothing on it",
                "DEP-1000002 stands at -15.00 USD (Settled), its entries come to 5.00",
            ][..],
        ),
        (
            "DELETE FROM cala_account_set_member_accounts m USING cala_accounts a
             WHERE a.id = m.member_account_id AND a.code = 'DEP-1000002'",
            &[
                "Deposits: Individual stands at 15.00 USD (Settled), its entries come to 11.00",
                "Deposits: Individual lists 2 of 1 entries",
            ][..],
        ),
        (
            "UPDATE ledger_sums SET settled = settled + 1 FROM cala_accounts a
             WHERE a.id = ledger_sums.id AND a.code = 'OMNIBUS-USD'",
            &["OMNIBUS-USD stands at -14.00 USD (Settled), its entries come to -15.00"][..],
        ),
        (
            "DELETE FROM ledger_sum_changes c USING cala_account_sets s WHERE s.id = c.sum_id AND s.name = 'Deposits'",
            &["Deposits stands at 10.00 USD (Settled), its entries come to 11.00"][..],
        ),
        (
            "DELETE FROM ledger_sum_entries e USING cala_accounts a
             WHERE a.id = e.sum_id AND a.code = 'OMNIBUS-USD'",
            &["OMNIBUS-USD lists 1 of 2 entries"][..],
        ),
    ] {
        assert!(
            sqlx::query(tampers)
                .execute(&bank.db.pool)
                .await
                .unwrap()
                .rows_affected()
                > 0
        );
        let found = found(&bank).await;
        for words in says {
            assert!(found.iter().any(|one| one == words), "{words}: {found:#?}");
        }
    }
}

#[tokio::test]
async fn a_locked_account_says_so() {
    let bank = bank().await;
    let customer = bank.open(1_000_001, Individual).await;
    let ledger = &bank.deposits.ledger;
    let mut op = DbOp::init(&bank.db.pool).await.unwrap();
    let id = ids::ledger_account(customer);
    ledger.accounts().lock_in_op(&mut op, id).await.unwrap();
    op.commit().await.unwrap();

    let account = bank.deposits.account_of(customer).await.unwrap().unwrap();
    assert_eq!(account.status, AccountStatus::Locked);
    assert!(bank.deposit(customer, 1).await.is_err());
    assert_eq!(bank.settled(customer).await, 0);
}
