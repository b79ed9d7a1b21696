//! What the stories share.
#![allow(dead_code, reason = "each story takes what it needs")]

pub mod scripted;
pub mod sumsub;
pub mod whole;

use std::time::Duration;

use ::sumsub::webhook::Callback;
use access::{Role, Subject};
use customer::{Onboarding, ProspectInput, callback_log::ingest::Ingest, primitives::ProspectId};
use serde_json::json;
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
