use credit::{
    CreditFacilityProposalId,
    Ineligible::{self, *},
    ProposalStatus::*,
    rules::Refusal,
};
use customer::primitives::CustomerId;
use kernel::{Error, Field};
use uuid::Uuid;

use crate::bank::{Bank, admin, asleep, bank, words};

async fn is_ineligible(bank: &Bank, customer: CustomerId, expected: &[Ineligible]) {
    let record = bank.onboarding.own_record(customer).await.unwrap().unwrap();
    let known = bank.credit.facts(&record).await.unwrap().eligibility;
    assert_eq!(known.reasons, expected);
    let refused = words(bank.proposed_by(&admin(), customer).await);
    assert_eq!(refused, Refusal::Ineligible(known).to_string());
    // What GraphQL and the page ask says the same.
    for has_account in [false, true] {
        let may = bank.credit.may_propose(&admin(), &record, has_account);
        assert!(!may || (has_account && expected == [NoAccount]));
    }
    assert!(bank.credit.own(customer).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_can_t_be_considered_is_refused_with_each_exact_reason() {
    let bank = bank().await;
    let customer = bank.verified().await;
    is_ineligible(&bank, customer, &[Provisioning, NoAccount]).await;
    bank.opens_account(customer).await;
    is_ineligible(&bank, customer, &[Provisioning]).await;
    bank.provisioned(customer).await;
    let record = bank.onboarding.own_record(customer).await.unwrap().unwrap();
    assert!(bank.credit.may_propose(&admin(), &record, true));
    bank.proposed(customer).await;

    let customer = bank.verified().await;
    bank.provisioned(customer).await;
    is_ineligible(&bank, customer, &[NoAccount]).await;
    let customer = bank.customer().await;
    bank.deactivates(customer).await;
    is_ineligible(&bank, customer, &[Deactivated]).await;
    bank.answers(customer.into(), "RED", 20).await;
    is_ineligible(&bank, customer, &[Rejected, Deactivated]).await;
    bank.reactivates(customer).await;
    is_ineligible(&bank, customer, &[Rejected]).await;
    bank.closes(customer).await;
    is_ineligible(&bank, customer, &[Closed]).await;

    let prospect = bank.prospect().await;
    let converted = bank
        .onboarding
        .convert_by_hand(&admin(), prospect, "known for years")
        .await;
    converted.unwrap();
    let by_hand = CustomerId::from(Uuid::from(prospect));
    bank.opens_account(by_hand).await;
    bank.provisioned(by_hand).await;
    is_ineligible(&bank, by_hand, &[NotVerified]).await;
}

/// Nobody has heard of the loss yet; the proposals don't go on all the same.
#[tokio::test]
async fn accepting_and_approving_look_at_the_eligibility_again() {
    let bank = asleep().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let (open, accepted) = (bank.proposed(customer).await, bank.accepted(customer).await);
    bank.deactivates(customer).await;
    let lost = Refusal::Lost(Deactivated).to_string();
    assert_eq!(words(credit.accept(customer, open).await), lost);
    assert_eq!(words(credit.decline(customer, open).await), lost);
    assert_eq!(words(credit.approve(&admin(), accepted, None).await), lost);
    assert_eq!(words(credit.deny(&admin(), accepted, None).await), lost);
    // The undoing doesn't undo it, and a page knows before it offers anything.
    bank.reactivates(customer).await;
    assert_eq!(words(credit.accept(customer, open).await), lost);
    assert_eq!(words(credit.approve(&admin(), accepted, None).await), lost);
    let facts = credit
        .proposal_facts(&admin(), &bank.read(accepted).await)
        .await;
    assert_eq!(facts.unwrap().lost, Some(Deactivated));
    assert_eq!(bank.status(open).await, PendingCustomerApproval);
    assert_eq!(bank.status(accepted).await, PendingApproval);
    // What is proposed now goes its way.
    let new = bank.accepted(customer).await;
    credit.approve(&admin(), new, None).await.unwrap();
}

#[tokio::test]
async fn an_essay_is_no_reason() {
    let bank = bank().await;
    let customer = bank.customer().await;
    let id = bank.accepted(customer).await;
    let essay = "x".repeat(1001);
    let refused = bank.credit.approve(&admin(), id, Some(&essay)).await;
    let Err(Error::Invalid(fields)) = refused else {
        panic!("it was approved");
    };
    assert_eq!(fields[0].field, Field::REASON);
    let blank = bank.credit.approve(&admin(), id, Some("  ")).await.unwrap();
    assert_eq!((blank.status, blank.decision_reason()), (Approved, None));
    let missing = CreditFacilityProposalId::new();
    let missing = bank.credit.approve(&admin(), missing, None).await;
    assert!(matches!(missing, Err(Error::NotFound(_))));
}
