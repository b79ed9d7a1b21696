//! What happens to an applicant, and the webhook that tells of it: both in one transaction.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use sqlx::PgConnection;
use sumsub::webhook::{Callback, ReviewResult};
use uuid::Uuid;

use crate::{
    config::Level,
    simulator::{Inner, Simulator},
    store::{Applicant, Link},
    switches::Switches,
};

/// How long a shuffled webhook waits for company.
const COMPANY: TimeDelta = TimeDelta::seconds(2);

/// What an applicant says of itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct PersonalInfo {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) dob: String,
    pub(crate) country: String,
    pub(crate) address: String,
    pub(crate) company_name: String,
    pub(crate) registration_number: String,
}

/// What happens to an applicant.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Created,
    Submitted,
    Reviewed(ReviewResult),
    PutOnHold,
    InfoChanged(PersonalInfo),
    LevelChanged(Level),
}

impl Event {
    /// The webhook's `type`.
    fn kind(&self) -> &'static str {
        match self {
            Self::Created => "applicantCreated",
            Self::Submitted => "applicantPending",
            Self::Reviewed(_) => "applicantReviewed",
            Self::PutOnHold => "applicantOnHold",
            Self::InfoChanged(_) => "applicantPersonalInfoChanged",
            Self::LevelChanged(_) => "applicantLevelChanged",
        }
    }

    fn apply(self, applicant: &mut Applicant, at: DateTime<Utc>) {
        match self {
            Self::Created => {}
            Self::Submitted => {
                if applicant.review_status == "completed" {
                    new_attempt(applicant, at);
                }
                set_review(applicant, "pending", ReviewResult::default(), None);
            }
            Self::Reviewed(result) => set_review(applicant, "completed", result, Some(at)),
            Self::PutOnHold => set_review(applicant, "onHold", ReviewResult::default(), None),
            Self::LevelChanged(level) => {
                new_attempt(applicant, at);
                set_review(applicant, "init", ReviewResult::default(), None);
                applicant.applicant_type = type_of(&level).to_owned();
                applicant.level_name = level.name;
            }
            Self::InfoChanged(info) => {
                applicant.first_name = info.first_name;
                applicant.last_name = info.last_name;
                applicant.dob = info.dob;
                applicant.country = info.country;
                applicant.address = info.address;
                applicant.company_name = info.company_name;
                applicant.registration_number = info.registration_number;
            }
        }
    }
}

fn new_attempt(applicant: &mut Applicant, at: DateTime<Utc>) {
    applicant.attempt_id = new_id();
    applicant.attempt_cnt += 1;
    applicant.review_created_at = at;
}

fn set_review(
    applicant: &mut Applicant,
    status: &str,
    result: ReviewResult,
    at: Option<DateTime<Utc>>,
) {
    applicant.review_status = status.to_owned();
    applicant.reviewed_at = at;
    applicant.review_answer = result.review_answer;
    applicant.reject_labels = result.reject_labels;
    applicant.reject_type = result.review_reject_type;
    applicant.moderation_comment = result.moderation_comment;
    applicant.client_comment = result.client_comment;
}

pub(crate) fn type_of(level: &Level) -> &'static str {
    if level.company {
        "company"
    } else {
        "individual"
    }
}

/// The result of the review, while it is completed.
pub(crate) fn result_of(applicant: &Applicant) -> Option<ReviewResult> {
    applicant.review_answer.is_some().then(|| ReviewResult {
        review_answer: applicant.review_answer.clone(),
        reject_labels: applicant.reject_labels.clone(),
        review_reject_type: applicant.reject_type.clone(),
        moderation_comment: applicant.moderation_comment.clone(),
        client_comment: applicant.client_comment.clone(),
    })
}

/// As Sumsub writes a time to the second.
pub(crate) fn date(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S+0000").to_string()
}

/// 24 hex digits, as Sumsub's ids have.
fn new_id() -> String {
    hex::encode(rand::random::<[u8; 12]>())
}

/// A link's token: it opens the applicant's page, so it can't be guessed.
pub(crate) fn new_token() -> String {
    format!("wsl_{}", hex::encode(rand::random::<[u8; 16]>()))
}

impl Simulator {
    /// The applicant behind a link, created when the link is opened for the first time, however many open it at once.
    pub(crate) async fn open(&self, link: &Link) -> sqlx::Result<Applicant> {
        let level = self
            .inner
            .config
            .level(&link.level_name)
            .cloned()
            .unwrap_or_else(|| Level::individual(&link.level_name));
        let (applicant, _) = self
            .ensure_applicant(&link.external_user_id, &level, link.email.as_deref())
            .await?;
        if applicant.level_name == level.name {
            return Ok(applicant);
        }
        // A link for another level moves the applicant there, as in Sumsub.
        self.happen(&applicant.id, Event::LevelChanged(level)).await
    }

    /// The applicant of a user, and whether it was created for this.
    pub(crate) async fn ensure_applicant(
        &self,
        external_user_id: &str,
        level: &Level,
        email: Option<&str>,
    ) -> sqlx::Result<(Applicant, bool)> {
        if let Some(applicant) = Applicant::of_user(&self.inner.pool, external_user_id).await? {
            return Ok((applicant, false));
        }
        let now = Utc::now().trunc_subsecs(3);
        let id = new_id();
        let applicant = Applicant {
            inspection_id: new_id(),
            external_user_id: external_user_id.to_owned(),
            applicant_type: type_of(level).to_owned(),
            level_name: level.name.clone(),
            email: email.map(str::to_owned),
            review_status: "init".to_owned(),
            review_answer: None,
            reject_labels: Vec::new(),
            reject_type: None,
            moderation_comment: None,
            client_comment: None,
            attempt_id: new_id(),
            attempt_cnt: 1,
            review_created_at: now,
            reviewed_at: None,
            first_name: String::new(),
            last_name: String::new(),
            dob: String::new(),
            country: String::new(),
            address: String::new(),
            company_name: String::new(),
            registration_number: String::new(),
            created_at: now,
            last_event_at: now - TimeDelta::milliseconds(1),
            id,
        };
        let mut transaction = self.inner.pool.begin().await?;
        if !applicant.insert(&mut *transaction).await? {
            drop(transaction);
            let other = Applicant::of_user(&self.inner.pool, external_user_id).await?;
            return Ok((other.ok_or(sqlx::Error::RowNotFound)?, false));
        }
        let applicant = self
            .inner
            .happen_in(&mut transaction, &applicant.id, Event::Created)
            .await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok((applicant, true))
    }

    /// Lets an event happen and queues its webhook.
    pub(crate) async fn happen(&self, applicant_id: &str, event: Event) -> sqlx::Result<Applicant> {
        let mut transaction = self.inner.pool.begin().await?;
        let applicant = self
            .inner
            .happen_in(&mut transaction, applicant_id, event)
            .await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok(applicant)
    }
}

impl Inner {
    async fn happen_in(
        &self,
        transaction: &mut PgConnection,
        applicant_id: &str,
        event: Event,
    ) -> sqlx::Result<Applicant> {
        let mut applicant = Applicant::lock(&mut *transaction, applicant_id)
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        let at = Utc::now()
            .trunc_subsecs(3)
            .max(applicant.last_event_at + TimeDelta::milliseconds(1));
        let kind = event.kind();
        event.apply(&mut applicant, at);
        applicant.last_event_at = at;
        applicant.update(&mut *transaction).await?;
        let switches = Switches::load(&mut *transaction).await?;
        let callback = self.callback(&applicant, kind, at, switches);
        queue(transaction, &callback, switches).await?;
        Ok(applicant)
    }

    fn callback(
        &self,
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
            sandbox_mode: Some(self.config.sandbox || switches.sandbox),
            review_status: Some(applicant.review_status.clone()),
            review_result: result_of(applicant),
            client_id: Some("usher-dev".to_owned()),
            created_at: Some(date(at)),
            created_at_ms: Some(at.format("%Y-%m-%d %H:%M:%S%.3f").to_string()),
            applicant_member_of: Vec::new(),
        }
    }
}

async fn queue(
    transaction: &mut PgConnection,
    callback: &Callback,
    switches: Switches,
) -> sqlx::Result<()> {
    let body =
        serde_json::to_string(callback).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let now = Utc::now();
    let mut due = now + TimeDelta::seconds(switches.late_seconds.into());
    if switches.shuffled {
        due += COMPANY;
        sqlx::query!(
            "UPDATE dev_sumsub.webhooks SET next_try = $2 WHERE applicant_id = $1 AND state = 'waiting' AND shuffled AND attempts = 0",
            callback.applicant_id,
            due
        )
        .execute(&mut *transaction)
        .await?;
    }
    for _ in 0..if switches.twice { 2 } else { 1 } {
        sqlx::query!(
            "INSERT INTO dev_sumsub.webhooks (applicant_id, body, kind, correlation_id, wrong_signature, shuffled, state, created_at, next_try)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            callback.applicant_id.as_deref().unwrap_or_default(),
            body,
            callback.type_.as_deref().unwrap_or_default(),
            callback.correlation_id.as_deref().unwrap_or_default(),
            switches.wrong_signature,
            switches.shuffled,
            if switches.dropped { "dropped" } else { "waiting" },
            now,
            due,
        )
        .execute(&mut *transaction)
        .await?;
    }
    Ok(())
}
