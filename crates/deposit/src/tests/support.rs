//! A bank of one's own for each test, and a way to move money, which the crate itself offers later.

use cala_ledger::{
    AccountId, TransactionId,
    errlanes::{Fail, lanes},
    posting::{ApplyPostingRejection, PostingRejection},
    tx_template::{
        NewParamDefinition, NewTxTemplate, NewTxTemplateEntry, NewTxTemplateTransaction,
        ParamDataType, Params,
    },
    velocity::error::EnforceVelocityRejection,
};
use job::{JobSvcConfig, Jobs};
use rust_decimal::Decimal;
use sqlx::{Connection as _, Executor as _, PgConnection, PgPool};
use testkit::TestDatabase;
use uuid::Uuid;

use crate::{AccountCategory, Deposits, NewDepositAccount, ids};

const MOVE: &str = "TEST_MOVE";

pub(super) type Posted = Result<(), Fail<PostingRejection, lanes!(Transient, Fatal)>>;

pub(super) struct Bank {
    pub(super) deposits: Deposits,
    /// Polled by the tests that wait for the sums of the sets.
    pub(super) jobs: Jobs,
    pub(super) db: TestDatabase,
}

pub(super) async fn jobs(pool: &PgPool) -> Jobs {
    let config = JobSvcConfig::builder()
        .pool(pool.clone())
        .exec_migrations(false)
        .build()
        .unwrap();
    Jobs::init(config).await.unwrap()
}

pub(super) async fn bank() -> Bank {
    let db = testkit::database().await;
    let mut jobs = jobs(&db.pool).await;
    let deposits = Deposits::init(&db.pool, &mut jobs).await.unwrap();
    let bank = Bank { deposits, jobs, db };
    bank.make_template().await;
    bank
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

    pub(super) async fn deposit(&self, customer: Uuid, cents: i64) -> Posted {
        self.post(ids::omnibus(), ids::ledger_account(customer), cents)
            .await
    }

    pub(super) async fn withdraw(&self, customer: Uuid, cents: i64) -> Posted {
        self.post(ids::ledger_account(customer), ids::omnibus(), cents)
            .await
    }

    pub(super) async fn settled(&self, customer: Uuid) -> i64 {
        let account = self.deposits.account_of(customer).await.unwrap();
        account.unwrap().settled
    }

    async fn post(&self, debit: AccountId, credit: AccountId, cents: i64) -> Posted {
        let mut params = Params::new();
        params.insert("debit", debit);
        params.insert("credit", credit);
        params.insert("amount", Decimal::new(cents, 2));
        let ledger = &self.deposits.ledger;
        ledger
            .post_transaction(TransactionId::new(), MOVE, params)
            .await
            .map(|_| ())
    }

    async fn make_template(&self) {
        let param = |name: &str, kind| {
            NewParamDefinition::builder()
                .name(name)
                .r#type(kind)
                .build()
                .unwrap()
        };
        let entry = |kind: &str, account: &str, direction: &str| {
            NewTxTemplateEntry::builder()
                .entry_type(kind)
                .account_id(account)
                .layer("SETTLED")
                .direction(direction)
                .units("params.amount")
                .currency("'USD'")
                .build()
                .unwrap()
        };
        let transaction = NewTxTemplateTransaction::builder()
            .effective("date()")
            .journal_id(format!("uuid('{}')", ids::journal()))
            .build()
            .unwrap();
        let template = NewTxTemplate::builder()
            .id(Uuid::now_v7())
            .code(MOVE)
            .params(vec![
                param("debit", ParamDataType::Uuid),
                param("credit", ParamDataType::Uuid),
                param("amount", ParamDataType::Decimal),
            ])
            .transaction(transaction)
            .entries(vec![
                entry("'TEST_MOVE_DR'", "params.debit", "DEBIT"),
                entry("'TEST_MOVE_CR'", "params.credit", "CREDIT"),
            ])
            .build();
        let templates = self.deposits.ledger.tx_templates();
        templates.create(template).await.unwrap();
    }
}

/// Whether the ledger's own control refused the posting for this customer's account.
pub(super) fn overdrawn(posted: &Posted, customer: Uuid) -> bool {
    matches!(
        posted,
        Err(Fail::Rejected(PostingRejection::Apply(ApplyPostingRejection::Velocity(
            EnforceVelocityRejection::LimitExceeded(limit),
        )))) if limit.account_id == ids::ledger_account(customer)
            && limit.limit_id == ids::overdraft_limit()
    )
}
