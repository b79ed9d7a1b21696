//! *Resend welcome e-mail*.

use access::{AuditAction, ObjectKind, Permission, Subject};
use kernel::Error;
use uuid::Uuid;

use super::{Board, StepState};
use crate::{
    queue, step_customer,
    steps::{LOGIN, WELCOME_EMAIL},
    transitions::StepEvent,
};

impl Board {
    /// Sends a new temporary password, as long as the person has no password of their own. The mail says that only
    /// the newest counts.
    ///
    /// # Errors
    /// [`Error::Refused`] with a sentence when there is nothing to send (any more, or yet); when the subject
    /// may not, or something does not answer.
    pub async fn resend_welcome(&self, subject: &Subject, customer_id: Uuid) -> Result<(), Error> {
        let object = ObjectKind::Customer.id(customer_id);
        self.access
            .authorize(
                subject,
                Permission::CustomerUpdate,
                AuditAction::ProvisioningResendWelcome,
                object,
            )
            .await?;
        let steps = self.steps_of(customer_id).await?;
        let login_made = steps
            .iter()
            .any(|step| step.step == LOGIN && step.state == StepState::Done);
        // Whoever keeps the logins is asked outside of any transaction.
        let chosen = match self.identity.passwords_chosen(&[customer_id]).await.pop() {
            Some(Ok(chosen)) => chosen,
            _ => {
                return refused(
                    "Whoever keeps the logins does not answer, so nobody knows whether this person has signed in already. \
                     Try again in a moment.",
                );
            }
        };
        // Asked of those only for whom nothing is sent that would lift it.
        let locked_out = chosen && matches!(self.identity.is_locked(customer_id).await, Ok(true));
        let mut op = self.pool.begin().await?;
        let customers = step_customer::lock(&mut op, &[customer_id]).await?;
        let customer = customers.first().ok_or(Error::NO_RECORD)?;
        if customer.locked_out.is_some() {
            return refused(
                "This customer has no access to the portal, so there is nothing to send. \
                 Give the access back first.",
            );
        }
        if locked_out {
            return refused(
                "This person has chosen a password already, so there is nothing to send; but whoever keeps the logins lets them \
                 in no more for a while, after too many failed sign-ins. It ends by itself, or at once when an administrator of \
                 the logins unlocks the person there.",
            );
        }
        if chosen {
            return refused(
                "This person has signed in and chosen a password already: the welcome e-mail is of no use any more.",
            );
        }
        if !login_made {
            return refused(
                "There is no login yet: the welcome e-mail goes out by itself as soon as there is one.",
            );
        }
        queue::decide(
            &mut op,
            &[customer_id],
            WELCOME_EMAIL,
            StepEvent::Request,
            None,
        )
        .await?;
        queue::fall_due(&mut op, &[customer_id]).await?;
        op.commit().await?;
        Ok(())
    }
}

fn refused(words: &'static str) -> Result<(), Error> {
    Err(Error::Refused(words.into()))
}
