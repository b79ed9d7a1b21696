//! *Link existing login*.

use access::{AuditAction, ObjectKind, Permission, Subject};
use identity::NewLogin;
use kernel::Error;
use uuid::Uuid;

use super::{Board, StepState, StepView};
use crate::{queue, step_customer, steps::LOGIN, transitions::StepEvent};

impl Board {
    /// Whether there is a login to link: the step that makes it needs a person, and whoever keeps the logins keeps
    /// others' as well.
    #[must_use]
    pub fn may_link_login(&self, steps: &[StepView]) -> bool {
        self.identity.keeps_logins_of_others()
            && steps
                .iter()
                .any(|step| step.step == LOGIN && step.state == StepState::NeedsPerson)
    }

    /// Makes the login that has the customer's e-mail the customer's: a person has decided that it is theirs. Provisioning
    /// goes on from there.
    ///
    /// # Errors
    /// [`Error::Refused`] with a sentence when there is no such login, or it is another customer's; when the
    /// subject may not, or something does not answer.
    pub async fn link_existing_login(
        &self,
        subject: &Subject,
        customer_id: Uuid,
    ) -> Result<(), Error> {
        let object = ObjectKind::Customer.id(customer_id);
        self.access
            .authorize(
                subject,
                Permission::CustomerRestore,
                AuditAction::ProvisioningLinkExistingLogin,
                object,
            )
            .await?;
        if !self.may_link_login(&self.steps_of(customer_id).await?) {
            return Err(Error::Refused(
                "There is nothing to link: the step that makes the login doesn't wait for a person.".into(),
            ));
        }
        let email = sqlx::query_scalar!("SELECT email FROM customers WHERE id = $1", customer_id)
            .fetch_optional(&self.pool)
            .await?
            .ok_or(Error::NO_RECORD)?
            .unwrap_or_default();
        // Whoever keeps the logins is asked outside of any transaction.
        let customer = NewLogin { customer_id, email };
        if let Err(error) = self.identity.link_existing(&customer).await {
            return Err(Error::Refused(
                format!("It was not linked: {error}.").into(),
            ));
        }
        let mut op = self.pool.begin().await?;
        step_customer::lock(&mut op, &[customer_id]).await?;
        queue::decide(&mut op, &[customer_id], LOGIN, StepEvent::Request, None).await?;
        queue::fall_due(&mut op, &[customer_id]).await?;
        op.commit().await?;
        Ok(())
    }
}
