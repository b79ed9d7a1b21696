//! Asks Sumsub: *Refresh from Sumsub*, incomplete callbacks, personal data, and the sweep for webhooks that never came.
//!
//! An answer goes into the callback log as the callback that should have come, and is judged like any other.

mod answer;
mod failure_log;
pub mod request;
pub mod schedule;
mod sweep;
mod trouble;

use kernel::Error;

use chrono::{DateTime, Utc};
use es_entity::AtomicOperation as _;
use outbox::Outbox;
use sha2::{Digest as _, Sha256};
use sqlx::PgPool;
use sumsub::{Applicant, Client, SumsubError};
use uuid::Uuid;

use crate::{
    callback_log, duplicates, personal_data::PersonalData, primitives::ProspectId,
    prospect::Prospects,
};
pub use request::{CHANNEL, RefreshRequest};
pub use schedule::RefreshSchedule;
use trouble::RaisedTrouble;
pub use trouble::RefreshTrouble;

/// Asks Sumsub about whoever is due; give it to `claim_loop::spawn`.
#[derive(Clone)]
pub struct Refresher {
    pub(crate) pool: PgPool,
    pub(crate) outbox: Outbox,
    pub(crate) prospects: Prospects,
    pub(crate) sumsub: Client,
    pub(crate) schedule: RefreshSchedule,
}

/// What a look found.
enum AskResult {
    /// Something that was not on record.
    New,
    /// What is on record already.
    Known,
    /// Sumsub knows of no such applicant (yet).
    NoApplicant,
}

impl Refresher {
    /// Asks about one prospect now, and stores what Sumsub answers. What it doesn't is said at the record, too.
    ///
    /// # Errors
    /// Sumsub's own words, or [`Error::Refused`] when it has no applicant; nothing is stored then.
    pub(crate) async fn refresh_now(&self, prospect: ProspectId) -> Result<(), Error> {
        let asked = self.ask(&self.sumsub, prospect, true).await;
        let raise = match &asked {
            Ok(AskResult::NoApplicant) if trouble::has_applicant(&self.pool, prospect).await? => {
                Some(RaisedTrouble::gone(prospect))
            }
            Ok(_) => None,
            Err(error) => RaisedTrouble::from_refusal(error, prospect),
        };
        if let Some(raise) = &raise {
            raise.write(&self.pool, prospect).await?;
        }
        match asked {
            Ok(AskResult::NoApplicant) if raise.is_some() => {
                trouble::record(&self.pool, prospect, Some(&trouble::gone())).await?;
                Err(Error::refused(trouble::gone()))
            }
            Ok(AskResult::NoApplicant) => Err(Error::refused(
                "Sumsub has no applicant for this prospect yet: nobody has opened the verification link.",
            )),
            Ok(AskResult::New | AskResult::Known) => {
                trouble::record(&self.pool, prospect, None).await?;
                Ok(())
            }
            Err(error) => {
                if error.cause::<SumsubError>().is_some() {
                    trouble::record(&self.pool, prospect, Some(&error.to_string())).await?;
                }
                Err(error)
            }
        }
    }

    async fn ask(
        &self,
        sumsub: &Client,
        prospect: ProspectId,
        wants_data: bool,
    ) -> Result<AskResult, Error> {
        let asked_at = clock::now();
        let Some(applicant) = sumsub
            .applicant_by_external_id(&prospect.to_string())
            .await?
        else {
            return Ok(AskResult::NoApplicant);
        };
        let news = self.store(prospect, &applicant, asked_at).await?;
        let wants_data = wants_data || is_green(&applicant);
        if let Some(data) = PersonalData::from_applicant(&applicant).filter(|_| wants_data) {
            self.record(prospect, data).await?;
        }
        Ok(if news {
            AskResult::New
        } else {
            AskResult::Known
        })
    }

    /// Answers whether it was not known before.
    async fn store(
        &self,
        prospect: ProspectId,
        applicant: &Applicant,
        asked_at: DateTime<Utc>,
    ) -> Result<bool, sqlx::Error> {
        let Some(answer) = answer::as_callback(applicant, self.sumsub.is_sandbox()) else {
            return Ok(false);
        };
        let digest: [u8; 32] = Sha256::digest(answer.body.as_bytes()).into();
        // An unfinished review is judged again each time: it is so now, whatever was applied before.
        let new = sqlx::query_scalar!(
            r#"
            INSERT INTO callbacks (idempotency_key, body_sha256, body, callback_type, applicant_id, external_user_id,
                subject, source, observed_at, answer)
            VALUES ($1, $2, $3, $4, $5, $6, $7, 'refresh', $8, $10)
            ON CONFLICT (idempotency_key) WHERE outcome <> 'conflicting' DO UPDATE
                SET receipts = callbacks.receipts + 1, last_received_at = clock_timestamp(), observed_at = EXCLUDED.observed_at,
                    outcome = CASE WHEN $9 AND callbacks.outcome = 'applied' THEN 'applied' ELSE 'received' END
            RETURNING (receipts = 1) AS "new!"
            "#,
            answer.key,
            digest.as_slice(),
            answer.body,
            answer.callback_type,
            applicant.id,
            applicant.external_user_id,
            prospect.to_string(),
            asked_at,
            answer.completed,
            answer.answer,
        )
        .fetch_one(&self.pool)
        .await?;
        sqlx::query!("SELECT pg_notify($1, '')", callback_log::CHANNEL)
            .fetch_one(&self.pool)
            .await?;
        Ok(new)
    }

    async fn record(&self, prospect: ProspectId, data: PersonalData) -> Result<(), Error> {
        let mut op = self.outbox.begin_op().await?;
        sqlx::query_scalar!(
            "SELECT id FROM prospects WHERE id = $1 FOR NO KEY UPDATE",
            Uuid::from(prospect)
        )
        .fetch_one(op.as_executor())
        .await?;
        let mut found = self
            .prospects
            .find_by_id_in_op(&mut op, prospect)
            .await
            .map_err(Error::store)?;
        found.record_personal_data(data);
        if found.is_changed() {
            self.prospects
                .update_in_op(&mut op, &mut found)
                .await
                .map_err(Error::store)?;
            op.commit().await?;
            duplicates::compare_after_commit(&self.pool).await;
        }
        Ok(())
    }
}

fn is_green(applicant: &Applicant) -> bool {
    applicant
        .review
        .as_ref()
        .and_then(|review| review.review_result.as_ref())
        .and_then(|result| result.review_answer.as_deref())
        == Some("GREEN")
}
