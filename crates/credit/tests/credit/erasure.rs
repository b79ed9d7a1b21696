use credit::{ProposalStatus::*, timeline};
use customer::ports::PersonalDataHolder as _;

use crate::bank::{admin, bank};

#[tokio::test]
async fn what_was_typed_goes_and_the_history_stays() {
    let bank = bank().await;
    let (customer, other) = (bank.customer().await, bank.customer().await);
    let (id, open, kept) = (
        bank.accepted(customer).await,
        bank.proposed(customer).await,
        bank.proposed(other).await,
    );
    bank.credit
        .approve(&admin(), id, Some("Charles vouches"))
        .await
        .unwrap();
    let before = timeline(&bank.read(id).await).len();

    let mut op = es_entity::DbOp::init(&bank.pool).await.unwrap();
    bank.credit
        .erase_in_op(&mut op, customer.into())
        .await
        .unwrap();
    op.commit().await.unwrap();

    let erased = bank.read(id).await;
    assert_eq!(
        (erased.status, erased.amount.cents()),
        (Approved, 5_000_000)
    );
    assert_eq!(
        (erased.purpose(), erased.note(), erased.decision_reason()),
        (None, None, None)
    );
    let said = timeline(&erased);
    assert_eq!(said.len(), before);
    assert_eq!(said.last().unwrap().words.what, "Approved");
    // It goes on without its text, and nothing comes back.
    bank.closes(customer).await;
    bank.becomes(open, Cancelled).await;
    let own = bank.credit.own(customer).await.unwrap();
    assert!(own.iter().all(|row| row.purpose.is_none()));
    assert_eq!(bank.read(kept).await.note().as_deref(), Some("ask Charles"));
    for table in [
        "credit_facility_proposals",
        "credit_facility_proposal_events",
        "credit_facility_proposals_forgettable_payloads",
        "outbox_events",
        "audit_entries",
    ] {
        let rows: i64 = sqlx::query_scalar(&format!(
            "SELECT count(*) FROM {table} t WHERE t::text ~ 'mill|Charles|vouches'"
        ))
        .fetch_one(&bank.pool)
        .await
        .unwrap();
        let of_the_other = i64::from(
            [
                "credit_facility_proposals",
                "credit_facility_proposals_forgettable_payloads",
            ]
            .contains(&table),
        );
        assert_eq!(rows, of_the_other, "{table}");
    }
}
