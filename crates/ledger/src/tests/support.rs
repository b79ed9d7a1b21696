//! A bank of one's own for each test, and money that moves.

use es_entity::DbOp;
use sqlx::{Connection as _, Executor as _, PgConnection};
use testkit::TestDatabase;
use uuid::Uuid;

use crate::{AccountCategory, Ledger, Movement, NewDepositAccount, Posting, PostingError};

pub(super) type Posted = Result<(), PostingError>;

pub(super) struct Bank {
    pub(super) deposits: Ledger,
    pub(super) db: TestDatabase,
}

pub(super) async fn bank() -> Bank {
    let db = testkit::database().await;
    let deposits = Ledger::init(&db.pool).await.unwrap();
    Bank { deposits, db }
}

pub(super) fn account(public_id: u32, category: AccountCategory) -> NewDepositAccount {
    NewDepositAccount {
        customer_id: Uuid::now_v7(),
        public_id: public_id.to_string(),
        customer_type_key: category,
    }
}

impl Bank {
    /// Opens an account and answers its customer.
    pub(super) async fn open(&self, public_id: u32, category: AccountCategory) -> Uuid {
        let account = account(public_id, category);
        let mut opened = self
            .deposits
            .open_accounts(std::slice::from_ref(&account))
            .await;
        opened.remove(0).unwrap();
        account.customer_id
    }

    /// Throws everybody out of the database and lets nobody in, or lets them in again.
    pub(super) async fn set_away(&self, away: bool) {
        let server = std::env::var("USHER_TEST_DATABASE_URL").unwrap();
        let mut admin = PgConnection::connect(&server).await.unwrap();
        let (_, name) = self.db.url.rsplit_once('/').unwrap();
        let ddl = format!("ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {}", !away);
        admin.execute(ddl.as_str()).await.unwrap();
        if away {
            sqlx::query!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                name,
            )
            .fetch_all(&mut admin)
            .await
            .unwrap();
        }
    }

    /// Money that comes in.
    pub(super) async fn deposit(&self, customer: Uuid, cents: i64) -> Posted {
        let movement = movement(customer, cents);
        self.post(&[Posting::Deposit], movement).await
    }

    /// Money that leaves at once.
    pub(super) async fn withdraw(&self, customer: Uuid, cents: i64) -> Posted {
        let both = [Posting::WithdrawalReserve, Posting::WithdrawalConfirm];
        self.post(&both, movement(customer, cents)).await
    }

    /// Adds up what was posted, so many changes at a time, until nothing is left.
    pub(super) async fn add_up(&self, at_a_time: i64) {
        while self.deposits.adding_up().add_up(at_a_time).await.unwrap() {}
    }

    pub(super) async fn settled(&self, customer: Uuid) -> i64 {
        let account = self.deposits.account_of(customer).await.unwrap();
        account.unwrap().settled
    }

    /// Posts all for one document, in one transaction.
    pub(super) async fn post(&self, postings: &[Posting], movement: Movement) -> Posted {
        let mut op = DbOp::init(&self.db.pool)
            .await
            .map_err(crate::LedgerError::from)?;
        for posting in postings {
            self.deposits
                .post_in_op(&mut op, *posting, movement)
                .await?;
        }
        op.commit().await.map_err(crate::LedgerError::from)?;
        Ok(())
    }
}

/// For a document of its own.
pub(super) fn movement(customer_id: Uuid, cents: i64) -> Movement {
    Movement {
        customer_id,
        document: Uuid::now_v7(),
        cents,
    }
}

/// Whether the account's own control refused the posting.
pub(super) fn overdrawn(posted: &Posted) -> bool {
    matches!(posted, Err(PostingError::Overdraft { .. }))
}
