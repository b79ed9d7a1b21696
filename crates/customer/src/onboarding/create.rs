//! Creating a prospect.

use access::{AuditAction, ObjectKind, Permission, Subject};

use super::Onboarding;
use crate::{
    contact_claims::{self, Claim},
    input::{CheckedInput, ProspectInput, parse},
    primitives::{ProspectId, PublicId},
    prospect::{NewProspect, Prospect},
};
use kernel::{Error, transient::is_made_already};

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
        let object = ObjectKind::Prospect.id(id);
        self.access
            .authorize(
                subject,
                Permission::CustomerCreate,
                AuditAction::ProspectCreate,
                object,
            )
            .await?;
        if let Some(made) = self.find_prospect(id).await? {
            return Ok(made);
        }
        let checked = parse(input)?;
        let mut op = self.outbox.begin_op().await?;
        if let Claim::Refused = contact_claims::claim(
            &mut op,
            id.into(),
            &checked.email,
            checked.telegram_handle.as_ref(),
        )
        .await?
        {
            drop(op);
            // Maybe by this very form, sent twice at once.
            if let Some(made) = self.find_prospect(id).await? {
                return Ok(made);
            }
            return Err(Error::Invalid(
                contact_claims::conflicts(
                    &self.pool,
                    Some(&checked.email),
                    checked.telegram_handle.as_ref(),
                )
                .await?,
            ));
        }
        let number = sqlx::query_scalar!(r#"SELECT nextval('public_id_seq') AS "number!""#)
            .fetch_one(es_entity::AtomicOperation::as_executor(&mut op))
            .await?;
        let new = NewProspect {
            id,
            public_id: PublicId(number.to_string()),
            email: checked.email,
            telegram_handle: checked.telegram_handle,
            customer_type: checked.customer_type,
            created_by: subject.as_text(),
        };
        let prospect = match self.prospects.create_in_op(&mut op, new).await {
            Ok(prospect) => prospect,
            // The same form, sent twice at once with another address.
            Err(error) if is_made_already(&error) => {
                drop(op);
                let made = self.find_prospect(id).await?;
                return made.ok_or_else(|| Error::store(error));
            }
            Err(error) => return Err(Error::store(error)),
        };
        op.commit().await?;
        tracing::info!(prospect = %id, "prospect created");
        Ok(prospect)
    }
}
