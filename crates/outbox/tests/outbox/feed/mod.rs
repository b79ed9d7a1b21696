//! Following the events on a real PostgreSQL.

mod cursors;
mod order;
mod retention;

use kernel::DomainEvent;
use outbox::{Cursor, Outbox, Page, Recorded};
use serde::{Deserialize, Serialize};
use sqlx::{Executor as _, PgPool};
use testkit::TestDatabase;
use uuid::Uuid;

/// Something that happened to a record, for the so-many-th time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
enum Told {
    Happened { record: Uuid, count: i64 },
}

impl Told {
    fn happened(record: Uuid, count: i64) -> Self {
        Self::Happened { record, count }
    }
}

impl DomainEvent for Told {
    fn subject(&self) -> Uuid {
        let Self::Happened { record, .. } = self;
        *record
    }
}

/// A database and its outbox.
struct Feed {
    database: TestDatabase,
    outbox: Outbox,
}

impl Feed {
    async fn open() -> Self {
        let database = testkit::database().await;
        let outbox = Outbox::open(&database.pool).await.unwrap();
        Self { database, outbox }
    }

    fn pool(&self) -> &PgPool {
        &self.database.pool
    }

    /// Publishes so many events, each in a transaction of its own.
    async fn publish(&self, events: i64) -> Vec<Recorded> {
        let before = outbox::head(self.pool()).await.unwrap();
        for count in 0..events {
            let mut op = self.outbox.begin_op().await.unwrap();
            let event = Told::happened(Uuid::new_v4(), count);
            self.outbox.publish_all(&mut op, [event]).await.unwrap();
            op.commit().await.unwrap();
        }
        // Other tests' transactions hold the head up for a moment.
        loop {
            let page = outbox::page(self.pool(), before, events + 1).await.unwrap();
            if page.len() == usize::try_from(events).unwrap() {
                return page;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn read(&self, after: Option<Cursor>) -> Result<Page, outbox::FeedError> {
        outbox::feed(self.pool(), after, 1000).await
    }

    /// As [`Self::read`], once so many events are there.
    async fn read_all(&self, after: Option<Cursor>, events: usize) -> Page {
        loop {
            let page = self.read(after).await.unwrap();
            if page.events.len() >= events {
                return page;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn run(&self, statement: &str) {
        self.pool().execute(statement).await.unwrap();
    }
}

fn ids(events: &[Recorded]) -> Vec<Uuid> {
    events.iter().map(|event| event.id).collect()
}
