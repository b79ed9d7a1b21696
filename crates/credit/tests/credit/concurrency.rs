use std::sync::Arc;

use credit::{CreditFacilityProposalEvent as Event, CreditFacilityProposalId, ProposalStatus::*};
use futures::future::{join, join_all};
use kernel::Error;

use crate::bank::{Bank, admin, bank, of, officer};

/// How often each thing happened to a proposal.
async fn happened(bank: &Bank, id: CreditFacilityProposalId) -> [usize; 4] {
    let proposal = bank.read(id).await;
    let count = |wanted: fn(&Event) -> bool| proposal.history().filter(|(_, e)| wanted(e)).count();
    [
        count(|event| matches!(event, Event::Accepted { .. })),
        count(|event| matches!(event, Event::Approved { .. })),
        count(|event| matches!(event, Event::Denied { .. })),
        count(|event| matches!(event, Event::Cancelled { .. })),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn operators_who_decide_at_once_make_one_decision() {
    let bank = Arc::new(bank().await);
    let customer = bank.customer().await;
    for _ in 0..5 {
        let id = bank.accepted(customer).await;
        let all = join_all((0..10).map(|n| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                if n % 2 == 0 {
                    bank.credit.approve(&admin(), id, None).await
                } else {
                    bank.credit.deny(&admin(), id, None).await
                }
            })
        }))
        .await;
        let done: Vec<bool> = all.into_iter().map(|one| one.unwrap().is_ok()).collect();
        // All of one kind were right, all of the other refused.
        let approved = bank.status(id).await == Approved;
        for (n, done) in done.into_iter().enumerate() {
            assert_eq!(done, (n % 2 == 0) == approved);
        }
        let expected = if approved { [1, 1, 0, 0] } else { [1, 0, 1, 0] };
        assert_eq!(happened(&bank, id).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_form_and_one_click_many_times_at_once_are_one_proposal_accepted_once() {
    let bank = Arc::new(bank().await);
    let customer = bank.customer().await;
    let (id, operator, new) = (
        CreditFacilityProposalId::new(),
        officer(),
        of(customer, 100),
    );
    let made = join_all((0..20).map(|_| bank.credit.propose(&operator, id, &new))).await;
    assert!(made.iter().all(Result::is_ok));
    let accepted = join_all((0..20).map(|_| bank.credit.accept(customer, id))).await;
    assert!(accepted.iter().all(Result::is_ok));
    assert_eq!(happened(&bank, id).await, [1, 0, 0, 0]);
    assert_eq!(bank.credit.own(customer).await.unwrap().len(), 1);
    assert_eq!(bank.published().await.len(), 2);
}

/// Whichever is first, it ends cancelled; and nobody approves it meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn accepting_and_losing_the_eligibility_at_once_ends_cancelled() {
    let bank = Arc::new(bank().await);
    for _ in 0..5 {
        let customer = bank.customer().await;
        let (open, waiting) = (bank.proposed(customer).await, bank.accepted(customer).await);
        let decider = admin();
        let (accepted, approved) = {
            let answers = join(
                bank.credit.accept(customer, open),
                bank.credit.approve(&decider, waiting, None),
            );
            let there_and_back = async {
                bank.deactivates(customer).await;
                bank.reactivates(customer).await;
            };
            join(answers, there_and_back).await.0
        };
        bank.becomes(open, Cancelled).await;
        assert_eq!(
            happened(&bank, open).await,
            [usize::from(accepted.is_ok()), 0, 0, 1]
        );
        if approved.is_ok() {
            assert_eq!(happened(&bank, waiting).await, [1, 1, 0, 0]);
        } else {
            bank.becomes(waiting, Cancelled).await;
            assert_eq!(happened(&bank, waiting).await, [1, 0, 0, 1]);
        }
    }
}

/// One id for two customers: the row lock orders only one customer's.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_id_for_two_customers_at_once_is_one_of_them() {
    let bank = Arc::new(bank().await);
    let customers = [bank.customer().await, bank.customer().await];
    for _ in 0..10 {
        let id = CreditFacilityProposalId::new();
        let made = join_all(customers.map(|customer| {
            let bank = Arc::clone(&bank);
            tokio::spawn(async move {
                let new = of(customer, 100_000);
                bank.credit.propose(&officer(), id, &new).await.map(drop)
            })
        }))
        .await;
        let refused: Vec<_> = made
            .into_iter()
            .filter_map(|one| one.unwrap().err())
            .collect();
        assert!(matches!(refused[..], [Error::Refused(_)]), "{refused:?}");
    }
}
