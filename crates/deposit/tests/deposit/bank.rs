//! A bank of one's own: customers in any state, operators, money.

use std::str::FromStr as _;

use access::{Role, Subject};
use customer::primitives::{Activity, CustomerId, Verification};
use deposit::{
    Deposit, DepositId, Deposits, NewMovement, Settings, Withdrawal, WithdrawalId,
    event::MoneyEvent,
};
use kernel::Error;
use ledger::{AccountCategory, Ledger, NewDepositAccount};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use testkit::TestDatabase;
use testkit_app::App;
use uuid::Uuid;

const TELLER: &str = "teller";

pub struct Bank {
    pub pool: PgPool,
    pub db: TestDatabase,
    pub ledger: Ledger,
    pub deposits: Deposits,
    app: App,
}

pub async fn bank() -> Bank {
    let db = testkit::database().await;
    let connections = || PgPoolOptions::new().max_connections(30);
    // Connections that a test can tell from the others, to kill them.
    let options = PgConnectOptions::from_str(&db.url).unwrap();
    let options = options.application_name(TELLER);
    let teller = connections().connect_with(options).await.unwrap();
    let app = App::over(teller, customer::Settings::default()).await;
    Bank {
        pool: connections().connect(&db.url).await.unwrap(),
        db,
        ledger: app.ledger.clone(),
        deposits: app.deposits.clone(),
        app,
    }
}

pub fn operator(role: Role) -> Subject {
    let id = Uuid::now_v7().into();
    Subject::Operator { id, role }
}

pub fn admin() -> Subject {
    operator(Role::Admin)
}

pub fn officer() -> Subject {
    operator(Role::OnboardingOfficer)
}

impl Bank {
    /// The same bank with other settings.
    pub fn with(&self, settings: Settings) -> Deposits {
        let app = self.app.clone();
        Deposits::new(app.pool, app.outbox, app.access, app.ledger, settings)
    }

    /// A customer without an account, Verified and Active.
    pub async fn customer(&self) -> CustomerId {
        let id = Uuid::now_v7();
        sqlx::query(
            "WITH made AS (
                 INSERT INTO prospects (id, created_at, public_id, customer_type, stage, kyc_status)
                 VALUES ($1, now(), nextval('public_id_seq')::text, 'individual', 'converted', 'approved')
                 RETURNING id, public_id
             )
             INSERT INTO customers (id, created_at, public_id, customer_type, level, verification, activity)
             SELECT id, now(), public_id, 'individual', 'basic', 'verified', 'active' FROM made",
        )
        .bind(id)
        .execute(&self.pool)
        .await
        .unwrap();
        id.into()
    }

    /// A customer with an account in the set of a type.
    pub async fn account_in(&self, category: AccountCategory) -> CustomerId {
        let customer = self.customer().await;
        let public_id = sqlx::query_scalar("SELECT public_id FROM customers WHERE id = $1")
            .bind(Uuid::from(customer))
            .fetch_one(&self.pool)
            .await
            .unwrap();
        let account = NewDepositAccount {
            customer_id: customer.into(),
            public_id,
            customer_type_key: category,
        };
        let opened = self.ledger.open_accounts(&[account]).await.remove(0);
        opened.unwrap();
        customer
    }

    pub async fn account(&self) -> CustomerId {
        self.account_in(AccountCategory::Individual).await
    }

    pub async fn set(&self, customer: CustomerId, verification: Verification, activity: Activity) {
        sqlx::query("UPDATE customers SET verification = $2, activity = $3 WHERE id = $1")
            .bind(Uuid::from(customer))
            .bind(verification.name())
            .bind(activity.name())
            .execute(&self.pool)
            .await
            .unwrap();
    }

    /// What is on the account: settled, pending.
    pub async fn on(&self, customer: CustomerId) -> (i64, i64) {
        let account = self.ledger.account_of(customer.into()).await.unwrap();
        account.map_or((0, 0), |account| (account.settled, account.pending))
    }

    pub async fn deposit(&self, customer: CustomerId, cents: i64) -> Result<Deposit, Error> {
        let new = of(customer, cents, "");
        let id = DepositId::new();
        self.deposits.record_deposit(&officer(), id, &new).await
    }

    /// Started by some officer.
    pub async fn withdrawal(&self, customer: CustomerId, cents: i64) -> Result<Withdrawal, Error> {
        let new = of(customer, cents, "");
        let id = WithdrawalId::new();
        self.deposits
            .initiate_withdrawal(&officer(), id, &new)
            .await
    }

    /// Kills whatever the service has under way in the database, as the end of its process does.
    pub async fn kill(&self) {
        sqlx::query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = $1 AND xact_start IS NOT NULL",
        )
        .bind(TELLER)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// How many of the database's sessions wait for somebody else's lock.
    pub async fn waiting_for_locks(&self) -> i64 {
        sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }

    /// What went into the outbox about money.
    pub async fn published(&self) -> Vec<MoneyEvent> {
        let payloads: Vec<serde_json::Value> = sqlx::query_scalar(
            "SELECT payload FROM outbox_events
             WHERE payload->>'type' ~ '^(Deposit|Withdrawal)' ORDER BY era, turn, number",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        payloads
            .into_iter()
            .map(|payload| serde_json::from_value(payload).unwrap())
            .collect()
    }
}

pub fn of(customer: CustomerId, cents: i64, reference: &str) -> NewMovement {
    NewMovement::of_cents(customer, cents, reference).unwrap()
}

/// The words of a refusal by the table.
pub fn words<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(words)) => words.into_owned(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}
