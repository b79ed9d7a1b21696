//! Whatever comes, in whatever order, and whatever operators do in between: the invariants of `docs/RULES.md` hold.

use crate::common::{Log, admin, callback, green, red};
use customer::{
    history,
    kyc::Status,
    primitives::{Activity, ProspectId, Stage, Verification},
};
use kernel::Error;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestCaseResult, TestRunner},
};
use serde_json::{Value, json};

/// What may happen to a prospect.
#[derive(Debug, Clone)]
enum Happens {
    Callback {
        status: Status,
        second: u32,
        flaw: Flaw,
    },
    Close,
    Reopen,
    Convert,
    Deactivate,
    Reactivate,
    Restore,
    CloseCustomer,
}

/// What is wrong with a callback.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Flaw {
    None,
    AnotherApplicant,
    WrongLevel,
    Sandbox,
    NoTime,
    NoLevel,
}

fn happens() -> impl Strategy<Value = Happens> {
    let status = prop_oneof![
        1 => Just(Status::Created),
        1 => Just(Status::Reset),
        1 => Just(Status::Pending),
        1 => Just(Status::OnHold),
        4 => Just(Status::Green),
        4 => Just(Status::Red),
        1 => Just(Status::Deleted),
    ];
    let flaw = prop_oneof![
        12 => Just(Flaw::None),
        1 => Just(Flaw::AnotherApplicant),
        1 => Just(Flaw::WrongLevel),
        1 => Just(Flaw::Sandbox),
        1 => Just(Flaw::NoTime),
        1 => Just(Flaw::NoLevel),
    ];
    prop_oneof![
        10 => (status, 1..8_u32, flaw).prop_map(|(status, second, flaw)| Happens::Callback { status, second, flaw }),
        1 => Just(Happens::Close),
        1 => Just(Happens::Reopen),
        1 => Just(Happens::Convert),
        1 => Just(Happens::Deactivate),
        1 => Just(Happens::Reactivate),
        2 => Just(Happens::Restore),
        1 => Just(Happens::CloseCustomer),
    ]
}

fn body(prospect: ProspectId, status: Status, second: u32, flaw: Flaw) -> Value {
    let mut body = match status {
        Status::Created => callback(prospect, "applicantCreated", second),
        Status::Reset => callback(prospect, "applicantReset", second),
        Status::Pending => callback(prospect, "applicantPending", second),
        Status::OnHold => callback(prospect, "applicantOnHold", second),
        Status::Deleted => callback(prospect, "applicantDeleted", second),
        Status::Green => green(prospect, second),
        Status::Red => red(prospect, second, "RETRY"),
    };
    match flaw {
        Flaw::None => {}
        Flaw::AnotherApplicant => body["applicantId"] = json!(format!("another-{prospect}")),
        Flaw::WrongLevel => body["levelName"] = json!("another-level"),
        Flaw::Sandbox => body["sandboxMode"] = json!(true),
        Flaw::NoTime => drop(body.as_object_mut().unwrap().remove("createdAtMs")),
        Flaw::NoLevel => drop(body.as_object_mut().unwrap().remove("levelName")),
    }
    // A refused level or a missing time makes it another callback, not a conflict.
    body["correlationId"] = json!(format!("req-{flaw:?}"));
    body
}

/// What was delivered and done, to lay beside what is on record.
#[derive(Default)]
struct Told {
    deliveries: i64,
    /// Status callbacks that can count, by time and rank: another applicant's may be the first and so the bound one.
    faultless: Vec<(u32, Status)>,
    other_applicant: bool,
    deleted: bool,
    untimed_red: bool,
    converted_by_hand: bool,
    restored: bool,
}

async fn run(log: &Log, steps: &[Happens]) -> TestCaseResult {
    let id = log
        .prospect(&format!("{}@example.com", uuid::Uuid::now_v7()))
        .await;
    let (service, who) = (&log.onboarding, admin());
    let mut told = Told::default();
    let mut recorded = 0;
    for step in steps {
        let done: Result<(), Error> = match step {
            Happens::Callback {
                status,
                second,
                flaw,
            } => {
                log.store(&body(id, *status, *second, *flaw)).await;
                log.drained().await;
                told.deliveries += 1;
                told.other_applicant |= *flaw == Flaw::AnotherApplicant;
                told.deleted |= *status == Status::Deleted;
                told.untimed_red |= *status == Status::Red && *flaw == Flaw::NoTime;
                let whole = match flaw {
                    Flaw::None => true,
                    Flaw::NoLevel => *status != Status::Green,
                    _ => false,
                };
                if whole {
                    told.faultless.push((*second, *status));
                }
                Ok(())
            }
            Happens::Close => service.close_prospect(&who, id, "why").await,
            Happens::Reopen => service.reopen_prospect(&who, id, "why").await,
            Happens::Convert => {
                let done = service.convert_by_hand(&who, id, "why").await;
                told.converted_by_hand |= done.is_ok();
                done
            }
            Happens::Deactivate => service.deactivate_customer(&who, id.into(), "why").await,
            Happens::Reactivate => service.reactivate_customer(&who, id.into(), "why").await,
            Happens::Restore => {
                let done = service.restore_customer(&who, id.into(), "why").await;
                told.restored |= done.is_ok();
                done
            }
            Happens::CloseCustomer => service.close_customer(&who, id.into(), "why").await,
        };
        match done {
            Ok(()) | Err(Error::Refused(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(TestCaseError::fail(format!("{step:?}: {error}"))),
        }
        recorded = holds(log, id, &told, recorded).await?;
    }
    Ok(())
}

/// The invariants. Answers how many events are on record.
async fn holds(
    log: &Log,
    id: ProspectId,
    told: &Told,
    recorded_before: usize,
) -> Result<usize, TestCaseError> {
    let public_id: String = sqlx::query_scalar("SELECT public_id FROM prospects WHERE id = $1")
        .bind(uuid::Uuid::from(id))
        .fetch_one(&log.pool)
        .await
        .unwrap();
    let prospect = log
        .onboarding
        .prospect_by_public_id(&admin(), &public_id)
        .await
        .unwrap();
    let customer = log.onboarding.own_record(id.into()).await.unwrap();

    // Nothing recorded is lost: every delivery counts in the log, each row has its outcome, events only grow.
    let (deliveries, open): (i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(receipts), 0)::bigint, count(*) FILTER (WHERE outcome IN ('received', 'failed'))
         FROM callbacks WHERE external_user_id = $1",
    )
    .bind(id.to_string())
    .fetch_one(&log.pool)
    .await
    .unwrap();
    prop_assert_eq!((deliveries, open), (told.deliveries, 0));
    let of_customer = customer
        .as_ref()
        .map_or(0, |c| history::customer_history(c, None).len());
    let recorded = history::prospect_history(&prospect).len() + of_customer;
    prop_assert!(recorded >= recorded_before);

    // Converted is who has a customer, and nobody is one without a whole GREEN or a manual conversion.
    prop_assert_eq!(prospect.kyc.stage == Stage::Converted, customer.is_some());
    let whole_green = told
        .faultless
        .iter()
        .any(|(_, status)| *status == Status::Green);
    if customer.is_some() {
        prop_assert!(
            whole_green || told.converted_by_hand || told.other_applicant,
            "a customer out of nothing"
        );
    }

    // What is taken belongs to whoever is open.
    let (taken, open): (i64, bool) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM taken WHERE owner = $1),
            stage <> 'closed' AND NOT EXISTS (SELECT 1 FROM customers WHERE id = $1 AND activity = 'closed')
         FROM prospects WHERE id = $1",
    )
    .bind(uuid::Uuid::from(id))
    .fetch_one(&log.pool)
    .await
    .unwrap();
    prop_assert_eq!(taken, i64::from(open));

    let Some(customer) = customer else {
        return Ok(recorded);
    };
    let column: String = sqlx::query_scalar("SELECT activity FROM customers WHERE id = $1")
        .bind(uuid::Uuid::from(id))
        .fetch_one(&log.pool)
        .await
        .unwrap();
    prop_assert_eq!(column.as_str(), customer.activity().name());
    let access = customer.activity().has_access();
    prop_assert_eq!(
        access,
        !customer.closed
            && !customer.deactivated
            && customer.verification != Verification::Rejected
    );
    if customer.closed {
        prop_assert_eq!(customer.activity(), Activity::Closed);
    }

    // When the newest status callback is RED nobody has access, whatever the order. Another applicant's callbacks may
    // have come first and be the bound ones; after a deletion an applicant's callbacks count no more.
    if !told.other_applicant && !told.deleted {
        let newest = told.faultless.iter().max();
        if newest.is_some_and(|(_, status)| *status == Status::Red) {
            prop_assert!(!access, "the newest answer is RED");
        }
        let newest_of = |wanted: Status| {
            let of = told
                .faultless
                .iter()
                .filter(|(_, status)| *status == wanted);
            of.map(|(second, _)| *second).max()
        };
        // A closed customer records, and moves no more.
        if customer.verification == Verification::Verified && !customer.closed {
            prop_assert!(
                newest_of(Status::Green) > newest_of(Status::Red),
                "verified by a GREEN newer than every RED"
            );
            // A RED without a time locks out for good, in this test's times.
            if told.untimed_red && !told.restored {
                prop_assert!(
                    !history::customer_history(&customer, None)
                        .iter()
                        .any(|entry| entry.what.contains("Rejected")),
                    "a rejection is lifted by a Restore only"
                );
            }
        }
    }
    Ok(recorded)
}

#[test]
fn any_order_of_callbacks_and_actions_is_safe() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let log = runtime.block_on(Log::open());
    let mut runner = TestRunner::new(Config {
        // USHER_PROPERTY_CASES looks longer than a test run has time for.
        cases: std::env::var("USHER_PROPERTY_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(150),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&proptest::collection::vec(happens(), 1..12), |steps| {
        runtime.block_on(run(&log, &steps))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
