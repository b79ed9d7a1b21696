//! What waits for somebody, as numbers that each lead to a list.

use access::{AuditAction, Subject};
use kernel::Error;
use sqlx::PgPool;

use crate::onboarding::Onboarding;

/// The numbers of the first page. Who is snoozed waits for nobody, and is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorklistCounts {
    /// Prospects at Review needed.
    pub review_needed: i64,
    /// Declined prospects whom Sumsub lets try again.
    pub declined_with_retry: i64,
    /// Open prospects whose link ended before they were through.
    pub links_ended: i64,
    /// Callbacks whose processing failed.
    pub failed_callbacks: i64,
    /// Records about which Sumsub could not be asked: it did not answer, or refused.
    pub unanswered_refreshes: i64,
}

impl Onboarding {
    /// How much waits for somebody; may be some seconds old.
    ///
    /// # Errors
    /// When the subject may not see prospects, or the database does not answer.
    pub async fn worklist_counts(&self, subject: &Subject) -> Result<WorklistCounts, Error> {
        self.may_read(subject, AuditAction::WaitsList).await?;
        Ok(self.kept.worklists(&self.pool).await?)
    }
}

impl WorklistCounts {
    /// The snoozed ones, who are few, are taken off: all of them are counted by indexes that know nothing of a snooze.
    pub(crate) async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
        sqlx::query_as!(
            WorklistCounts,
            r#"
            WITH snoozed AS MATERIALIZED (SELECT id, stage, reject_type, link_ends_at FROM prospects WHERE snoozed_until > now())
            SELECT
                (SELECT count(*) FROM prospects WHERE stage = 'kyc_on_hold')
                    - (SELECT count(*) FROM snoozed WHERE stage = 'kyc_on_hold') AS "review_needed!",
                (SELECT count(*) FROM prospects WHERE stage = 'kyc_declined' AND reject_type = 'RETRY')
                    - (SELECT count(*) FROM snoozed WHERE stage = 'kyc_declined' AND reject_type = 'RETRY') AS "declined_with_retry!",
                (SELECT count(*) FROM prospects WHERE stage IN ('new', 'kyc_started') AND link_ends_at < now())
                    - (SELECT count(*) FROM snoozed WHERE stage IN ('new', 'kyc_started') AND link_ends_at < now()) AS "links_ended!",
                (SELECT count(*) FROM callbacks WHERE outcome = 'failed') AS "failed_callbacks!",
                (SELECT count(*) FROM refreshes WHERE failures > 0)
                    - (SELECT count(*) FROM snoozed JOIN refreshes ON prospect_id = snoozed.id WHERE failures > 0) AS "unanswered_refreshes!"
            "#
        )
        .fetch_one(pool)
        .await
    }
}
