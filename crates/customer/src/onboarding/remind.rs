//! Reminds, by itself and when somebody asks for it: looks at those whose time has come, and asks for the mail that is due.

use access::{AuditAction, Subject};
use chrono::{DateTime, Utc};
use claim_loop::{Turn, Work, WorkError};
use es_entity::{AtomicOperation, DbOp};
use kernel::Error;
use uuid::Uuid;

use super::{Onboarding, again::again};
use crate::{
    kyc::{ProspectAction, prospect_may},
    link_mail::{BY_ITSELF, LinkMailKind, next_mail},
    primitives::{ProspectId, Stage},
    prospect::Prospect,
};

/// Notified when somebody is to be looked at; nobody is in a hurry.
const CHANNEL: &str = "usher_link_chases";
/// How many one batch looks at.
const BATCH: i64 = 50;

/// Reminds prospects of their link, for a claim loop.
pub struct LinkChaser {
    onboarding: Onboarding,
}

impl Onboarding {
    /// Reminds prospects of their verification link, for a claim loop.
    #[must_use]
    pub fn link_chaser(&self) -> LinkChaser {
        LinkChaser {
            onboarding: self.clone(),
        }
    }

    /// "Remind": the reminder goes out now; after a RED that lets the prospect try again, the link to try again. The same again at once
    /// sends one.
    ///
    /// # Errors
    /// [`Error::Refused`] when the stage does not allow it, or there is nothing to be reminded of.
    pub async fn remind_now(&self, subject: &Subject, id: ProspectId) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectRemind, id)
            .await?;
        again(|| async {
            let mut op = self.begin().await?;
            let (prospect, _) = self.lock(&mut op, id).await?;
            prospect_may(ProspectAction::SendLink, self.facts(&prospect)).allowed()?;
            let kind = match prospect.kyc.stage {
                Stage::KycPending | Stage::KycOnHold => {
                    return Err(Error::refused(
                        "It is Sumsub's turn: there is nothing to remind the prospect of.",
                    ));
                }
                Stage::KycDeclined => LinkMailKind::Retry,
                _ => LinkMailKind::Reminder,
            };
            let was_mailed = prospect
                .link_story()
                .is_some_and(|story| !story.mails.is_empty());
            if kind == LinkMailKind::Reminder && !was_mailed {
                return Err(Error::refused(
                    "This prospect was not sent the link yet: send it first.",
                ));
            }
            self.request_link_mail(&mut op, &prospect, kind, subject)
                .await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// Writes down when to look whether this prospect is to be reminded. Under its lock.
    pub(super) async fn chase(
        &self,
        op: &mut impl AtomicOperation,
        prospect: &Prospect,
    ) -> Result<(), sqlx::Error> {
        let due = prospect
            .link_story()
            .and_then(|story| next_mail(&self.settings.reminders, &story, clock::now()));
        set_due(op, prospect.id, due.map(|mail| mail.at)).await
    }

    /// Looks at one whose time has come; does nothing when another process did.
    async fn remind(&self, id: ProspectId) -> Result<(), Error> {
        let mut op: DbOp<'static> = self.begin().await?;
        let (prospect, customer) = self.lock(&mut op, id).await?;
        let taken = sqlx::query_scalar!(
            "DELETE FROM link_chases WHERE prospect_id = $1 AND due <= (SELECT clock_timestamp()) RETURNING prospect_id",
            Uuid::from(id),
        )
        .fetch_optional(op.as_executor())
        .await?;
        if taken.is_some() && customer.is_none() {
            let now = clock::now();
            let due = prospect
                .link_story()
                .and_then(|story| next_mail(&self.settings.reminders, &story, now));
            match due {
                Some(mail) if mail.at <= now => {
                    self.request_link_mail(&mut op, &prospect, mail.kind, &BY_ITSELF)
                        .await?;
                }
                later => set_due(&mut op, id, later.map(|mail| mail.at)).await?,
            }
        }
        op.commit().await?;
        Ok(())
    }
}

async fn set_due(
    op: &mut impl AtomicOperation,
    prospect: ProspectId,
    due: Option<DateTime<Utc>>,
) -> Result<(), sqlx::Error> {
    let prospect = Uuid::from(prospect);
    match due {
        None => {
            sqlx::query!("DELETE FROM link_chases WHERE prospect_id = $1", prospect)
                .execute(op.as_executor())
                .await?;
        }
        Some(due) => {
            sqlx::query!(
                "INSERT INTO link_chases (prospect_id, due) VALUES ($1, $2)
                 ON CONFLICT (prospect_id) DO UPDATE SET due = EXCLUDED.due",
                prospect,
                due,
            )
            .execute(op.as_executor())
            .await?;
        }
    }
    Ok(())
}

#[async_trait::async_trait]
impl Work for LinkChaser {
    fn name(&self) -> &'static str {
        "link_reminders"
    }

    fn channel(&self) -> &'static str {
        CHANNEL
    }

    async fn batch(&self) -> Result<Turn, WorkError> {
        let due = sqlx::query_scalar!(
            "SELECT prospect_id FROM link_chases WHERE due <= (SELECT clock_timestamp()) ORDER BY due LIMIT $1",
            BATCH,
        )
        .fetch_all(&self.onboarding.pool)
        .await?;
        if due.is_empty() {
            return Ok(Turn::Idle(None));
        }
        for prospect in due {
            self.onboarding.remind(prospect.into()).await?;
        }
        Ok(Turn::Worked)
    }
}
