//! What the stories share.
#![allow(dead_code, reason = "each story takes what it needs")]

pub mod scripted;
pub mod sumsub;
pub mod whole;

use std::time::Duration;

use access::{Access, Role, Subject};
use customer::{
    Onboarding, ProspectInput, Settings, callback_log::ingest::Ingest, primitives::ProspectId,
};
use outbox::Outbox;
use serde_json::json;
use sqlx::PgPool;
use ::sumsub::{Client, Secret, SumsubConfig, webhook::Callback};
use uuid::Uuid;

pub fn officer() -> Subject {
    somebody(Role::OnboardingOfficer)
}

pub fn somebody(role: Role) -> Subject {
    Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role,
    }
}

/// The domain; Sumsub itself is never asked.
pub async fn onboarding(pool: &PgPool) -> Onboarding {
    onboarding_at(pool, "http://127.0.0.1:9".parse().unwrap()).await
}

/// The domain, with the Sumsub at this address. Who was mailed a link is reminded at once.
pub async fn onboarding_at(pool: &PgPool, sumsub: url::Url) -> Onboarding {
    let outbox = Outbox::open(pool).await.unwrap();
    let sumsub = Client::new(SumsubConfig {
        first_pause: Duration::from_millis(1),
        ..SumsubConfig::new(sumsub, Secret::new("prd:t"), Secret::new("k"))
    })
    .unwrap();
    Onboarding::new(
        pool.clone(),
        outbox,
        Access::new(pool.clone()),
        sumsub,
        Settings {
            reminders: vec![Duration::from_millis(1)],
            ..Settings::default()
        },
    )
}

/// Creates a prospect with this e-mail.
pub async fn create(onboarding: &Onboarding, email: &str) -> Uuid {
    let input = ProspectInput {
        email: email.to_owned(),
        telegram_handle: String::new(),
        customer_type: "bank".to_owned(),
    };
    let id = ProspectId::new();
    onboarding
        .create_prospect(&officer(), id, &input)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    id.into()
}

/// What Sumsub says of somebody, as a webhook.
pub async fn review(ingest: &Ingest, prospect: Uuid, answer: &str, second: u32) {
    let body = json!({
        "type": "applicantReviewed", "applicantId": format!("applicant-{prospect}"), "externalUserId": prospect.to_string(),
        "correlationId": "req", "levelName": "basic-kyb-level", "sandboxMode": false, "reviewStatus": "completed",
        "reviewResult": {"reviewAnswer": answer}, "createdAtMs": format!("2026-03-01 10:00:{second:02}.000"),
    })
    .to_string();
    ingest
        .store(&Callback::parse(body.as_bytes()).unwrap(), body)
        .await
        .unwrap();
}

/// Waits until it is so; says what was waited for when it never is.
pub async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if tokio::time::timeout(Duration::from_secs(60), waiting)
        .await
        .is_err()
    {
        panic!("waited in vain until {what}");
    }
}
