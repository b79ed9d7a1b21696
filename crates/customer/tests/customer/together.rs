//! Prospects that are created at the same moment: together, and each is told of its own.

use customer::{ProspectInput, primitives::ProspectId};
use futures::future::join_all;
use kernel::Error;

use crate::common::{Log, officer};

fn input(email: &str, handle: &str) -> ProspectInput {
    ProspectInput {
        email: email.to_owned(),
        telegram_handle: handle.to_owned(),
        customer_type: "individual".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_a_crowd_is_told_of_its_own() {
    let log = Log::open().await;
    let before = log.prospect("before@bank.example").await;
    let who = officer();
    let mut asked: Vec<(ProspectId, ProspectInput, bool)> = (0..20)
        .map(|n| {
            (
                ProspectId::new(),
                input(&format!("p{n}@bank.example"), ""),
                true,
            )
        })
        .collect();
    // The same form, sent twice.
    let (again, form, _) = asked[3].clone();
    asked.push((again, form, true));
    // Somebody's address; and somebody's handle, so that their own address is not kept from others.
    asked.push((ProspectId::new(), input("before@bank.example", ""), false));
    asked.push((ProspectId::new(), input("ada@bank.example", "ada_l"), true));
    asked.push((before, input("before@bank.example", ""), true));
    let service = &log.onboarding;
    let all = join_all(
        asked
            .iter()
            .map(|(id, input, _)| service.create_prospect(&who, *id, input)),
    );
    for ((id, input, made), done) in asked.iter().zip(all.await) {
        match done {
            Ok(prospect) => {
                assert!(made, "{}", input.email);
                assert_eq!(
                    (prospect.id, prospect.email()),
                    (*id, Some(input.email.clone()))
                );
            }
            Err(Error::Invalid(fields)) => {
                assert!(!made, "{}", input.email);
                assert_eq!(fields.len(), 1);
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(log.count("prospects").await, 22);
    assert_eq!(log.count("taken").await, 23, "22 addresses and a handle");
    // Of two who want the same handle one has it, and of the other nothing is kept from anybody.
    let two = ["one@bank.example", "two@bank.example"]
        .map(|email| (ProspectId::new(), input(email, "@both_want")));
    let all = join_all(
        two.iter()
            .map(|(id, input)| service.create_prospect(&who, *id, input)),
    );
    let made: Vec<bool> = all.await.iter().map(Result::is_ok).collect();
    assert_eq!(made.iter().filter(|made| **made).count(), 1, "{made:?}");
    for ((_, input_of), made) in two.iter().zip(made) {
        let other = input(&input_of.email, "");
        let done = service
            .create_prospect(&who, ProspectId::new(), &other)
            .await;
        assert_eq!(done.is_ok(), !made, "{}", other.email);
    }
    // Who was there before still has what was theirs.
    let taken = service
        .create_prospect(&who, ProspectId::new(), &input("before@bank.example", ""))
        .await;
    assert!(matches!(taken, Err(Error::Invalid(_))));
    let moments = log
        .count("(SELECT DISTINCT created_at FROM prospects) AS moments")
        .await;
    assert!(moments < 20, "{moments}: none shared a transaction");
}
