//! Changing how a prospect or customer is reached (`docs/RULES.md`, "What happens to a customer": a changed e-mail).

use access::{AuditAction, Subject};

use super::{Onboarding, again::again};
use crate::{
    contact::{ContactError, Email, TelegramHandle},
    contact_claims::{self, Claim, EMAIL, TELEGRAM},
    field,
    kyc::{CustomerAction, ProspectAction},
    primitives::ProspectId,
};
use kernel::Error;

const CHANGE_CONTACT: (ProspectAction, CustomerAction) =
    (ProspectAction::ChangeContact, CustomerAction::ChangeContact);

impl Onboarding {
    /// "Change e-mail" of a prospect, or of the customer that it became. The KYC result stays; a customer's login and
    /// mails follow by the outbox.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is no address or somebody else's, [`Error::Refused`] when the
    /// record is closed.
    pub async fn change_email(
        &self,
        subject: &Subject,
        id: ProspectId,
        typed: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectChangeEmail, id)
            .await?;
        let email: Email = typed
            .parse()
            .map_err(|error: ContactError| field::EMAIL.wrong(error))?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, mut customer) = self.lock(&mut op, id).await?;
            self.either_may(&prospect, customer.as_ref(), CHANGE_CONTACT)?;
            if let Claim::Refused =
                contact_claims::replace(&mut op, id.into(), EMAIL, Some(&email.key())).await?
            {
                drop(op);
                return Err(Error::Invalid(
                    contact_claims::conflicts(&self.pool, Some(&email), None).await?,
                ));
            }
            let mailed = prospect.mailed_in_vain();
            let moves = prospect.email().as_deref() != Some(email.as_str());
            prospect.change_email(&email, subject.as_text());
            if let Some(customer) = &mut customer {
                customer.change_email(&email, subject.as_text());
            }
            self.save(&mut op, &mut prospect, customer.as_mut()).await?;
            if moves && customer.is_none() {
                self.follow_address(&mut op, &prospect, mailed, subject)
                    .await?;
            }
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// "Change Telegram ID" of a prospect, or of the customer that it became; empty takes it away.
    ///
    /// # Errors
    /// As [`Onboarding::change_email`].
    pub async fn change_telegram_handle(
        &self,
        subject: &Subject,
        id: ProspectId,
        typed: &str,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectChangeTelegramHandle, id)
            .await?;
        let handle = TelegramHandle::optional(typed)
            .map_err(|error: ContactError| field::TELEGRAM_HANDLE.wrong(error))?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, mut customer) = self.lock(&mut op, id).await?;
            self.either_may(&prospect, customer.as_ref(), CHANGE_CONTACT)?;
            let key = handle.as_ref().map(TelegramHandle::key);
            if let Claim::Refused =
                contact_claims::replace(&mut op, id.into(), TELEGRAM, key.as_deref()).await?
            {
                drop(op);
                return Err(Error::Invalid(
                    contact_claims::conflicts(&self.pool, None, handle.as_ref()).await?,
                ));
            }
            prospect.change_telegram_handle(handle.as_ref(), subject.as_text());
            if let Some(customer) = &mut customer {
                customer.change_telegram_handle(handle.as_ref(), subject.as_text());
            }
            self.save(&mut op, &mut prospect, customer.as_mut()).await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }
}
