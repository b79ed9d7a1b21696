//! What is published is delivered and read in order, by several processes, whatever they do meanwhile.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use claim_loop::{Turn, Work as _, WorkError};
use es_entity::{AtomicOperation as _, DbOp};
use futures::{Stream, StreamExt as _, future::join_all};
use kernel::{DomainEvent, Event};
use outbox::{Deliveries, Listener, Outbox, Position, page};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Told {
    Counted { of: Uuid, count: i64 },
    Unheard { of: Uuid },
}

impl DomainEvent for Told {
    fn subject(&self) -> Uuid {
        match self {
            Told::Counted { of, .. } | Told::Unheard { of } => *of,
        }
    }

    fn heard_by(&self) -> &'static [&'static str] {
        match self {
            Told::Counted { .. } => &["listener"],
            Told::Unheard { .. } => &[],
        }
    }
}

/// What a version that is not here yet tells.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Newer {
    Multiplied { of: Uuid },
}

impl DomainEvent for Newer {
    fn subject(&self) -> Uuid {
        let Newer::Multiplied { of } = self;
        *of
    }

    fn heard_by(&self) -> &'static [&'static str] {
        &["listener"]
    }
}

/// Writes down what it hears, in the transaction; refuses whom a test tells it to.
#[derive(Clone, Default)]
struct Ears {
    refuses: Arc<Mutex<HashSet<Uuid>>>,
}

#[async_trait::async_trait]
impl Listener for Ears {
    fn name(&self) -> &'static str {
        "listener"
    }

    async fn hear(&self, op: &mut DbOp<'static>, events: &[Event]) -> Result<(), WorkError> {
        for event in events {
            if self.refuses.lock().unwrap().contains(&event.subject) {
                return Err("on purpose".into());
            }
            let Told::Counted { of, count } = event.read()? else {
                return Err("not for me".into());
            };
            sqlx::query("INSERT INTO heard (subject, count) VALUES ($1, $2)")
                .bind(of)
                .bind(count)
                .execute(op.as_executor())
                .await?;
        }
        Ok(())
    }
}

struct Bank {
    pool: PgPool,
    outbox: Outbox,
}

impl Bank {
    async fn open() -> Self {
        let pool = testkit::database().await.pool;
        sqlx::query("CREATE TABLE heard (id BIGSERIAL, subject UUID, count BIGINT)")
            .execute(&pool)
            .await
            .unwrap();
        let outbox = Outbox::open(&pool).await.unwrap();
        Self { pool, outbox }
    }

    fn deliveries(&self, ears: &Ears) -> Deliveries<Ears> {
        Deliveries::new(self.outbox.clone(), ears.clone())
    }

    async fn tell<D: DomainEvent>(&self, events: impl IntoIterator<Item = D>) {
        let mut op = self.outbox.begin_op().await.unwrap();
        for event in events {
            self.outbox.publish_all(&mut op, [event]).await.unwrap();
        }
        op.commit().await.unwrap();
    }

    async fn heard(&self) -> BTreeMap<Uuid, Vec<i64>> {
        let rows: Vec<(Uuid, i64)> = sqlx::query_as("SELECT subject, count FROM heard ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .unwrap();
        let mut heard = BTreeMap::<Uuid, Vec<i64>>::new();
        for (subject, count) in rows {
            heard.entry(subject).or_default().push(count);
        }
        heard
    }

    async fn left(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM outbox_deliveries")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Waits until these are what can be read: transactions in other databases of the cluster hold it up, too.
    async fn reads(&self, expected: &[Told]) {
        let reading = async {
            while self.events().await.len() < expected.len() {
                tokio::task::yield_now().await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(60), reading).await;
        assert_eq!(self.events().await, expected);
    }

    fn changes(&self) -> impl Stream<Item = Told> + 'static {
        self.outbox.changes().map(|event| event.read().unwrap())
    }

    async fn events(&self) -> Vec<Told> {
        page(&self.pool, Position::START, 10_000)
            .await
            .unwrap()
            .into_iter()
            .map(|recorded| recorded.event.read().unwrap())
            .collect()
    }
}

fn counted(of: Uuid, count: i64) -> Told {
    Told::Counted { of, count }
}

#[tokio::test]
async fn many_hear_of_many_and_each_record_in_order_and_once() {
    let bank = Bank::open().await;
    let records: Vec<Uuid> = (0..40).map(|_| Uuid::new_v4()).collect();
    let ears = Ears::default();
    let told = join_all(records.iter().map(|record| async {
        for count in 0..20 {
            bank.tell([counted(*record, count), Told::Unheard { of: *record }])
                .await;
        }
    }));
    let three = join_all((0..3).map(|_| async {
        let deliveries = bank.deliveries(&ears);
        while bank.heard().await.values().map(Vec::len).sum::<usize>() < 40 * 20 {
            deliveries.batch().await.unwrap();
        }
    }));
    futures::join!(told, three);
    let heard = bank.heard().await;
    assert_eq!(heard.len(), records.len());
    for counts in heard.values() {
        assert_eq!(*counts, (0..20).collect::<Vec<_>>());
    }
    assert_eq!(bank.left().await, 0);
}

#[tokio::test]
async fn one_that_fails_holds_up_nobody_and_is_heard_in_order_when_the_cause_is_gone() {
    let bank = Bank::open().await;
    let (good, bad) = (Uuid::new_v4(), Uuid::new_v4());
    let ears = Ears::default();
    ears.refuses.lock().unwrap().insert(bad);
    let deliveries = bank.deliveries(&ears);
    bank.tell([counted(bad, 1), counted(good, 1), counted(bad, 2)])
        .await;
    while bank.heard().await.get(&good) != Some(&vec![1]) {
        deliveries.batch().await.unwrap();
    }
    // Said, and put off.
    let attempt = async || -> (i32, Option<String>) {
        sqlx::query_as("SELECT attempt, last_error FROM outbox_deliveries ORDER BY id LIMIT 1")
            .fetch_one(&bank.pool)
            .await
            .unwrap()
    };
    while attempt().await.0 < 2 {
        deliveries.batch().await.unwrap();
    }
    assert_eq!(attempt().await.1.as_deref(), Some("on purpose"));
    assert!(matches!(
        deliveries.batch().await.unwrap(),
        Turn::Idle(Some(_))
    ));
    // What comes later of the same record waits for what came before.
    bank.tell([counted(bad, 3)]).await;
    ears.refuses.lock().unwrap().clear();
    while bank.left().await > 0 {
        deliveries.batch().await.unwrap();
    }
    assert_eq!(bank.heard().await[&bad], [1, 2, 3]);
}

#[tokio::test]
async fn what_a_newer_version_tells_waits_for_it_and_holds_up_nobody() {
    let bank = Bank::open().await;
    let (new, old) = (Uuid::new_v4(), Uuid::new_v4());
    bank.tell([Newer::Multiplied { of: new }]).await;
    bank.tell([counted(old, 1)]).await;
    let ears = Ears::default();
    let deliveries = bank.deliveries(&ears);
    while bank.heard().await.get(&old) != Some(&vec![1]) {
        deliveries.batch().await.unwrap();
    }
    let (subject, error): (Uuid, Option<String>) =
        sqlx::query_as("SELECT subject, last_error FROM outbox_deliveries")
            .fetch_one(&bank.pool)
            .await
            .unwrap();
    assert_eq!(subject, new);
    let error = error.unwrap();
    assert!(
        error.starts_with("event Multiplied is unknown to this version"),
        "{error}"
    );
}

#[tokio::test]
async fn what_was_rolled_back_is_neither_delivered_nor_read() {
    let bank = Bank::open().await;
    let of = Uuid::new_v4();
    let mut op = bank.outbox.begin_op().await.unwrap();
    bank.outbox
        .publish_all(&mut op, [counted(of, 1)])
        .await
        .unwrap();
    drop(op);
    bank.tell([counted(of, 2)]).await;
    bank.reads(&[counted(of, 2)]).await;
    assert_eq!(bank.left().await, 1);
}

#[tokio::test]
async fn a_later_change_of_a_record_is_read_later_also_when_its_transaction_is_the_older_one() {
    let bank = Bank::open().await;
    let (of, other) = (Uuid::new_v4(), Uuid::new_v4());
    // Has its transaction's number before the other begins, and changes the record after it.
    let mut older = bank.outbox.begin_op().await.unwrap();
    sqlx::query("SELECT pg_current_xact_id()")
        .execute(older.as_executor())
        .await
        .unwrap();
    bank.tell([counted(of, 1)]).await;
    assert_eq!(bank.events().await, [], "an older one may still publish");
    bank.outbox
        .publish_all(&mut older, [counted(of, 2), counted(other, 1)])
        .await
        .unwrap();
    older.commit().await.unwrap();
    bank.reads(&[counted(of, 1), counted(of, 2), counted(other, 1)])
        .await;
}

#[tokio::test]
async fn numbers_that_a_crash_has_set_back_collide_with_nothing() {
    let bank = Bank::open().await;
    let of = Uuid::new_v4();
    for count in 0..20 {
        bank.tell([counted(of, count)]).await;
    }
    sqlx::query("SELECT setval('outbox_events_number', last_value - 12) FROM outbox_events_number")
        .execute(&bank.pool)
        .await
        .unwrap();
    for count in 20..40 {
        bank.tell([counted(of, count)]).await;
    }
    let expected: Vec<Told> = (0..40).map(|count| counted(of, count)).collect();
    bank.reads(&expected).await;
}

#[tokio::test]
async fn a_database_that_moves_to_another_cluster_goes_on_behind_what_it_has() {
    let bank = Bank::open().await;
    let of = Uuid::new_v4();
    bank.tell([counted(of, 1)]).await;
    // As a dump that was made in a cluster that had come much further.
    sqlx::query("UPDATE outbox_events SET turn = turn + 1000000000")
        .execute(&bank.pool)
        .await
        .unwrap();
    sqlx::query("UPDATE outbox_eras SET system_identifier = 1")
        .execute(&bank.pool)
        .await
        .unwrap();
    bank.reads(&[counted(of, 1)]).await;
    bank.tell([counted(of, 2)]).await;
    bank.reads(&[counted(of, 1), counted(of, 2)]).await;
}

#[tokio::test]
async fn pages_hear_of_what_other_processes_publish() {
    let bank = Bank::open().await;
    let other = Bank {
        pool: bank.pool.clone(),
        outbox: Outbox::open(&bank.pool).await.unwrap(),
    };
    let (mut one, mut two) = (Box::pin(bank.changes()), Box::pin(bank.changes()));
    let of = Uuid::new_v4();
    for count in 0..10 {
        other.tell([counted(of, count)]).await;
    }
    for count in 0..10 {
        assert_eq!(one.next().await, Some(counted(of, count)));
    }
    // One that was too slow for the buffer reads what it missed.
    let events = (10..6_000).map(|count| counted(of, count));
    other.tell(events).await;
    while one.next().await != Some(counted(of, 5_999)) {}
    let all: Vec<Told> = two.by_ref().take(6_000).collect().await;
    let expected: Vec<Told> = (0..6_000).map(|count| counted(of, count)).collect();
    assert_eq!(all, expected);
    // It ends with the outbox.
    drop((bank, other));
    let end = tokio::time::timeout(Duration::from_secs(30), two.next());
    assert_eq!(end.await, Ok(None));
}
