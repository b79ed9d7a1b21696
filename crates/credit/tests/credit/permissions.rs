use access::{Permission, Role, Subject};
use credit::{CreditFacilityProposalId, ProposalStatus::*};
use kernel::Error;
use uuid::Uuid;

use crate::bank::{Bank, bank, of, operator};

fn name(result: Result<(), Error>) -> &'static str {
    match result {
        Ok(()) => "yes",
        Err(Error::Forbidden(permission)) => permission,
        Err(other) => panic!("{other:?}"),
    }
}

/// Everything that a subject may try, each on a proposal where it can be done.
async fn tries(bank: &Bank, who: &Subject) -> [&'static str; 6] {
    let customer = bank.customer().await;
    let credit = &bank.credit;
    let (one, two) = (bank.accepted(customer).await, bank.accepted(customer).await);
    let made = bank.proposed_by(who, customer).await;
    [
        name(made.map(drop)),
        name(credit.approve(who, one, None).await.map(drop)),
        name(credit.deny(who, two, None).await.map(drop)),
        name(credit.proposal(who, one).await.map(drop)),
        name(credit.proposals_of(who, customer, None, 10).await.map(drop)),
        name(credit.open_proposals(who, None, 10).await.map(drop)),
    ]
}

#[tokio::test]
async fn who_may_do_what() {
    const PROPOSE: &str = Permission::CreditPropose.as_str();
    const DECIDE: &str = Permission::CreditDecide.as_str();
    const READ: &str = Permission::CustomerRead.as_str();
    let bank = bank().await;
    let matrix = [
        (operator(Role::Admin), ["yes"; 6]),
        (
            operator(Role::OnboardingOfficer),
            ["yes", DECIDE, DECIDE, "yes", "yes", "yes"],
        ),
        (
            operator(Role::Auditor),
            [PROPOSE, DECIDE, DECIDE, "yes", "yes", "yes"],
        ),
        (
            Subject::Customer { id: Uuid::now_v7() },
            [PROPOSE, DECIDE, DECIDE, READ, READ, READ],
        ),
    ];
    for (who, expected) in &matrix {
        assert_eq!(tries(&bank, who).await, *expected, "{who}");
    }
    // The owner of the proposal has no operator's rights in it either, and each refusal is written down.
    let customer = bank.customer().await;
    let id = bank.accepted(customer).await;
    let owner = Subject::Customer {
        id: customer.into(),
    };
    assert_eq!(
        name(bank.credit.approve(&owner, id, None).await.map(drop)),
        DECIDE
    );
    assert_eq!(name(bank.credit.proposal(&owner, id).await.map(drop)), READ);
    let last = bank.audit(id).await.pop().unwrap();
    let entry = (owner.as_text(), "credit_proposal.approve".to_owned(), false);
    assert_eq!(last, entry);
    assert_eq!(bank.status(id).await, PendingApproval);
}

#[tokio::test]
async fn another_customer_s_proposal_is_not_there() {
    let bank = bank().await;
    let (customer, other) = (bank.customer().await, bank.customer().await);
    let credit = &bank.credit;
    let id = bank.proposed(customer).await;
    let missing = CreditFacilityProposalId::new();
    for id in [id, missing] {
        for result in [
            credit.accept(other, id).await,
            credit.decline(other, id).await,
        ] {
            assert!(matches!(result, Err(Error::NotFound(_))), "{result:?}");
        }
    }
    assert_eq!(bank.status(id).await, PendingCustomerApproval);
    assert!(credit.own(other).await.unwrap().is_empty());
    let tried: Vec<_> = bank.audit(id).await.into_iter().skip(1).collect();
    let entry = |action: &str| (format!("customer:{other}"), action.to_owned(), false);
    assert_eq!(
        tried,
        [
            entry("credit_proposal.accept"),
            entry("credit_proposal.decline")
        ]
    );
    assert!(bank.audit(missing).await.is_empty());
    let nobody = of(Uuid::now_v7().into(), 1);
    let result = credit
        .propose(&operator(Role::Admin), missing, &nobody)
        .await;
    assert!(matches!(result, Err(Error::NotFound(_))));
}

/// By type the portal can't leak it; this says so.
#[tokio::test]
async fn the_customer_sees_the_purpose_and_never_the_note() {
    let bank = bank().await;
    let customer = bank.customer().await;
    let id = bank.proposed(customer).await;
    assert_eq!(bank.read(id).await.note().as_deref(), Some("ask Charles"));
    let own = bank.credit.own(customer).await.unwrap();
    assert_eq!(own[0].purpose.as_deref(), Some("a new mill"));
    assert!(!format!("{own:?}").contains("Charles"));
}
