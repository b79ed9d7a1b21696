//! The webhook that tells what happened: as Sumsub would write it, or as somebody wants it to be.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgConnection;
use sumsub::webhook::{Callback, MemberOf, ReviewResult};
use uuid::Uuid;

use crate::{
    events::{date, result_of},
    simulator::Inner,
    store::{Applicant, NewWebhook, Webhook},
    switches::Switches,
};

/// How long a shuffled webhook waits for company.
const COMPANY: TimeDelta = TimeDelta::seconds(2);

/// A webhook about an applicant that says what somebody wants it to say. What is not given stands as it is; the
/// applicant itself is not touched.
#[derive(Default)]
pub(crate) struct Custom {
    pub(crate) kind: Option<String>,
    pub(crate) review_status: Option<String>,
    pub(crate) result: Option<ReviewResult>,
    pub(crate) level_name: Option<String>,
    pub(crate) applicant_id: Option<String>,
    pub(crate) external_user_id: Option<String>,
    pub(crate) correlation_id: Option<String>,
    /// How far from now it says that it happened.
    pub(crate) offset: TimeDelta,
    /// The exact words of `createdAtMs`, whatever the offset.
    pub(crate) created_at_ms: Option<String>,
    pub(crate) sandbox: Option<bool>,
    /// Fields to leave out, by their names in the body.
    pub(crate) omitted: Vec<String>,
}

impl Custom {
    fn change(&self, callback: &mut Callback) {
        let as_told = |told: &Option<String>, field: &mut Option<String>| {
            if told.is_some() {
                field.clone_from(told);
            }
        };
        as_told(&self.kind, &mut callback.type_);
        as_told(&self.review_status, &mut callback.review_status);
        as_told(&self.level_name, &mut callback.level_name);
        as_told(&self.applicant_id, &mut callback.applicant_id);
        as_told(&self.external_user_id, &mut callback.external_user_id);
        as_told(&self.correlation_id, &mut callback.correlation_id);
        as_told(&self.created_at_ms, &mut callback.created_at_ms);
        if self.result.is_some() {
            callback.review_result.clone_from(&self.result);
        }
        callback.sandbox_mode = self.sandbox.or(callback.sandbox_mode);
    }
}

/// Queues the webhook of something that happened to an applicant.
pub(crate) async fn queue(
    inner: &Inner,
    transaction: &mut PgConnection,
    applicant: &Applicant,
    kind: &str,
    at: DateTime<Utc>,
) -> sqlx::Result<()> {
    let switches = Switches::load(&mut *transaction).await?;
    let callback = callback(inner, applicant, kind, at, switches);
    let body = serde_json::to_string(&callback).map_err(unwritable)?;
    enqueue(transaction, &applicant.id, &callback, &body, switches).await
}

/// Queues a webhook made to measure.
pub(crate) async fn queue_custom(
    inner: &Inner,
    transaction: &mut PgConnection,
    applicant: &Applicant,
    custom: &Custom,
) -> sqlx::Result<()> {
    let switches = Switches::load(&mut *transaction).await?;
    let at = clock::now().trunc_subsecs(3) + custom.offset;
    let mut callback = callback(inner, applicant, "", at, switches);
    custom.change(&mut callback);
    let mut body = serde_json::to_value(&callback).map_err(unwritable)?;
    if let Value::Object(fields) = &mut body {
        fields.retain(|name, _| !custom.omitted.contains(name));
    }
    enqueue(
        transaction,
        &applicant.id,
        &callback,
        &body.to_string(),
        switches,
    )
    .await
}

fn callback(
    inner: &Inner,
    applicant: &Applicant,
    kind: &str,
    at: DateTime<Utc>,
    switches: Switches,
) -> Callback {
    Callback {
        type_: Some(kind.to_owned()),
        applicant_id: Some(applicant.id.clone()),
        inspection_id: Some(applicant.inspection_id.clone()),
        applicant_type: Some(applicant.applicant_type.clone()),
        correlation_id: Some(format!("req-{}", Uuid::new_v4())),
        external_user_id: Some(applicant.external_user_id.clone()),
        level_name: Some(applicant.level_name.clone()),
        previous_level_name: None,
        test_mode: false,
        sandbox_mode: Some(inner.config.sandbox || switches.sandbox),
        review_status: Some(applicant.review_status.clone()),
        review_result: result_of(applicant),
        client_id: Some("usher-dev".to_owned()),
        created_at: Some(date(at)),
        created_at_ms: Some(at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()),
        applicant_member_of: applicant
            .company_id
            .iter()
            .map(|company| MemberOf {
                applicant_id: company.clone(),
            })
            .collect(),
    }
}

async fn enqueue(
    transaction: &mut PgConnection,
    applicant_id: &str,
    callback: &Callback,
    body: &str,
    switches: Switches,
) -> sqlx::Result<()> {
    let mut due = clock::now() + TimeDelta::seconds(switches.late_seconds.into());
    if switches.shuffled {
        due += COMPANY;
        Webhook::wait_for_company(transaction, applicant_id, due).await?;
    }
    let webhook = NewWebhook {
        applicant_id,
        body,
        kind: callback.type_.as_deref().unwrap_or_default(),
        correlation_id: callback.correlation_id.as_deref().unwrap_or_default(),
        wrong_signature: switches.wrong_signature,
        shuffled: switches.shuffled,
        dropped: switches.dropped,
        algorithm: switches.algorithm.name(),
        due,
    };
    for _ in 0..if switches.twice { 2 } else { 1 } {
        webhook.insert(transaction).await?;
    }
    Ok(())
}

fn unwritable(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(error.into())
}
