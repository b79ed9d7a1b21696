use access::{ApiTokenId, Role, Subject};
use credit::{ProposalStatus::*, rules};
use uuid::Uuid;

use crate::bank::{Bank, admin, bank, words};

async fn token_of(bank: &Bank, maker: &Subject) -> Subject {
    let id = Uuid::now_v7();
    sqlx::query(
        "INSERT INTO api_tokens (id, name, role, token_hash, expires_at, made_by)
         VALUES ($1, 'test', 'admin', $2, now() + interval '1 day', $3)",
    )
    .bind(id)
    .bind(id.as_bytes().as_slice())
    .bind(maker.as_text())
    .execute(&bank.pool)
    .await
    .unwrap();
    Subject::ApiToken {
        id: ApiTokenId::from(id),
        role: Role::Admin,
    }
}

#[tokio::test]
async fn nobody_decides_what_they_proposed_not_even_by_a_token_of_their_own() {
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let (alice, bob) = (admin(), admin());
    let first = token_of(&bank, &alice).await;
    let second = token_of(&bank, &alice).await;
    let bobs = token_of(&bank, &bob).await;
    for (proposes, decides) in [
        (&alice, &alice),
        (&alice, &first),
        (&first, &alice),
        (&first, &first),
        (&first, &second),
    ] {
        let id = bank.proposed_by(proposes, customer).await.unwrap().id;
        credit.accept(customer, id).await.unwrap();
        let facts = credit.proposal_facts(decides, &bank.read(id).await).await;
        assert!(facts.unwrap().own, "pages know it before");
        assert_eq!(words(credit.approve(decides, id, None).await), rules::OWN);
        assert_eq!(words(credit.deny(decides, id, None).await), rules::OWN);
        assert_eq!(bank.status(id).await, PendingApproval);
        credit.approve(&bobs, id, None).await.unwrap();
    }
}

#[tokio::test]
async fn nobody_decides_as_an_operator_whom_they_added_before_that_one_has_a_password_of_their_own()
{
    let bank = bank().await;
    let (customer, credit) = (bank.customer().await, &bank.credit);
    let alice = admin();
    let operators = access::Operators::new(bank.pool.clone());
    let given = access::GivenPassword {
        password: "k7wqm-p3xzt-v9bnd-4hjrf",
        by: &alice,
        known: false,
        temporary_for: Some(std::time::Duration::from_secs(3600)),
    };
    let added = operators.add_given("bob@usher.test", Role::Admin, &given);
    let bob = Subject::Operator {
        id: added.await.unwrap(),
        role: Role::Admin,
    };
    let id = bank.proposed_by(&alice, customer).await.unwrap().id;
    credit.accept(customer, id).await.unwrap();
    assert_eq!(
        words(credit.approve(&bob, id, None).await),
        rules::PERHAPS_OWN
    );
    let operator = operators.list().await.unwrap().remove(0);
    let own = operators.choose_password(&operator, "lantern over quiet water");
    own.await.unwrap();
    credit.approve(&bob, id, None).await.unwrap();
    assert_eq!(bank.status(id).await, Approved);
}
