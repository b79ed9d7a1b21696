//! The services behind the schema, and somebody who asks.

use std::{ops::Deref, sync::Arc};

use access::{OperatorId, Role, Subject};
use async_graphql::{Request, Response, Variables};
use claim_loop::Work as _;
use customer::{ProspectInput, Settings, callback_log::ingest::Ingest};
use graphql::{Caller, Reauthenticate, Schema, Services, prepare, schema};
use provisioning::DepositLedger;
use serde_json::{Value, json};
use sqlx::PgPool;
use sumsub::webhook::Callback;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse battery";

/// Fields that all requests together look up at the same time.
pub const IN_ALL: usize = 4;

pub struct App {
    assembled: testkit_app::App,
    pub schema: Schema,
    pub services: Services,
}

impl Deref for App {
    type Target = testkit_app::App;

    fn deref(&self) -> &testkit_app::App {
        &self.assembled
    }
}

impl App {
    pub async fn open() -> Self {
        Self::over(testkit::database().await.pool).await
    }

    pub async fn over(pool: PgPool) -> Self {
        super::statement_counts::watch();
        let settings = Settings {
            retention_years: 0,
            ..Settings::default()
        };
        let app = testkit_app::App::over(pool, settings).await;
        let onboarding = app.onboarding.clone();
        let services = Services {
            onboarding: onboarding.with_ledger(Arc::new(DepositLedger(app.ledger.clone()))),
            board: app.board.clone(),
            ledger: app.ledger.clone(),
            deposits: app.deposits.clone(),
            credit: app.credit.clone(),
            audit: app.audit.clone(),
            operators: Arc::new(app.operators.clone()),
            tokens: app.tokens.clone(),
        };
        Self {
            assembled: app,
            schema: schema(services.clone(), IN_ALL),
            services,
        }
    }

    /// Somebody with this role, let in for good.
    pub async fn operator(&self, role: Role) -> Caller {
        let name = format!("{role}@bank.example");
        let id: OperatorId = self.operators.ensure(&name, PASSWORD, role).await.unwrap();
        let subject = Subject::Operator { id, role };
        let same = subject.clone();
        let reauthenticate: Reauthenticate = Arc::new(move || {
            let same = same.clone();
            Box::pin(async move { Some(same) })
        });
        Caller {
            subject,
            name,
            reauthenticate,
        }
    }

    /// The answer to a query.
    pub async fn ask(&self, caller: &Caller, query: &str, variables: Value) -> Response {
        self.schema.execute(request(caller, query, variables)).await
    }

    /// The data of an answer that has no errors.
    pub async fn data(&self, caller: &Caller, query: &str, variables: Value) -> Value {
        let answer = self.ask(caller, query, variables).await;
        assert!(answer.errors.is_empty(), "{query}: {:?}", answer.errors);
        answer.data.into_json().unwrap()
    }

    /// A prospect, made by `caller`.
    pub async fn prospect(&self, caller: &Caller, email: &str) -> Uuid {
        let id = Uuid::now_v7();
        let input = ProspectInput {
            email: email.to_owned(),
            telegram_handle: String::new(),
            customer_type: "individual".to_owned(),
        };
        self.services
            .onboarding
            .create_prospect(&caller.subject, id.into(), &input)
            .await
            .unwrap();
        id
    }

    /// The id of a customer's account.
    pub async fn account(&self, caller: &Caller, customer: Uuid) -> Value {
        let query =
            "query ($id: UUID!) { customer(id: $id) { depositAccount { depositAccountId } } }";
        let data = self.data(caller, query, json!({"id": customer})).await;
        data["customer"]["depositAccount"]["depositAccountId"].clone()
    }

    /// Sumsub declined this prospect, so many milliseconds from now, and the callback was judged.
    pub async fn declined(&self, id: Uuid, reject_type: &str, label: &str, in_ms: i64) {
        let at = chrono::Utc::now() + chrono::TimeDelta::milliseconds(in_ms);
        let at = at.format("%Y-%m-%d %H:%M:%S%.3f");
        let body = format!(
            r#"{{"type": "applicantReviewed", "applicantId": "a-{id}", "correlationId": "c-{in_ms}",
                "levelName": "basic-kyc-level", "externalUserId": "{id}", "sandboxMode": false, "reviewStatus": "completed",
                "reviewResult": {{"reviewAnswer": "RED", "rejectLabels": ["{label}"], "reviewRejectType": "{reject_type}",
                "clientComment": "Kept: {label}."}}, "createdAtMs": "{at}"}}"#
        );
        let callback = Callback::parse(body.as_bytes()).unwrap();
        let ingest = Ingest::start(self.pool.clone());
        ingest.store(&callback, body).await.unwrap();
        self.services.onboarding.drain().batch().await.unwrap();
    }

    /// Customers with accounts, made as in life: prospects whom Sumsub approves.
    pub async fn customers(&self, caller: &Caller, count: usize) -> Vec<Uuid> {
        let ingest = Ingest::start(self.pool.clone());
        let mut ids = Vec::new();
        for n in 0..count {
            let id = self.prospect(caller, &format!("c{n}@example.com")).await;
            let at = chrono::Utc::now().format("%Y-%m-%d %H:%M:%S%.3f");
            let body = format!(
                r#"{{"type": "applicantReviewed", "applicantId": "a-{id}", "correlationId": "c-{id}",
                    "levelName": "basic-kyc-level", "externalUserId": "{id}", "sandboxMode": false,
                    "reviewStatus": "completed", "reviewResult": {{"reviewAnswer": "GREEN"}}, "createdAtMs": "{at}"}}"#
            );
            let callback = Callback::parse(body.as_bytes()).unwrap();
            ingest.store(&callback, body).await.unwrap();
            ids.push(id);
        }
        self.services.onboarding.drain().batch().await.unwrap();
        self.open_accounts(&ids).await;
        self.complete_provisioning(&ids).await;
        ids
    }
}

pub fn request(caller: &Caller, query: &str, variables: Value) -> Request {
    let request = Request::new(query).variables(Variables::from_json(variables));
    prepare(request, caller.clone(), "request-1".to_owned())
}

/// The extensions of the only error.
pub fn error(answer: &Response) -> Value {
    assert_eq!(answer.errors.len(), 1, "{:?}", answer.errors);
    let error = &answer.errors[0];
    let mut found = serde_json::to_value(error.extensions.clone().unwrap()).unwrap();
    found["message"] = json!(error.message);
    assert_eq!(found["requestId"], "request-1");
    found
}
