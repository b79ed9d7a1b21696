//! Creating a prospect.

use access::{AuditAction, ObjectKind, Permission, Subject};

use super::{Onboarding, together::Asked};
use crate::{
    contact_claims::{self, Claim},
    input::{CheckedInput, ProspectInput, parse},
    link_mail::LinkMailKind,
    primitives::{ProspectId, PublicId},
    prospect::{NewProspect, Prospect},
};
use kernel::{Error, transient::is_made_already};

/// What came of creating a prospect.
pub(crate) enum Creation {
    /// There it is.
    Made(Box<Prospect>),
    /// A contact is somebody's already; others may have been claimed before that was found.
    Taken,
    /// There was one of this id; the transaction is spoilt.
    MadeAlready,
}

/// A new prospect, as it is written down.
pub(super) fn new(
    id: ProspectId,
    public_id: PublicId,
    checked: CheckedInput,
    by: &Subject,
) -> NewProspect {
    NewProspect {
        id,
        public_id,
        email: checked.email,
        telegram_handle: checked.telegram_handle,
        customer_type: checked.customer_type,
        created_by: by.as_text(),
    }
}

impl Onboarding {
    /// Whether `input` could become a prospect now: every field that could not, with words for who typed it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the fields; or that it could not be found out.
    pub async fn check_input(
        &self,
        subject: &Subject,
        input: &ProspectInput,
    ) -> Result<CheckedInput, Error> {
        self.access
            .permit(
                subject,
                Permission::CustomerCreate,
                AuditAction::ProspectCreate,
                ObjectKind::Prospect.yet_to_be_made(),
            )
            .await?;
        let checked = parse(input)?;
        let taken = contact_claims::conflicts(
            &self.pool,
            Some(&checked.email),
            checked.telegram_handle.as_ref(),
        )
        .await?;
        if taken.is_empty() {
            Ok(checked)
        } else {
            Err(Error::Invalid(taken))
        }
    }

    /// Creates a prospect: stage New, KYC Not Started. The same `id` again answers the prospect that it made.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the fields that are refused; nothing is done then.
    pub async fn create_prospect(
        &self,
        subject: &Subject,
        id: ProspectId,
        input: &ProspectInput,
    ) -> Result<Prospect, Error> {
        self.create(subject, id, input, false).await
    }

    /// As [`Onboarding::create_prospect`], and mails the verification link, which is made by itself as soon as Sumsub answers.
    ///
    /// # Errors
    /// The same; also when the subject may create prospects and not send links.
    pub async fn create_and_send_link(
        &self,
        subject: &Subject,
        id: ProspectId,
        input: &ProspectInput,
    ) -> Result<Prospect, Error> {
        self.create(subject, id, input, true).await
    }

    async fn create(
        &self,
        subject: &Subject,
        id: ProspectId,
        input: &ProspectInput,
        sends_link: bool,
    ) -> Result<Prospect, Error> {
        let object = ObjectKind::Prospect.id(id);
        self.access
            .authorize(
                subject,
                Permission::CustomerCreate,
                AuditAction::ProspectCreate,
                object,
            )
            .await?;
        if sends_link {
            self.may_update(subject, AuditAction::ProspectSendLink, id)
                .await?;
        }
        let checked = parse(input)?;
        let asked = Asked {
            id,
            checked,
            by: subject.clone(),
            sends_link,
        };
        if let Some(made) = self.create_with_neighbours(asked.clone()).await {
            tracing::info!(prospect = %id, "prospect created");
            return Ok(made);
        }
        let checked = asked.checked;
        let contacts = (checked.email.clone(), checked.telegram_handle.clone());
        let mut op = self.outbox.begin_op().await?;
        match self
            .create_in_op(&mut op, subject, id, checked, sends_link)
            .await?
        {
            Creation::Made(prospect) => {
                op.commit().await?;
                tracing::info!(prospect = %id, "prospect created");
                Ok(*prospect)
            }
            Creation::Taken => {
                drop(op);
                // Maybe by this very form, sent twice.
                if let Some(made) = self.find_prospect(id).await? {
                    return Ok(made);
                }
                let (email, handle) = contacts;
                let taken =
                    contact_claims::conflicts(&self.pool, Some(&email), handle.as_ref()).await?;
                Err(Error::Invalid(taken))
            }
            // The same form, sent twice; or its prospect has another address by now.
            Creation::MadeAlready => {
                drop(op);
                self.find_prospect(id).await?.ok_or(Error::NO_RECORD)
            }
        }
    }

    /// Claims the contacts, writes a new prospect down and asks for the mail with the link, if it is to be sent.
    pub(crate) async fn create_in_op(
        &self,
        op: &mut es_entity::DbOp<'static>,
        subject: &Subject,
        id: ProspectId,
        checked: CheckedInput,
        sends_link: bool,
    ) -> Result<Creation, Error> {
        let (email, handle) = (&checked.email, checked.telegram_handle.as_ref());
        if let Claim::Refused = contact_claims::claim(&mut *op, id.into(), email, handle).await? {
            return Ok(Creation::Taken);
        }
        let Some(prospect) = self.insert(op, subject, id, checked).await? else {
            return Ok(Creation::MadeAlready);
        };
        if sends_link {
            self.request_link_mail(op, &prospect, LinkMailKind::First, subject)
                .await?;
        }
        Ok(Creation::Made(Box::new(prospect)))
    }

    /// Writes a new one down; none when there is one of this id.
    async fn insert(
        &self,
        op: &mut es_entity::DbOp<'static>,
        subject: &Subject,
        id: ProspectId,
        checked: CheckedInput,
    ) -> Result<Option<Prospect>, Error> {
        let number = sqlx::query_scalar!(r#"SELECT nextval('public_id_seq') AS "number!""#)
            .fetch_one(es_entity::AtomicOperation::as_executor(op))
            .await?;
        let new = new(id, PublicId(number.to_string()), checked, subject);
        match self.prospects.create_in_op(&mut *op, new).await {
            Ok(prospect) => Ok(Some(prospect)),
            Err(error) if is_made_already(&error) => Ok(None),
            Err(error) => Err(Error::store(error)),
        }
    }
}
