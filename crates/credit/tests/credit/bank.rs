//! A bank of one's own: customers whom Sumsub really verified, operators, proposals.

use std::{sync::Arc, time::Duration};

use access::{Role, Subject};
use claim_loop::{Turn, Work as _};
use credit::{
    Credit, CreditFacilityProposal, CreditFacilityProposalId, NewProposal, ProposalStatus,
    event::CreditEvent,
};
use customer::{
    Onboarding, ProspectInput, Settings,
    callback_log::ingest::Ingest,
    primitives::{CustomerId, ProspectId},
};
use kernel::Error;
use provisioning::DepositLedger;
use serde_json::{Value, json};
use sqlx::{PgPool, postgres::PgPoolOptions};
use sumsub::webhook::Callback;
use testkit_app::App;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub struct Bank {
    pub pool: PgPool,
    pub credit: Credit,
    pub onboarding: Onboarding,
    app: App,
    ingest: Ingest,
}

/// A bank at work.
pub async fn bank() -> Bank {
    let mut bank = asleep().await;
    bank.wakes().await;
    bank
}

/// A bank whose subscribers hear of nothing before it [`Bank::wakes`].
pub async fn asleep() -> Bank {
    let db = testkit::database().await;
    let pool = PgPoolOptions::new()
        .max_connections(30)
        .connect(&db.url)
        .await
        .unwrap();
    let app = App::over(pool.clone(), Settings::default()).await;
    let onboarding = app.onboarding.clone();
    let onboarding = onboarding
        .with_ledger(Arc::new(DepositLedger(app.ledger.clone())))
        .with_holders(vec![Arc::new(app.credit.clone())]);
    Bank {
        ingest: Ingest::start(pool.clone()),
        pool,
        credit: app.credit.clone(),
        onboarding,
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
    pub async fn wakes(&mut self) {
        let never = CancellationToken::new();
        let wakeups = claim_loop::Wakeups::start(&self.pool, never.clone());
        claim_loop::spawn(&wakeups, self.credit.canceller(), never);
    }

    /// A prospect on whose behalf nothing has happened yet.
    pub async fn prospect(&self) -> ProspectId {
        let input = ProspectInput {
            email: format!("{}@example.com", Uuid::new_v4().simple()),
            telegram_handle: String::new(),
            customer_type: "individual".to_owned(),
        };
        let id = ProspectId::new();
        let made = self
            .onboarding
            .create_prospect(&officer(), id, &input)
            .await;
        made.unwrap().id
    }

    /// Verified, not provisioned, without an account.
    pub async fn verified(&self) -> CustomerId {
        let prospect = self.prospect().await;
        self.answers(prospect.into(), "GREEN", 10).await;
        Uuid::from(prospect).into()
    }

    /// Verified, Active, with an account: eligible.
    pub async fn customer(&self) -> CustomerId {
        let customer = self.verified().await;
        self.opens_account(customer).await;
        self.provisioned(customer).await;
        customer
    }

    pub async fn opens_account(&self, customer: CustomerId) {
        self.app.open_accounts(&[customer.into()]).await;
    }

    pub async fn provisioned(&self, customer: CustomerId) {
        self.app.complete_provisioning(&[customer.into()]).await;
    }

    /// Sumsub's GREEN or RED, as the webhook takes it; `second` is its time.
    pub async fn answers(&self, id: Uuid, answer: &str, second: u32) {
        let body: Value = json!({
            "type": "applicantReviewed", "applicantId": format!("applicant-{id}"), "externalUserId": id.to_string(),
            "correlationId": format!("req-{second}"), "levelName": "basic-kyc-level", "sandboxMode": false,
            "createdAtMs": format!("2026-03-01 10:00:{second:02}.000"), "reviewStatus": "completed",
            "reviewResult": {"reviewAnswer": answer, "rejectLabels": ["FORGERY"], "reviewRejectType": "FINAL"},
        });
        let body = body.to_string();
        let callback = Callback::parse(body.as_bytes()).unwrap();
        self.ingest.store(&callback, body).await.unwrap();
        let drain = self.onboarding.drain();
        while drain.batch().await.unwrap() == Turn::Worked {}
    }

    pub async fn deactivates(&self, customer: CustomerId) {
        let done = self
            .onboarding
            .deactivate_customer(&officer(), customer, "asked")
            .await;
        done.unwrap();
    }

    pub async fn reactivates(&self, customer: CustomerId) {
        let done = self
            .onboarding
            .reactivate_customer(&officer(), customer, "asked")
            .await;
        done.unwrap();
    }

    pub async fn closes(&self, customer: CustomerId) {
        let done = self
            .onboarding
            .close_customer(&officer(), customer, "left")
            .await;
        done.unwrap();
    }

    pub async fn proposed_by(
        &self,
        subject: &Subject,
        customer: CustomerId,
    ) -> Result<CreditFacilityProposal, Error> {
        let id = CreditFacilityProposalId::new();
        self.credit
            .propose(subject, id, &of(customer, 5_000_000))
            .await
    }

    /// Made by some officer.
    pub async fn proposed(&self, customer: CustomerId) -> CreditFacilityProposalId {
        self.proposed_by(&officer(), customer).await.unwrap().id
    }

    pub async fn accepted(&self, customer: CustomerId) -> CreditFacilityProposalId {
        let id = self.proposed(customer).await;
        self.credit.accept(customer, id).await.unwrap();
        id
    }

    pub async fn read(&self, id: CreditFacilityProposalId) -> CreditFacilityProposal {
        self.credit.proposal(&admin(), id).await.unwrap()
    }

    pub async fn status(&self, id: CreditFacilityProposalId) -> ProposalStatus {
        self.read(id).await.status
    }

    /// Waits until the proposal stands there.
    pub async fn becomes(&self, id: CreditFacilityProposalId, status: ProposalStatus) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while self.status(id).await != status {
            assert!(tokio::time::Instant::now() < deadline, "not {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The types of what went into the outbox about credit.
    pub async fn published(&self) -> Vec<CreditEvent> {
        let payloads: Vec<Value> = sqlx::query_scalar(
            "SELECT payload FROM outbox_events
             WHERE payload->>'type' LIKE 'CreditFacility%' ORDER BY era, turn, number",
        )
        .fetch_all(&self.pool)
        .await
        .unwrap();
        payloads
            .into_iter()
            .map(|payload| serde_json::from_value(payload).unwrap())
            .collect()
    }

    /// What the audit log has of a proposal, but looking: who, what, whether allowed.
    pub async fn audit(&self, id: CreditFacilityProposalId) -> Vec<(String, String, bool)> {
        sqlx::query_as(
            "SELECT subject, action, authorized FROM audit_entries
             WHERE object = 'credit-proposal:' || $1::text AND action <> 'credit_proposal.read' ORDER BY id",
        )
        .bind(Uuid::from(id))
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }
}

pub fn of(customer: CustomerId, cents: i64) -> NewProposal {
    NewProposal::of_cents(customer, cents, "a new mill", "ask Charles").unwrap()
}

/// The words of a refusal.
pub fn words<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(words)) => words.into_owned(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was done"),
    }
}
