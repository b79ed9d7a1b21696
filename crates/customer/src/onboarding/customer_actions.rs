//! What operators do to a customer. Each is safe to repeat: what is so already is answered with success and records
//! nothing. Access follows what is recorded: provisioning hears of it by the outbox.

use access::{AuditAction, ObjectKind, Permission, Subject};
use kernel::{Error, Reason};

use super::{Onboarding, again::again};
use crate::{
    contact_claims,
    customer::Customer,
    duplicates,
    kyc::{CustomerAction, customer_may},
    primitives::CustomerId,
    refresh::request,
};

impl Onboarding {
    /// "Deactivate": takes the access away, whatever the verification.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason, [`Error::Refused`] once it is closed.
    pub async fn deactivate_customer(
        &self,
        subject: &Subject,
        id: CustomerId,
        reason: &str,
    ) -> Result<(), Error> {
        self.act(
            (
                subject,
                Permission::CustomerUpdate,
                AuditAction::CustomerDeactivate,
            ),
            id,
            CustomerAction::Deactivate,
            reason,
            Customer::deactivate,
        )
        .await
    }

    /// "Reactivate": lifts *deactivated*; who is Rejected stays Inactive.
    ///
    /// # Errors
    /// As [`Onboarding::deactivate_customer`].
    pub async fn reactivate_customer(
        &self,
        subject: &Subject,
        id: CustomerId,
        reason: &str,
    ) -> Result<(), Error> {
        self.act(
            (
                subject,
                Permission::CustomerUpdate,
                AuditAction::CustomerReactivate,
            ),
            id,
            CustomerAction::Reactivate,
            reason,
            Customer::reactivate,
        )
        .await
    }

    /// "Restore": Verified again, when a GREEN newer than the RED is on record.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is none, or the customer is not Rejected.
    pub async fn restore_customer(
        &self,
        subject: &Subject,
        id: CustomerId,
        reason: &str,
    ) -> Result<(), Error> {
        self.act(
            (
                subject,
                Permission::CustomerRestore,
                AuditAction::CustomerRestore,
            ),
            id,
            CustomerAction::Restore,
            reason,
            Customer::restore,
        )
        .await
    }

    /// "Close" for good: the balance has to be zero. Provisioning deletes the login and locks the account.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is money on the account or the ledger does not answer.
    pub async fn close_customer(
        &self,
        subject: &Subject,
        id: CustomerId,
        reason: &str,
    ) -> Result<(), Error> {
        self.act(
            (
                subject,
                Permission::CustomerUpdate,
                AuditAction::CustomerClose,
            ),
            id,
            CustomerAction::Close,
            reason,
            Customer::close,
        )
        .await
    }

    async fn act(
        &self,
        (subject, permission, name): (&Subject, Permission, AuditAction),
        id: CustomerId,
        action: CustomerAction,
        reason: &str,
        record: fn(&mut Customer, &Reason, String),
    ) -> Result<(), Error> {
        let object = ObjectKind::Customer.id(id);
        self.access
            .authorize(subject, permission, name, object)
            .await?;
        let reason: Reason = reason.parse()?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, customer) = self.lock(&mut op, uuid::Uuid::from(id).into()).await?;
            let mut customer = customer.ok_or(Error::NO_RECORD)?;
            let facts = customer.facts(&prospect.kyc);
            if !customer_may(action, facts).allowed()? {
                return Ok(());
            }
            if action == CustomerAction::Close {
                self.account_is_empty(&mut op, id).await?;
                contact_claims::release(&mut op, id.into()).await?;
                request::withdraw(&mut op, prospect.id).await?;
            }
            record(&mut customer, &reason, subject.as_text());
            self.save(&mut op, &mut prospect, Some(&mut customer))
                .await?;
            if action == CustomerAction::Close {
                duplicates::settle_closed(&mut op, id.into(), &subject.as_text()).await?;
            }
            op.commit().await?;
            Ok(())
        })
        .await
    }

    async fn account_is_empty(
        &self,
        op: &mut es_entity::DbOp<'static>,
        id: CustomerId,
    ) -> Result<(), Error> {
        let Some(ledger) = &self.ledger else {
            return Err(Error::refused(
                "The balance can't be looked up here, so no customer can be closed.",
            ));
        };
        match ledger.is_empty_in_op(op, id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Error::refused(
                "There is money on the account: a customer can be closed only with a balance of zero and nothing pending.",
            )),
            Err(words) => Err(Error::refused(format!(
                "The balance could not be looked up, so the customer was not closed: {words}. Try again in a moment."
            ))),
        }
    }
}
