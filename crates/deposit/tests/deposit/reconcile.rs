//! Documents and ledger, compared amount by amount in both directions.

use deposit::{DocumentFinding, WithdrawalId, reconcile};
use sqlx::Executor as _;

use crate::bank::{Bank, admin, bank, of, officer};

/// Each posting that there is, and three documents of 10, 20 and 30 dollars that nothing was done to since.
async fn busy() -> Bank {
    let bank = bank().await;
    let (one, two) = (bank.account().await, bank.account().await);
    bank.deposit(one, 100_000).await.unwrap();
    let back = bank.deposit(one, 5_000).await.unwrap();
    bank.deposits
        .revert_deposit(&admin(), back.id)
        .await
        .unwrap();
    for end in ["pending", "confirmed", "cancelled", "reverted"] {
        let id = WithdrawalId::new();
        let new = of(one, 700, end);
        let money = &bank.deposits;
        money
            .initiate_withdrawal(&officer(), id, &new)
            .await
            .unwrap();
        match end {
            "pending" => {}
            "cancelled" => drop(money.cancel_withdrawal(&admin(), id).await.unwrap()),
            _ => drop(money.confirm_withdrawal(&admin(), id).await.unwrap()),
        }
        if end == "reverted" {
            money.revert_withdrawal(&admin(), id).await.unwrap();
        }
    }
    for cents in [1_000, 2_000, 3_000] {
        bank.deposit(two, cents).await.unwrap();
    }
    bank
}

async fn found(bank: &Bank) -> Vec<String> {
    let found = reconcile(&bank.pool).await.unwrap();
    assert_eq!(found.unlisted, 0);
    let findings = found.findings.iter();
    findings.map(DocumentFinding::to_string).collect()
}

const OF_20: &str = "SELECT id FROM deposits WHERE amount = 2000";

#[tokio::test]
async fn what_was_done_is_in_both() {
    let bank = busy().await;
    let found = reconcile(&bank.pool).await.unwrap();
    assert_eq!((found.documents, found.findings), (9, vec![]));
}

#[tokio::test]
async fn what_is_only_in_one_of_both_is_named() {
    let amount = |part: &str| {
        format!(
            "UPDATE cala_entry_events v SET event = jsonb_set(event, '{{values,units}}', '\"{part}\"') FROM cala_entries e
             JOIN cala_transactions t ON t.id = e.transaction_id WHERE v.id = e.id AND t.correlation_id IN (SELECT id::text FROM ({OF_20}) d)"
        )
    };
    let cases = [
        // The books balance in each of these but the document, or the ledger, was changed.
        (
            vec![format!("UPDATE deposits SET amount = 9900 WHERE id IN ({OF_20})")],
            vec!["shows 99.00 USD, and 20.00 USD were recorded", "is of 99.00 USD, and \"Deposit\" moved 20.00 USD"],
        ),
        (
            vec![
                "UPDATE deposit_events e SET event = jsonb_set(event, '{amount}', '9900') FROM deposits d
                 WHERE d.id = e.id AND d.amount = 2000 AND sequence = 1"
                    .to_owned(),
            ],
            vec!["shows 20.00 USD, and 99.00 USD were recorded"],
        ),
        (vec![amount("99.00")], vec!["is of 20.00 USD, and \"Deposit\" moved 99.00 USD"]),
        (vec![amount("20.001")], vec!["is of 20.00 USD, and \"Deposit\" moved 0.00 USD"]),
        (
            vec![
                "UPDATE withdrawals SET status = 'confirmed' WHERE status = 'pending_confirmation'".to_owned(),
            ],
            vec!["is not in the ledger (\"Withdrawal confirmed\" was never posted)"],
        ),
        (
            vec!["UPDATE withdrawals SET status = 'pending_confirmation' WHERE status = 'cancelled'".to_owned()],
            vec!["the ledger has \"Withdrawal cancelled\" for withdrawal"],
        ),
        (
            vec![
                format!("DELETE FROM deposits_forgettable_payloads WHERE entity_id IN ({OF_20})"),
                format!("DELETE FROM deposit_events WHERE id IN ({OF_20})"),
                "DELETE FROM deposits WHERE amount = 2000".to_owned(),
            ],
            vec!["is for no deposit or withdrawal"],
        ),
        (
            vec![format!("UPDATE cala_transactions SET correlation_id = '' WHERE correlation_id IN (SELECT id::text FROM ({OF_20}) d)")],
            vec!["is for no deposit or withdrawal"],
        ),
        (
            vec![
                "UPDATE cala_entries e SET account_id = other.id FROM cala_accounts other, cala_transactions t, deposits d
                 WHERE t.id = e.transaction_id AND t.correlation_id = d.id::text AND d.amount = 2000 AND e.account_id = d.account_id
                   AND other.code LIKE 'DEP-%' AND other.id <> d.account_id"
                    .to_owned(),
            ],
            vec!["is of 20.00 USD, and \"Deposit\" moved 0.00 USD"],
        ),
    ];
    for (tampers, says) in cases {
        let bank = busy().await;
        for statement in &tampers {
            bank.pool.execute(statement.as_str()).await.unwrap();
        }
        let found = found(&bank).await;
        assert_eq!(found.len(), says.len(), "{tampers:?}: {found:#?}");
        for (found, words) in found.iter().zip(says) {
            assert!(found.contains(words), "{words}: {found}");
        }
    }
}
