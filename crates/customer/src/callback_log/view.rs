//! What operators see of the callback log, and *Reprocess*.

use kernel::Error;
use std::{collections::HashMap, sync::Arc};

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::CHANNEL;
use crate::{kyc::Outcome, list::Created, onboarding::Onboarding, primitives::CallbackId};

/// What the callback log is narrowed down to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackFilter {
    /// Only those with this outcome.
    pub outcome: Option<Outcome>,
    /// Of this type, as Sumsub names it.
    pub callback_type: Option<String>,
    /// Only what names nobody of ours.
    pub nobodys: bool,
    /// Of this prospect: its public id, its UUID, or its Sumsub applicant id.
    pub prospect: Option<String>,
    /// With this answer of Sumsub's, for example `RED`, in any case.
    pub answer: Option<String>,
    /// That came for the first time then.
    pub received: Created,
}

/// A callback in the log.
#[derive(Debug, Clone)]
pub struct CallbackRow {
    /// The number of the callback in the log.
    pub id: CallbackId,
    /// As Sumsub names it.
    pub callback_type: Option<String>,
    /// When it came first.
    pub received_at: DateTime<Utc>,
    /// When it came last.
    pub last_received_at: DateTime<Utc>,
    /// How often it came.
    pub receipts: i64,
    /// It is what Sumsub answered to a refresh.
    pub is_refresh: bool,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it came to that, in words.
    pub reason: Option<String>,
    /// Sumsub's answer as it was sent, for example `GREEN`; none when it gave none, or the body was erased.
    pub answer: Option<String>,
    /// The public id of the prospect that it is about.
    pub prospect: Option<String>,
    /// Sumsub's id of the applicant.
    pub applicant_id: Option<String>,
    /// Our id, as Sumsub sent it.
    pub external_user_id: Option<String>,
}

/// One callback, with what was received.
#[derive(Debug, Clone)]
pub struct CallbackDetail {
    /// What the list shows of it.
    pub row: CallbackRow,
    /// As it was received; may hold personal data.
    pub body: String,
    /// When it was judged.
    pub processed_at: Option<DateTime<Utc>>,
}

macro_rules! row {
    ($record:expr) => {
        CallbackRow {
            id: $record.id,
            callback_type: $record.callback_type,
            received_at: $record.received_at,
            last_received_at: $record.last_received_at,
            receipts: $record.receipts,
            is_refresh: $record.source == "refresh",
            outcome: $record.outcome.parse().unwrap_or(Outcome::Received),
            reason: $record.reason,
            answer: $record.answer,
            prospect: $record.prospect,
            applicant_id: $record.applicant_id,
            external_user_id: $record.external_user_id,
        }
    };
}

impl Onboarding {
    /// The newest `first` callbacks of each of these prospects (older than `before`), newest first, in one statement.
    ///
    /// # Errors
    /// When the subject may not see callbacks, or the database does not answer.
    pub async fn callbacks_of(
        &self,
        subject: &Subject,
        prospects: &[Uuid],
        first: i64,
        before: Option<CallbackId>,
    ) -> Result<HashMap<Uuid, Vec<CallbackRow>>, Error> {
        let look = self
            .look(subject, AuditAction::CallbackList, AuditObject::LIST)
            .await?;
        let records = sqlx::query!(
            r#"
            SELECT wanted.id AS "of!", newest.id AS "id!", newest.callback_type, newest.received_at AS "received_at!",
                newest.last_received_at AS "last_received_at!", newest.receipts AS "receipts!", newest.source AS "source!",
                newest.outcome AS "outcome!", newest.reason, prospects.public_id AS "prospect?", newest.applicant_id,
                newest.external_user_id, newest.answer
            FROM UNNEST($1::uuid[]) AS wanted (id)
            JOIN prospects ON prospects.id = wanted.id
            CROSS JOIN LATERAL (
                SELECT * FROM callbacks WHERE callbacks.prospect_id = wanted.id AND callbacks.id < $2
                ORDER BY callbacks.id DESC LIMIT $3
            ) AS newest
            ORDER BY newest.id DESC
            "#,
            prospects,
            before.unwrap_or(CallbackId::MAX),
            first,
        )
        .fetch_all(&self.pool)
        .await?;
        let mut of: HashMap<Uuid, Vec<CallbackRow>> = HashMap::new();
        for record in records {
            of.entry(record.of).or_default().push(row!(record));
        }
        look.at(of.keys().map(|id| ObjectKind::Prospect.id(*id)))
            .await?;
        Ok(of)
    }

    /// One callback with its body. That somebody looked is written down.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none; or the subject may not see it, or the database does not answer.
    pub async fn callback(
        &self,
        subject: &Subject,
        id: CallbackId,
    ) -> Result<CallbackDetail, Error> {
        let object = ObjectKind::Callback.number(id);
        let look = self
            .look(subject, AuditAction::CallbackRead, object)
            .await?;
        let record = sqlx::query!(
            r#"
            SELECT callbacks.id, callback_type, received_at, last_received_at, receipts, source, outcome, reason,
                prospects.public_id AS "prospect?", callbacks.applicant_id, external_user_id, body, answer, processed_at, prospect_id
            FROM callbacks LEFT JOIN prospects ON prospects.id = callbacks.prospect_id
            WHERE callbacks.id = $1
            "#,
            id,
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NO_RECORD)?;
        let about = record.prospect_id.map(|id| ObjectKind::Prospect.id(id));
        look.at([object].into_iter().chain(about)).await?;
        Ok(CallbackDetail {
            body: record.body.clone(),
            processed_at: record.processed_at,
            row: row!(record),
        })
    }

    /// "Reprocess": the callback is judged again, as things stand now.
    ///
    /// # Errors
    /// [`Error::Refused`] when it was applied already, or has the key of another one.
    pub async fn reprocess(&self, subject: &Subject, id: CallbackId) -> Result<(), Error> {
        self.access()
            .authorize(
                subject,
                Permission::CustomerUpdate,
                AuditAction::CallbackReprocess,
                ObjectKind::Callback.number(id),
            )
            .await?;
        let outcome = sqlx::query_scalar!(
            r#"
            WITH again AS (
                UPDATE callbacks SET outcome = 'received', reason = NULL
                WHERE id = $1 AND outcome NOT IN ('received', 'applied', 'conflicting')
            ), woken AS (SELECT pg_notify($2, ''))
            SELECT outcome FROM callbacks CROSS JOIN woken WHERE id = $1
            "#,
            id,
            CHANNEL,
        )
        .fetch_optional(&self.pool)
        .await?
        .ok_or(Error::NO_RECORD)?;
        match outcome.parse() {
            Ok(Outcome::Applied) => Err(Error::refused(
                "This callback was applied already: judging it again would do nothing.",
            )),
            Ok(Outcome::Conflicting) => Err(Error::refused(
                "Another callback has the same key and another body: this one is kept for a person to look at and is never judged.",
            )),
            _ => Ok(()),
        }
    }

    /// The types of the callbacks that were received so far, for the filter; may be some seconds old.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn callback_types(&self) -> Result<Arc<[String]>, Error> {
        let read = self.newest_callback_types();
        self.kept.callback_types.or(read).await
    }

    async fn newest_callback_types(&self) -> Result<Arc<[String]>, Error> {
        // The newest are enough: the list of types hardly ever changes.
        let types = sqlx::query_scalar!(
            r#"
            SELECT DISTINCT callback_type AS "callback_type!"
            FROM (SELECT callback_type FROM callbacks ORDER BY id DESC LIMIT 2000) AS newest
            WHERE callback_type IS NOT NULL ORDER BY 1
            "#
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(types.into())
    }
}
