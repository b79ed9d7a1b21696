//! The bank's offer.

use access::{AuditAction, ObjectKind, Permission, Subject};
use es_entity::OpWithTime;
use kernel::{Error, run_uncancelled};

use super::Credit;
use crate::{
    CreditFacilityProposal, CreditFacilityProposalId, NewProposal,
    proposals::NewCreditFacilityProposal,
    rules::{self, Action, Facts, OTHER_FORM},
};

impl Credit {
    /// "Propose a credit facility": it waits for the customer. The same `id` again answers the proposal that it made; a
    /// customer may have several open ones.
    ///
    /// # Errors
    /// [`Error::Refused`] with every reason why the customer can't be considered; nothing is done then.
    pub async fn propose(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        new: &NewProposal,
    ) -> Result<CreditFacilityProposal, Error> {
        let (credit, subject, new) = (self.clone(), subject.clone(), new.clone());
        run_uncancelled(async move { credit.make(&subject, id, &new).await }).await
    }

    async fn make(
        &self,
        subject: &Subject,
        id: CreditFacilityProposalId,
        new: &NewProposal,
    ) -> Result<CreditFacilityProposal, Error> {
        let object = ObjectKind::CreditProposal.id(id);
        self.authorize(
            subject,
            Permission::CreditPropose,
            AuditAction::CreditProposalPropose,
            object,
        )
        .await?;
        let mut op = self.outbox.begin_op().await?;
        let customer = self.customers.lock_in_op(&mut op, new.customer).await?;
        let made = self
            .proposals
            .maybe_find_by_id_in_op(&mut op, id)
            .await
            .map_err(Error::store)?;
        if let Some(made) = made {
            let same = (made.customer_id, made.amount) == (new.customer, new.amount)
                && made.purpose().as_deref() == Some(new.purpose.as_str())
                && made.note() == new.note();
            let other = || Error::refused(OTHER_FORM);
            return same.then_some(made).ok_or_else(other);
        }
        let facts = Facts {
            eligibility: self.eligibility_of(&mut op, &customer).await?,
            lost: None,
            own: false,
            perhaps_own: false,
        };
        rules::may(Action::Propose, &facts).allowed()?;
        let proposal = NewCreditFacilityProposal {
            id,
            customer_id: new.customer,
            customer_version: customer.version(),
            amount: new.amount,
            purpose: new.purpose.as_str().to_owned(),
            note: new.note(),
            by: subject.as_text(),
        };
        // The time from here on: under the lock, a customer's proposals are as old as their order says.
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        let proposal = self
            .proposals
            .create_in_op(&mut now, proposal)
            .await
            .map_err(|error| Error::store_new(error, OTHER_FORM))?;
        op.commit().await?;
        tracing::info!(proposal = %id, "credit facility proposed");
        Ok(proposal)
    }
}
