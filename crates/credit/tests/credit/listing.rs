//! The list of all proposals: filters, pages, what it comes to.

use access::Subject;
use claim_loop::{Turn, Work as _};
use credit::ProposalStatus;
use kernel::{Amount, Error, MoneyFilter, Total, Totals, Whose};
use sqlx::Executor as _;
use uuid::Uuid;

use crate::bank::{admin, bank};

fn all() -> MoneyFilter<ProposalStatus> {
    MoneyFilter::default()
}

#[tokio::test]
async fn a_list_of_proposals_is_filtered_and_added_up() {
    let bank = bank().await;
    let (ann, ben) = (bank.customer().await, bank.customer().await);
    let first = bank.proposed(ann).await;
    let second = bank.accepted(ben).await;
    let whose = |customers: &[Uuid], text: &str| {
        Some(Whose {
            customers: customers.to_vec(),
            text: text.to_owned(),
        })
    };
    let pending = Some(ProposalStatus::PendingApproval);
    for (filter, expected) in [
        (all(), vec![second, first]),
        (
            MoneyFilter {
                status: pending,
                ..all()
            },
            vec![second],
        ),
        (
            MoneyFilter {
                customer: Some(ann.into()),
                ..all()
            },
            vec![first],
        ),
        (
            MoneyFilter {
                whose: whose(&[ben.into()], "x"),
                ..all()
            },
            vec![second],
        ),
        (
            MoneyFilter {
                whose: whose(&[], &first.to_string()),
                ..all()
            },
            vec![first],
        ),
        (
            MoneyFilter {
                least: Amount::from_cents(5_000_001).ok(),
                ..all()
            },
            vec![],
        ),
        (
            MoneyFilter {
                most: Amount::from_cents(5_000_000).ok(),
                ..all()
            },
            vec![second, first],
        ),
    ] {
        let page = bank
            .credit
            .list_proposals(&admin(), &filter, None, 10)
            .await
            .unwrap();
        let found: Vec<_> = page.rows.iter().map(|row| row.id).collect();
        assert_eq!(found, expected, "{filter:?}");
        let totals = bank
            .credit
            .proposal_totals(&admin(), &filter)
            .await
            .unwrap();
        let Totals::Known(totals) = totals else {
            panic!("{totals:?}");
        };
        let count: i64 = totals.iter().map(|total| total.count).sum();
        assert_eq!(
            usize::try_from(count).unwrap(),
            expected.len(),
            "{filter:?}"
        );
    }
    let page = bank
        .credit
        .list_proposals(&admin(), &all(), None, 1)
        .await
        .unwrap();
    let rest = bank
        .credit
        .list_proposals(&admin(), &all(), page.next, 1)
        .await
        .unwrap();
    assert_eq!(
        rest.rows.iter().map(|row| row.id).collect::<Vec<_>>(),
        [first]
    );

    bank.credit.approve(&admin(), second, None).await.unwrap();
    while bank.credit.adding_up().batch().await.unwrap() == Turn::Worked {}
    let total = |status| Total {
        status,
        count: 1,
        cents: 5_000_000,
    };
    let totals = bank.credit.proposal_totals(&admin(), &all()).await.unwrap();
    let waits = total(ProposalStatus::PendingCustomerApproval);
    assert_eq!(
        totals,
        Totals::Known(vec![waits, total(ProposalStatus::Approved)])
    );

    let nobody = Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: access::Role::EventReader,
    };
    let refused = bank.credit.list_proposals(&nobody, &all(), None, 10).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    let refused = bank.credit.download(&nobody).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn every_filter_of_proposals_reads_its_rows_in_their_order() {
    let bank = bank().await;
    let mut connection = bank.pool.acquire().await.unwrap();
    connection
        .execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        .await
        .unwrap();
    for (rows, index) in [
        ("created_at < now()", "by_creation"),
        ("status = 'approved' AND created_at < now()", "by_status"),
        ("amount = 100", "by_amount"),
        ("customer_id = '0198c0de-0000-7000-8000-000000000000'", "by_customer"),
    ] {
        let plan: Vec<String> = sqlx::query_scalar(&format!(
            "EXPLAIN SELECT id FROM credit_facility_proposals WHERE {rows} ORDER BY created_at DESC, id DESC LIMIT 51"
        ))
        .fetch_all(&mut *connection)
        .await
        .unwrap();
        let plan = plan.join("\n");
        let uses = plan.contains(&format!("credit_facility_proposals_{index} "));
        assert!(uses && !plan.contains("Sort"), "{rows}: {plan}");
    }
}
