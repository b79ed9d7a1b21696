//! For tests of more than one domain: the services over one database, assembled as `usher` does it, with nobody outside.
//!
//! It is no part of what runs; tests of one crate without other domains take what `testkit` has. Begin with [`App::over`].

#![expect(
    clippy::expect_used,
    reason = "a test without its services has to stop"
)]

use std::sync::Arc;

use access::{Access, ApiTokens, AuditLog, Operators};
use credit::Credit;
use customer::{Onboarding, onboarding::StepProgress};
use deposit::Deposits;
use identity::BuiltInIdentity;
use ledger::{AccountCategory, Ledger, NewDepositAccount};
use outbox::Outbox;
use provisioning::Board;
use sqlx::PgPool;
use sumsub::{Client, Secret, SumsubConfig};
use uuid::Uuid;

/// All services over one database. Sumsub is away, logins are built in, and no loop runs.
#[derive(Clone)]
pub struct App {
    /// Connections to the database.
    pub pool: PgPool,
    /// What everybody publishes to.
    pub outbox: Outbox,
    /// Permissions, and the audit log that says who used them.
    pub access: Access,
    /// Operators with passwords of ours.
    pub operators: Operators,
    /// The API tokens of programs.
    pub tokens: ApiTokens,
    /// Reading the audit log.
    pub audit: AuditLog,
    /// Prospects and customers.
    pub onboarding: Onboarding,
    /// The built-in identity, which has the customers' logins.
    pub identity: BuiltInIdentity,
    /// Steps of provisioning.
    pub board: Board,
    /// The ledger that has the deposit accounts.
    pub ledger: Ledger,
    /// Deposits and withdrawals.
    pub deposits: Deposits,
    /// Credit facility proposals.
    pub credit: Credit,
}

impl App {
    /// Assembles the services over a database with all migrations.
    ///
    /// # Panics
    /// When the database doesn't answer, or isn't migrated.
    pub async fn over(pool: PgPool, settings: customer::Settings) -> Self {
        let outbox = Outbox::open(&pool).await.expect("an outbox");
        let ledger = Ledger::init(&pool).await.expect("a ledger");
        let access = Access::new(pool.clone());
        let identity = BuiltInIdentity::new(pool.clone());
        let deposits = Deposits::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            ledger.clone(),
            deposit::Settings::default(),
        );
        let credit = Credit::new(pool.clone(), outbox.clone(), access.clone(), ledger.clone());
        let onboarding = Onboarding::new(
            pool.clone(),
            outbox.clone(),
            access.clone(),
            sumsub_away(),
            settings,
        )
        .with_link_sender(Arc::new(provisioning::LinkSteps));
        Self {
            operators: Operators::new(pool.clone()),
            tokens: ApiTokens::new(pool.clone()),
            audit: AuditLog::new(pool.clone()),
            board: Board::new(pool.clone(), access.clone(), Arc::new(identity.clone())),
            pool,
            outbox,
            access,
            onboarding,
            identity,
            ledger,
            deposits,
            credit,
        }
    }

    /// Opens the account of each of these customers, as provisioning does.
    ///
    /// # Panics
    /// When one of them is no customer, or has an account.
    pub async fn open_accounts(&self, customers: &[Uuid]) {
        let mut accounts = Vec::new();
        for customer_id in customers {
            let public_id = sqlx::query_scalar("SELECT public_id FROM customers WHERE id = $1")
                .bind(customer_id)
                .fetch_one(&self.pool)
                .await
                .expect("a customer");
            accounts.push(NewDepositAccount {
                customer_id: *customer_id,
                public_id,
                customer_type_key: AccountCategory::Individual,
            });
        }
        for opened in self.ledger.open_accounts(&accounts).await {
            opened.expect("an account");
        }
    }

    /// Says of these customers that their last step of provisioning is done: they are Active.
    ///
    /// # Panics
    /// When the database doesn't answer.
    pub async fn complete_provisioning(&self, customers: &[Uuid]) {
        let onboarding = &self.onboarding;
        let mut op = onboarding.begin().await.expect("a transaction");
        onboarding
            .lock_customers_in_op(&mut op, customers.to_vec())
            .await
            .expect("locks");
        let done = |id: &Uuid| StepProgress {
            customer: (*id).into(),
            step: "login",
            detail: None,
            completes: true,
        };
        let progress: Vec<_> = customers.iter().map(done).collect();
        onboarding
            .record_progress_in_op(&mut op, &progress)
            .await
            .expect("recorded");
        op.commit().await.expect("committed");
    }
}

/// A client of a Sumsub that nobody runs; it asks once.
fn sumsub_away() -> Client {
    let nobody = "http://127.0.0.1:9".parse().expect("a URL");
    let mut config = SumsubConfig::new(nobody, Secret::new("prd:t"), Secret::new("k"));
    config.tries = 1;
    Client::new(config).expect("a client")
}
