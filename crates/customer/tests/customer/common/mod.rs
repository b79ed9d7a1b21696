use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use access::{Access, Role, Subject};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse as _,
    routing::{get, post},
};
use claim_loop::{Turn, Work as _};
use customer::{
    Onboarding, ProspectInput, Settings,
    callback_log::{drain::Drain, ingest::Ingest},
    kyc::Rules,
    levels::Levels,
    ports::LedgerPort,
    primitives::{CustomerId, ProspectId},
};
use outbox::Outbox;
use serde_json::{Value, json};
use sqlx::PgPool;
use sumsub::{Client, Secret, SumsubConfig, webhook::Callback};

/// The domain on a database of its own, with a Sumsub that answers what a test tells it to.
pub struct Log {
    pub pool: PgPool,
    pub onboarding: Onboarding,
    pub ingest: Ingest,
    pub sumsub: Sumsub,
}

impl Log {
    pub async fn open() -> Log {
        Self::open_on(testkit::database().await.pool).await
    }

    pub async fn open_on(pool: PgPool) -> Log {
        Self::open_as(pool, |_| {}).await
    }

    /// With other settings.
    pub async fn open_with(change: impl FnOnce(&mut Settings)) -> Log {
        Self::open_as(testkit::database().await.pool, change).await
    }

    async fn open_as(pool: PgPool, change: impl FnOnce(&mut Settings)) -> Log {
        let outbox = Outbox::open(&pool).await.unwrap();
        let answers = Sumsub::start().await;
        let sumsub = Client::new(SumsubConfig {
            first_pause: std::time::Duration::from_millis(1),
            ..SumsubConfig::new(answers.url.clone(), Secret::new("prd:t"), Secret::new("k"))
        })
        .unwrap();
        let mut settings = Settings {
            levels: Levels::default(),
            rules: Rules {
                allow_sandbox: false,
            },
            link_ttl: std::time::Duration::from_secs(3600),
            ..Settings::default()
        };
        // Nobody here waits for Sumsub's sake.
        settings.refresh_schedule.per_second = std::num::NonZeroU32::MAX;
        change(&mut settings);
        let onboarding = Onboarding::new(
            pool.clone(),
            outbox,
            Access::new(pool.clone()),
            sumsub,
            settings,
        )
        .with_ledger(Arc::new(EmptyLedger));
        Log {
            sumsub: answers,
            ingest: Ingest::start(pool.clone()),
            pool,
            onboarding,
        }
    }

    pub async fn prospect(&self, email: &str) -> ProspectId {
        let input = ProspectInput {
            email: email.to_owned(),
            telegram_handle: String::new(),
            customer_type: "individual".to_owned(),
        };
        let made = self
            .onboarding
            .create_prospect(&officer(), ProspectId::new(), &input)
            .await;
        made.unwrap_or_else(|error| panic!("{error}")).id
    }

    pub async fn store(&self, body: &Value) {
        let body = body.to_string();
        self.ingest
            .store(&Callback::parse(body.as_bytes()).unwrap(), body)
            .await
            .unwrap();
    }

    /// A callback arrives, and is judged.
    pub async fn receives(&self, body: &Value) {
        self.store(body).await;
        self.drained().await;
    }

    pub async fn drained(&self) {
        drain(&self.onboarding.drain()).await;
    }

    pub async fn outcomes(&self) -> Vec<(String, i64)> {
        sqlx::query_as("SELECT outcome, receipts FROM callbacks ORDER BY id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub async fn count(&self, what: &str) -> i64 {
        sqlx::query_scalar(&format!("SELECT count(*) FROM {what}"))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

pub async fn drain(drain: &Drain) {
    loop {
        match drain.batch().await.unwrap() {
            Turn::Worked => {}
            // A transaction that was given up keeps its locks until the connection has told so.
            Turn::Idle(Some(soon)) if soon < std::time::Duration::from_secs(1) => {
                tokio::time::sleep(soon).await
            }
            Turn::Idle(_) => return,
        }
    }
}

pub fn officer() -> Subject {
    Subject::ApiToken {
        id: uuid::Uuid::now_v7().into(),
        role: Role::OnboardingOfficer,
    }
}

pub fn callback(prospect: ProspectId, kind: &str, second: u32) -> Value {
    json!({
        "type": kind, "applicantId": format!("applicant-{prospect}"), "externalUserId": prospect.to_string(),
        "correlationId": format!("req-{second}"), "levelName": "basic-kyc-level", "sandboxMode": false,
        "createdAtMs": format!("2026-03-01 10:00:{second:02}.000"),
    })
}

pub fn green(prospect: ProspectId, second: u32) -> Value {
    let mut body = callback(prospect, "applicantReviewed", second);
    body["reviewStatus"] = json!("completed");
    body["reviewResult"] = json!({"reviewAnswer": "GREEN"});
    body
}

pub fn red(prospect: ProspectId, second: u32, reject_type: &str) -> Value {
    let mut body = green(prospect, second);
    body["reviewResult"] = json!({
        "reviewAnswer": "RED", "rejectLabels": ["FORGERY"], "reviewRejectType": reject_type,
        "moderationComment": "Please try again.", "clientComment": "found out",
    });
    body
}

pub fn admin() -> Subject {
    Subject::ApiToken {
        id: uuid::Uuid::now_v7().into(),
        role: Role::Admin,
    }
}

/// No customer has money.
struct EmptyLedger;

#[async_trait::async_trait]
impl LedgerPort for EmptyLedger {
    async fn is_empty_in_op(
        &self,
        _: &mut es_entity::DbOp<'static>,
        _: CustomerId,
    ) -> Result<bool, String> {
        Ok(true)
    }
}

/// What Sumsub answers: applicants by our id. Unknown ones are 404; `away` makes it answer 500.
#[derive(Clone)]
pub struct Sumsub {
    pub url: url::Url,
    applicants: Arc<Mutex<HashMap<String, Value>>>,
    /// What it answers whatever is asked.
    says: Arc<Mutex<Option<(u16, &'static str)>>>,
}

impl Sumsub {
    async fn start() -> Sumsub {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let sumsub = Sumsub {
            url: url.parse().unwrap(),
            applicants: Arc::default(),
            says: Arc::default(),
        };
        let routes = Router::new()
            .route("/resources/applicants/{named}/one", get(one))
            .route(
                "/resources/sdkIntegrations/levels/-/websdkLink",
                post(|| async { Json(json!({"url": "https://in.sumsub.test/link"})) }),
            )
            .with_state(sumsub.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        sumsub
    }

    pub fn tell(&self, prospect: ProspectId, applicant: Value) {
        self.applicants
            .lock()
            .unwrap()
            .insert(prospect.to_string(), applicant);
    }

    pub fn away(&self, away: bool) {
        self.says(away.then_some((500, "")));
    }

    /// Answers everything with this status and body from now on, or no more.
    pub fn says(&self, says: Option<(u16, &'static str)>) {
        *self.says.lock().unwrap() = says;
    }
}

async fn one(State(sumsub): State<Sumsub>, Path(named): Path<String>) -> axum::response::Response {
    if let Some((status, body)) = *sumsub.says.lock().unwrap() {
        return (StatusCode::from_u16(status).unwrap(), body).into_response();
    }
    let id = named.trim_start_matches("-;externalUserId=");
    match sumsub.applicants.lock().unwrap().get(id) {
        Some(applicant) => Json(applicant.clone()).into_response(),
        None => (
            StatusCode::NOT_FOUND,
            Json(
                json!({"code": 404, "correlationId": "req-1", "description": "no such applicant"}),
            ),
        )
            .into_response(),
    }
}

/// An applicant as the REST API tells it.
pub fn applicant(prospect: ProspectId, status: &str, answer: Option<&str>, second: u32) -> Value {
    json!({
        "id": format!("applicant-{prospect}"), "externalUserId": prospect.to_string(), "type": "individual",
        "info": {"firstName": "Ada", "lastName": format!("Lovelace-{prospect}"), "dob": "1815-12-10", "country": "GBR",
            "addresses": [{"formattedAddress": "12 St James Square, London"}]},
        "review": {"levelName": "basic-kyc-level", "reviewStatus": status, "attemptId": "t1",
            "reviewResult": answer.map(|answer| json!({"reviewAnswer": answer})),
            "reviewDate": format!("2026-03-01 10:00:{second:02}+0000")},
    })
}

/// Waits until somebody else in the database waits for a lock.
pub async fn somebody_waits(pool: &PgPool) {
    loop {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if waits {
            return;
        }
        tokio::task::yield_now().await;
    }
}
