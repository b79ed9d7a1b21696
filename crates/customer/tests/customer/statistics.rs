//! The kept figures: whatever happens in whatever order, they are what counting everything would come to.

use std::{collections::BTreeMap, time::Duration};

use access::Subject;
use claim_loop::{Turn, Work as _};
use customer::{
    ProspectInput,
    onboarding::StepProgress,
    primitives::{CustomerType, ProspectId, Stage},
    statistics::{Period, Step},
};
use kernel::Error;
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestCaseResult, TestRunner},
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::common::{Log, admin, callback, green, red};

const HOUR: Duration = Duration::from_secs(3600);
const TYPES: [&str; 2] = ["individual", "private_company"];

/// What may happen; the first number says to which prospect.
#[derive(Debug, Clone)]
enum Happens {
    /// A callback arrives. Those that arrive one after the other are judged together.
    Arrives(usize, &'static str, u32),
    Judged,
    Create(usize),
    Close(usize),
    Reopen(usize),
    Convert(usize),
    ChangeType(usize, usize),
    StepDone(usize, &'static str, bool),
    Hours(u32),
    AddedUp,
}

fn happens() -> impl Strategy<Value = Happens> {
    let who = || 0..3_usize;
    let kind = prop_oneof![
        Just("applicantCreated"),
        Just("applicantPending"),
        Just("applicantOnHold"),
        Just("applicantReset"),
        Just("applicantDeleted"),
        Just("GREEN"),
        Just("RETRY"),
        Just("FINAL"),
    ];
    let step = prop_oneof![Just("login"), Just("welcome_email")];
    prop_oneof![
        8 => (who(), kind, 1..30_u32).prop_map(|(who, kind, second)| Happens::Arrives(who, kind, second)),
        4 => Just(Happens::Judged),
        1 => (0..2_usize).prop_map(Happens::Create),
        1 => who().prop_map(Happens::Close),
        1 => who().prop_map(Happens::Reopen),
        1 => who().prop_map(Happens::Convert),
        2 => (who(), 0..2_usize).prop_map(|(who, of)| Happens::ChangeType(who, of)),
        3 => (who(), step, any::<bool>()).prop_map(|(who, step, completes)| Happens::StepDone(who, step, completes)),
        3 => (1..100_u32).prop_map(Happens::Hours),
        2 => Just(Happens::AddedUp),
    ]
}

async fn create(log: &Log, of: usize) -> ProspectId {
    let input = ProspectInput {
        email: format!("{}@example.com", Uuid::now_v7()),
        telegram_handle: String::new(),
        customer_type: TYPES[of].to_owned(),
    };
    let who = Subject::system("test");
    let made = log
        .onboarding
        .create_prospect(&who, ProspectId::new(), &input);
    made.await.unwrap().id
}

/// Everything that waits is counted and added up.
async fn counted(log: &Log) {
    while log.onboarding.counting().batch().await.unwrap() == Turn::Worked {}
}

async fn step_done(log: &Log, id: ProspectId, step: &'static str, completes: bool) {
    let mut op = log.onboarding.begin().await.unwrap();
    let locked = vec![id.into()];
    log.onboarding
        .lock_customers_in_op(&mut op, locked)
        .await
        .unwrap();
    let progress = StepProgress {
        customer: id.into(),
        step,
        detail: Some(Uuid::now_v7().to_string()),
        completes,
    };
    log.onboarding
        .record_progress_in_op(&mut op, &[progress])
        .await
        .unwrap();
    op.commit().await.unwrap();
}

async fn run(log: &Log, steps: &[Happens]) -> TestCaseResult {
    let (service, who) = (&log.onboarding, admin());
    let mut prospects = Vec::new();
    for of in [0, 0, 1] {
        prospects.push(create(log, of).await);
    }
    for (number, step) in (1..).zip(steps) {
        let done: Result<(), Error> = match step {
            Happens::Arrives(one, kind, second) => {
                let id = prospects[*one];
                let mut body = match *kind {
                    "GREEN" => green(id, *second),
                    "RETRY" | "FINAL" => red(id, *second, kind),
                    kind => callback(id, kind, *second),
                };
                body["levelName"] = format!("basic-{}-level", ["kyc", "kyc", "kyb"][*one]).into();
                body["correlationId"] = format!("req-{number}").into();
                log.store(&body).await;
                Ok(())
            }
            Happens::Judged => {
                log.drained().await;
                Ok(())
            }
            Happens::Create(of) => {
                create(log, *of).await;
                Ok(())
            }
            Happens::Close(one) => service.close_prospect(&who, prospects[*one], "why").await,
            Happens::Reopen(one) => service.reopen_prospect(&who, prospects[*one], "why").await,
            Happens::Convert(one) => service.convert_by_hand(&who, prospects[*one], "why").await,
            Happens::ChangeType(one, of) => {
                let id = prospects[*one];
                service.change_customer_type(&who, id, TYPES[*of]).await
            }
            Happens::StepDone(one, step, completes) => {
                step_done(log, prospects[*one], step, *completes).await;
                Ok(())
            }
            Happens::Hours(hours) => {
                clock::movable::set_forward(&log.pool, HOUR * *hours)
                    .await
                    .unwrap();
                Ok(())
            }
            Happens::AddedUp => {
                log.onboarding.counting().batch().await.unwrap();
                Ok(())
            }
        };
        match done {
            Ok(()) | Err(Error::Refused(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(TestCaseError::fail(format!("{step:?}: {error}"))),
        }
    }
    log.drained().await;
    counts_are_right(log).await
}

/// The sums by what they tell apart.
type Sums = BTreeMap<(String, String, String, String, String, i16), i64>;

async fn sums(pool: &PgPool) -> Sums {
    let rows: Vec<(String, String, String, String, String, i16, i64)> = sqlx::query_as(
        "SELECT figure, day::text, name, customer_type, created_by, bucket, sum(n)::bigint
         FROM (SELECT * FROM statistics UNION ALL SELECT * FROM statistics_changes) AS sums
         GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    rows.into_iter()
        .map(|row| ((row.0, row.1, row.2, row.3, row.4, row.5), row.6))
        .collect()
}

async fn count(pool: &PgPool, what: &str) -> i64 {
    sqlx::query_scalar(what).fetch_one(pool).await.unwrap()
}

async fn counts_are_right(log: &Log) -> TestCaseResult {
    let noted = sums(&log.pool).await;
    // From the events alone, as after an upgrade.
    for anew in [
        "DELETE FROM statistics",
        "DELETE FROM statistics_changes",
        "UPDATE prospects SET stage_since = NULL, reached = NULL, created_by = NULL",
    ] {
        sqlx::query(anew).execute(&log.pool).await.unwrap();
    }
    counted(log).await;
    prop_assert_eq!(
        count(&log.pool, "SELECT count(*) FROM statistics_changes").await,
        0
    );
    let recounted = sums(&log.pool).await;
    let differ = |one: &Sums, other: &Sums| {
        let rows = one.iter().filter(|(key, n)| other.get(*key) != Some(n));
        rows.map(|row| format!("{row:?}")).collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    prop_assert_eq!(
        (differ(&noted, &recounted), differ(&recounted, &noted)),
        (none.clone(), none),
        "noted and not recounted, recounted and not noted"
    );

    // And as the tables have it.
    let sum = |figure: &str, name: &str| -> i64 {
        let of = noted
            .iter()
            .filter(|(key, _)| key.0 == figure && key.2 == name);
        of.map(|(_, n)| n).sum()
    };
    for stage in Stage::ALL {
        let there = format!(
            "SELECT count(*) FROM prospects WHERE stage = '{}'",
            stage.name()
        );
        prop_assert_eq!(
            sum("standing", stage.name()),
            count(&log.pool, &there).await
        );
    }
    for (step, there) in [
        ("new", "SELECT count(*) FROM prospects"),
        ("approved", "SELECT count(*) FROM customers"),
        (
            "active",
            "SELECT count(*) FROM customer_events WHERE event_type = 'provisioning_completed'",
        ),
    ] {
        prop_assert_eq!(
            sum("funnel", step),
            count(&log.pool, there).await,
            "{}",
            step
        );
    }
    let reds = "SELECT count(*) FROM prospect_events WHERE event ->> 'status' = 'red'";
    prop_assert_eq!(sum("reason", "FORGERY"), count(&log.pool, reds).await);

    // What the lists are narrowed down to: the labels of the newest RED of whoever is declined.
    let wrong = "WITH said AS (
            SELECT DISTINCT ON (id) id, event -> 'labels' AS labels FROM prospect_events
            WHERE event ->> 'status' = 'red' ORDER BY id, sequence DESC
        ), told AS (
            SELECT DISTINCT label, created_at, id FROM prospects JOIN said USING (id), jsonb_array_elements_text(labels) AS label
            WHERE kyc_status = 'declined'
        ), kept AS (SELECT * FROM prospect_reject_labels)
        SELECT count(*) FROM ((TABLE told EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE told)) AS wrong";
    prop_assert_eq!(count(&log.pool, wrong).await, 0);
    Ok(())
}

async fn movable_log() -> Log {
    let database = testkit::database().await;
    clock::movable::make_movable(&database.pool).await.unwrap();
    Log::open_on(PgPool::connect(&database.url).await.unwrap()).await
}

#[test]
fn whatever_happens_the_figures_are_what_the_events_come_to() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let log = runtime.block_on(movable_log());
    let mut runner = TestRunner::new(Config {
        cases: std::env::var("USHER_PROPERTY_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(40),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&proptest::collection::vec(happens(), 1..25), |steps| {
        runtime.block_on(run(&log, &steps))
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn a_way_through_is_told_with_its_times_reasons_and_who_waits_longest() {
    let log = movable_log().await;
    let forward = |hours: u32| clock::movable::set_forward(&log.pool, HOUR * hours);
    let (ada, waits) = (create(&log, 0).await, create(&log, 0).await);
    create(&log, 1).await;
    forward(2).await.unwrap();
    log.receives(&callback(ada, "applicantCreated", 1)).await;
    forward(6).await.unwrap();
    log.receives(&callback(ada, "applicantPending", 2)).await;
    forward(48).await.unwrap();
    log.receives(&red(ada, 3, "RETRY")).await;
    forward(1).await.unwrap();
    log.receives(&green(ada, 4)).await;
    forward(3).await.unwrap();
    step_done(&log, ada, "login", false).await;
    forward(1).await.unwrap();
    step_done(&log, ada, "welcome_email", true).await;
    log.onboarding.counting().batch().await.unwrap();

    let told = log
        .onboarding
        .statistics(&admin(), Period::Week)
        .await
        .unwrap();
    assert!(told.whole);
    assert_eq!(told.funnel(None).0, [3, 1, 1, 1, 1]);
    assert_eq!(
        told.funnel(Some(CustomerType::Individual)).0,
        [2, 1, 1, 1, 1]
    );
    assert_eq!(told.funnel(None).at(Step::Active), 1);
    let by_type = told.funnel_by_type();
    assert_eq!(by_type.len(), 2);
    assert_eq!(by_type[1].0, CustomerType::PrivateCompany);
    let by_operator = told.funnel_by_operator(None);
    assert_eq!(by_operator[0].0, "system:test");
    assert_eq!(by_operator[0].1.0, [3, 1, 1, 1, 1]);

    let hours = |took: Option<Duration>| took.unwrap().as_secs_f64() / 3600.0;
    let times = told.time_in_stages(None);
    for (stage, after) in [
        (Stage::New, 2.0),
        (Stage::KycStarted, 6.0),
        (Stage::KycPending, 48.0),
        (Stage::KycDeclined, 1.0),
        (Stage::Converted, 4.0),
    ] {
        let time = times.iter().find(|time| time.stage == stage).unwrap();
        assert_eq!(time.left.count, 1, "{stage}");
        for took in [time.left.median, time.left.p90] {
            let took = hours(took);
            assert!(took > after / 1.2 && took < after * 1.2, "{stage}: {took}");
        }
    }
    let new = &times[0];
    assert_eq!((new.stage, new.now), (Stage::New, 2));
    assert_eq!(new.oldest.as_ref().unwrap().id, Uuid::from(waits));
    assert_eq!(times[5].now, 0, "nobody waits for provisioning");
    let steps = told.provisioning(None);
    assert_eq!(steps[0].0, "login");
    assert!((2.5..3.6).contains(&hours(steps[0].1.median)));
    let reasons = told.reasons(None);
    assert_eq!(
        (reasons.declined, reasons.may_retry, reasons.for_good),
        (1, 1, 0)
    );
    assert_eq!(reasons.labels, [("FORGERY".to_owned(), 1)]);
    assert_eq!(told.reasons(Some(CustomerType::PrivateCompany)).declined, 0);
}

#[tokio::test]
async fn what_is_of_before_an_upgrade_is_counted_by_any_number_of_processes() {
    let log = Log::open().await;
    for _ in 0..30 {
        create(&log, 0).await;
    }
    let noted = sums(&log.pool).await;
    for anew in [
        "DELETE FROM statistics_changes",
        "UPDATE prospects SET stage_since = NULL, reached = NULL, created_by = NULL",
    ] {
        sqlx::query(anew).execute(&log.pool).await.unwrap();
    }
    let told = log
        .onboarding
        .statistics(&admin(), Period::Week)
        .await
        .unwrap();
    assert!(!told.whole, "it says so");
    assert_eq!(
        log.onboarding.stage_counts(&admin()).await.unwrap()[&Stage::New],
        30
    );
    tokio::join!(counted(&log), counted(&log), counted(&log), async {
        create(&log, 0).await;
    });
    counted(&log).await;
    let mut expected = noted;
    for (key, n) in &mut expected {
        if key.2 == "new" {
            *n += 1;
        }
    }
    assert_eq!(sums(&log.pool).await, expected);
}

/// By PostgreSQL's own count of the rows that it reads.
#[tokio::test]
async fn reading_the_figures_reads_no_more_rows_when_there_are_more_prospects() {
    let database = testkit::database().await;
    // One connection, so that its counts are known when they are asked for.
    let pool = sqlx::postgres::PgPoolOptions::new()
        .max_connections(1)
        .connect(&database.url)
        .await
        .unwrap();
    let mut read = Vec::new();
    for many in [100, 5_000] {
        sqlx::query(
            "INSERT INTO prospects (id, created_at, public_id, customer_type, stage, kyc_status, created_by)
             SELECT gen_random_uuid(), now(), $1 || '-' || n, 'individual', 'new', 'not_started', 'system:test'
             FROM generate_series(1, $1) AS n",
        )
        .bind(many)
        .execute(&database.pool)
        .await
        .unwrap();
        let log = Log::open_on(database.pool.clone()).await;
        counted(&log).await;
        sqlx::query("VACUUM ANALYZE")
            .execute(&database.pool)
            .await
            .unwrap();
        let before = rows_read(&pool).await;
        // Who has just begun has nothing in memory.
        let looks = Log::open_on(pool.clone()).await.onboarding;
        let told = looks.statistics(&admin(), Period::Quarter).await.unwrap();
        assert!(told.funnel(None).at(Step::New) >= i64::from(many));
        looks.stage_counts(&admin()).await.unwrap();
        read.push(rows_read(&pool).await - before);
    }
    assert!(read[1] <= read[0] && read[1] < 50, "{read:?}");
}

async fn rows_read(pool: &PgPool) -> i64 {
    for flush in [
        "SELECT pg_stat_force_next_flush()",
        "SELECT pg_stat_clear_snapshot()",
    ] {
        sqlx::query(flush).execute(pool).await.unwrap();
    }
    let read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables
        WHERE relname IN ('prospects', 'prospect_events', 'customers', 'customer_events', 'statistics', 'statistics_changes')";
    count(pool, read).await
}
