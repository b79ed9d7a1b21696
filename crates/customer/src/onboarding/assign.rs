//! Whose a record is: one of the bank's people sees to it. It stays when the prospect becomes a customer.

use std::sync::Arc;

use access::{AuditAction, Operator, OperatorDirectory, OperatorId, Permission, Subject};
use kernel::Error;

use super::{Onboarding, again::again};
use crate::{field, primitives::ProspectId};

/// Whether somebody can be given records: who may not change them could do nothing about them.
fn can_be_given(operator: &Operator) -> bool {
    operator.disabled_at.is_none() && operator.role.allows(Permission::CustomerUpdate)
}

impl Onboarding {
    /// With those who work at the bank; without, those in our own database do.
    #[must_use]
    pub fn with_operators(mut self, operators: Arc<dyn OperatorDirectory>) -> Self {
        self.operators = operators;
        self
    }

    /// Whom records can be assigned to, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn colleagues(&self) -> Result<Vec<Operator>, Error> {
        let mut colleagues = self.operators.at_work().await?;
        colleagues.retain(can_be_given);
        Ok(colleagues)
    }

    /// "Assign": the prospect, and the customer that it became or will become, is this operator's, or nobody's. The same again records
    /// nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for who is disabled or may not change records.
    pub async fn assign(
        &self,
        subject: &Subject,
        id: ProspectId,
        to: Option<OperatorId>,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectAssign, id)
            .await?;
        let seen = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        if seen.assignee == to {
            return Ok(());
        }
        if let Some(to) = to {
            self.can_be_given_to(to).await?;
        }
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            prospect.assign(to, subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// Whether records can be assigned to this operator.
    ///
    /// # Errors
    /// [`Error::Invalid`] for who is disabled or may not change records.
    pub(crate) async fn can_be_given_to(&self, to: OperatorId) -> Result<(), Error> {
        let found = self.operators.find(to).await?;
        if found.is_some_and(|it| can_be_given(&it)) {
            return Ok(());
        }
        let words = "Nobody who may change records is this any more: choose somebody else.";
        Err(field::ASSIGNEE.wrong(words).into())
    }

    /// "Assign to me": as [`Onboarding::assign`], to whoever asks.
    ///
    /// # Errors
    /// [`Error::Refused`] for a program, which is nobody's colleague.
    pub async fn assign_to_me(&self, subject: &Subject, id: ProspectId) -> Result<(), Error> {
        let Subject::Operator { id: me, .. } = subject else {
            return Err(Error::refused(
                "Only a person can be given a record: say to whom.",
            ));
        };
        self.assign(subject, id, Some(*me)).await
    }
}
