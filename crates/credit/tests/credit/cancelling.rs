use credit::{
    CreditFacilityProposalId,
    Ineligible::{self, *},
    ProposalStatus::*,
    event::CreditEvent,
    rules, timeline,
};
use customer::primitives::CustomerId;

use crate::bank::{Bank, admin, asleep, bank, words};

struct Made {
    open: CreditFacilityProposalId,
    accepted: CreditFacilityProposalId,
    approved: CreditFacilityProposalId,
    declined: CreditFacilityProposalId,
}

/// One of everything.
async fn made(bank: &Bank, customer: CustomerId) -> Made {
    let approved = bank.accepted(customer).await;
    bank.credit.approve(&admin(), approved, None).await.unwrap();
    let declined = bank.proposed(customer).await;
    bank.credit.decline(customer, declined).await.unwrap();
    Made {
        open: bank.proposed(customer).await,
        accepted: bank.accepted(customer).await,
        approved,
        declined,
    }
}

async fn cancelled(bank: &Bank, made: &Made, cause: Ineligible) {
    for id in [made.open, made.accepted] {
        bank.becomes(id, Cancelled).await;
        let proposal = bank.read(id).await;
        assert_eq!(proposal.cancelled_because, Some(cause));
        let last = timeline(&proposal).pop().unwrap();
        assert_eq!(last.words.what, format!("Cancelled: {}", cause.cause()));
        assert_eq!(
            words(bank.credit.accept(proposal.customer_id, id).await),
            rules::CANCELLED
        );
        assert_eq!(
            words(bank.credit.approve(&admin(), id, None).await),
            rules::CANCELLED
        );
        let by_usher: Vec<_> = bank
            .audit(id)
            .await
            .into_iter()
            .filter(|(who, ..)| who == "system:credit")
            .collect();
        let entry = |action: &str| ("system:credit".to_owned(), action.to_owned(), true);
        assert_eq!(by_usher, [entry("credit_proposal.cancel")]);
    }
    assert_eq!(bank.status(made.approved).await, Approved);
    assert_eq!(bank.status(made.declined).await, CustomerDenied);
}

async fn told_of_cancelling(bank: &Bank) -> usize {
    let is_cancelled =
        |event: &CreditEvent| matches!(event, CreditEvent::CreditFacilityProposalCancelled(_));
    bank.published()
        .await
        .iter()
        .filter(|event| is_cancelled(event))
        .count()
}

#[tokio::test]
async fn a_late_red_cancels_what_is_open_and_an_approval_stands() {
    let bank = bank().await;
    let (customer, other) = (bank.customer().await, bank.customer().await);
    let untouched = bank.proposed(other).await;
    let made = made(&bank, customer).await;
    bank.answers(customer.into(), "RED", 20).await;
    cancelled(&bank, &made, Rejected).await;
    assert_eq!(told_of_cancelling(&bank).await, 2);
    assert_eq!(bank.status(untouched).await, PendingCustomerApproval);
}

#[tokio::test]
async fn a_deactivation_cancels_what_is_open() {
    let bank = bank().await;
    let customer = bank.customer().await;
    let made = made(&bank, customer).await;
    bank.deactivates(customer).await;
    cancelled(&bank, &made, Deactivated).await;
}

#[tokio::test]
async fn a_closing_cancels_what_is_open() {
    let bank = bank().await;
    let customer = bank.customer().await;
    let made = made(&bank, customer).await;
    bank.closes(customer).await;
    cancelled(&bank, &made, Closed).await;
}

/// The bank hears of it only after all of it happened.
#[tokio::test]
async fn deactivated_and_reactivated_a_moment_later_loses_what_was_open_and_keeps_what_came_after()
{
    let mut bank = asleep().await;
    let customer = bank.customer().await;
    let made = made(&bank, customer).await;
    bank.deactivates(customer).await;
    bank.reactivates(customer).await;
    let (after, accepted_after) = (bank.proposed(customer).await, bank.accepted(customer).await);
    bank.wakes().await;
    cancelled(&bank, &made, Deactivated).await;
    assert_eq!(bank.status(after).await, PendingCustomerApproval);
    assert_eq!(bank.status(accepted_after).await, PendingApproval);
    assert_eq!(told_of_cancelling(&bank).await, 2);
    // And once more, with each cause where it belongs.
    bank.answers(customer.into(), "RED", 20).await;
    bank.becomes(after, Cancelled).await;
    bank.becomes(accepted_after, Cancelled).await;
    assert_eq!(bank.read(after).await.cancelled_because, Some(Rejected));
    assert_eq!(
        bank.read(made.open).await.cancelled_because,
        Some(Deactivated)
    );
    assert_eq!(told_of_cancelling(&bank).await, 4);
}

#[tokio::test]
async fn rejected_and_restored_a_moment_later_loses_what_was_open() {
    let mut bank = asleep().await;
    let customer = bank.customer().await;
    let made = made(&bank, customer).await;
    bank.answers(customer.into(), "RED", 20).await;
    bank.answers(customer.into(), "GREEN", 30).await;
    let restored = bank
        .onboarding
        .restore_customer(&admin(), customer, "cleared up")
        .await;
    restored.unwrap();
    let after = bank.proposed(customer).await;
    bank.wakes().await;
    cancelled(&bank, &made, Rejected).await;
    assert_eq!(bank.status(after).await, PendingCustomerApproval);
}
