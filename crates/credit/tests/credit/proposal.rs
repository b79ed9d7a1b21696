use credit::event::CreditEvent as Event;
use credit::{CreditChanged, CreditFacilityProposalId, ProposalStatus::*, rules, timeline};
use futures::StreamExt as _;
use uuid::Uuid;

use crate::bank::{admin, bank, of, officer, words};

#[tokio::test]
async fn proposed_accepted_and_approved_by_a_second_operator() {
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let mut changes = Box::pin(credit.subscribe());
    let (proposer, decider) = (officer(), admin());
    let id = CreditFacilityProposalId::new();
    let made = credit
        .propose(&proposer, id, &of(customer, 5_000_000))
        .await
        .unwrap();
    assert_eq!(made.status, PendingCustomerApproval);
    assert_eq!(
        (made.amount.cents(), made.purpose().as_deref()),
        (5_000_000, Some("a new mill"))
    );
    let change = changes.next().await.unwrap();
    assert_eq!(
        change,
        CreditChanged {
            customer,
            proposal: id
        }
    );
    assert_eq!(
        words(credit.approve(&decider, id, None).await),
        rules::NOT_ACCEPTED
    );

    let accepted = credit.accept(customer, id).await.unwrap();
    assert_eq!(accepted.status, PendingApproval);
    assert_eq!(words(credit.decline(customer, id).await), rules::ACCEPTED);
    let waiting = credit.open_proposals(&decider, None, 10).await.unwrap();
    assert_eq!(waiting.rows, [accepted]);
    let approved = credit.approve(&decider, id, Some(" solid ")).await.unwrap();
    assert_eq!(approved.status, Approved);
    assert_eq!(approved.decision_reason().as_deref(), Some("solid"));
    assert_eq!(
        words(credit.deny(&admin(), id, None).await),
        rules::APPROVED
    );
    assert!(
        credit
            .open_proposals(&decider, None, 10)
            .await
            .unwrap()
            .rows
            .is_empty()
    );

    let published = bank.published().await;
    let [
        Event::CreditFacilityProposalCreated(_),
        Event::CreditFacilityProposalAccepted(_),
        Event::CreditFacilityProposalApproved(told),
    ] = published.as_slice()
    else {
        panic!("{published:?}");
    };
    assert_eq!(told.credit_facility_proposal_id, Uuid::from(id));
    assert_eq!((told.customer_id, told.amount), (customer, 5_000_000));
}

#[tokio::test]
async fn the_history_says_what_who_and_when_and_the_audit_log_every_decision() {
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let (proposer, decider) = (officer(), admin());
    let id = bank.proposed_by(&proposer, customer).await.unwrap().id;
    credit.accept(customer, id).await.unwrap();
    credit.deny(&decider, id, Some("too much")).await.unwrap();
    let who = format!("customer:{customer}");
    let timeline = timeline(&bank.read(id).await);
    let said: Vec<_> = timeline
        .iter()
        .map(|entry| {
            (
                entry.words.what.as_str(),
                entry.words.by.as_deref().unwrap(),
            )
        })
        .collect();
    let (proposer, decider) = (proposer.as_text(), decider.as_text());
    assert_eq!(
        said,
        [
            ("Proposed: 50,000.00 US dollars", proposer.as_str()),
            ("Accepted by the customer", who.as_str()),
            ("Denied: too much", decider.as_str()),
        ]
    );
    for entry in &timeline {
        let payload = entry.payload.to_string();
        assert!(
            !payload.contains("too much") && !payload.contains("mill"),
            "{payload}"
        );
    }
    // The audit log knows each act by the name that the history gives it.
    let acts: Vec<_> = timeline
        .iter()
        .map(|entry| (entry.words.by.clone().unwrap(), entry.act.clone().unwrap()))
        .map(|(by, act)| {
            assert_eq!(act.object, format!("credit-proposal:{id}"));
            (by, act.action.to_owned(), true)
        })
        .collect();
    assert_eq!(bank.audit(id).await, acts);
}

#[tokio::test]
async fn declined_is_the_end_of_one_proposal_not_of_others() {
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let (one, two) = (bank.proposed(customer).await, bank.proposed(customer).await);
    assert_eq!(
        credit.decline(customer, one).await.unwrap().status,
        CustomerDenied
    );
    assert_eq!(
        credit.decline(customer, one).await.unwrap().status,
        CustomerDenied
    );
    assert_eq!(words(credit.accept(customer, one).await), rules::DECLINED);
    assert_eq!(
        words(credit.deny(&admin(), one, None).await),
        rules::DECLINED
    );
    let statuses = |rows: Vec<credit::ProposalRow>| -> Vec<_> {
        rows.into_iter().map(|row| (row.id, row.status)).collect()
    };
    let expected = [(two, PendingCustomerApproval), (one, CustomerDenied)];
    assert_eq!(statuses(credit.own(customer).await.unwrap()), expected);
    // Page by page for the bank.
    let first = credit
        .proposals_of(&admin(), customer, None, 1)
        .await
        .unwrap();
    let second = credit
        .proposals_of(&admin(), customer, first.next, 1)
        .await
        .unwrap();
    assert!(second.next.is_none());
    assert_eq!(statuses([first.rows, second.rows].concat()), expected);
}

#[tokio::test]
async fn the_same_again_is_done_once_and_another_form_is_refused() {
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let (id, operator) = (CreditFacilityProposalId::new(), officer());
    let new = of(customer, 100);
    credit.propose(&operator, id, &new).await.unwrap();
    credit.accept(customer, id).await.unwrap();
    // Also when it has gone on since.
    let again = credit.propose(&operator, id, &new).await.unwrap();
    assert_eq!(again.status, PendingApproval);
    for other in [of(customer, 101), of(bank.customer().await, 100)] {
        assert_eq!(
            words(credit.propose(&operator, id, &other).await),
            rules::OTHER_FORM
        );
    }
    credit.accept(customer, id).await.unwrap();
    credit.approve(&admin(), id, None).await.unwrap();
    let approved = credit.approve(&admin(), id, Some("again")).await.unwrap();
    assert_eq!(approved.decision_reason(), None);
    let late = credit.accept(customer, id).await.unwrap();
    assert_eq!(late.status, Approved);
    assert_eq!(bank.published().await.len(), 3);
}
