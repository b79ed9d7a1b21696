//! Money comes in.

use access::{AuditAction, Permission, Subject};
use kernel::{Error, run_uncancelled};
use ledger::Posting;

use super::{Deposits, moving::Act, together::Asked};
use crate::{Deposit, NewMovement, document::DocumentKind, primitives::DepositId, rules::Action};

impl Deposits {
    /// "Record a deposit": the money is on the account. The same `id` again answers the deposit that it made.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table ([`crate::rules::may`]), [`Error::Taken`]; nothing is done then.
    pub async fn record_deposit(
        &self,
        subject: &Subject,
        id: DepositId,
        new: &NewMovement,
    ) -> Result<Deposit, Error> {
        let (money, subject, new) = (self.clone(), subject.clone(), new.clone());
        run_uncancelled(async move { money.do_record(&subject, id, &new).await }).await
    }

    async fn do_record(
        &self,
        subject: &Subject,
        id: DepositId,
        new: &NewMovement,
    ) -> Result<Deposit, Error> {
        self.may_make::<Deposit>(subject, id).await?;
        let asked = Asked {
            id,
            new: new.clone(),
            by: subject.as_text(),
        };
        if let Some(made) = self.record_with_neighbours(asked).await {
            tracing::info!(document = %made.id, action = %DocumentKind::Deposit.make(), "money moved");
            return Ok(made);
        }
        let by = (Action::RecordDeposit, Posting::Deposit);
        self.make_one(subject, id, new, by).await
    }

    /// "Revert" a deposit by a counter-entry. What is reverted already is answered as it stands.
    ///
    /// # Errors
    /// [`Error::NotEnough`] when the money is spent or reserved; [`Error::Refused`] by the table.
    pub async fn revert_deposit(&self, subject: &Subject, id: DepositId) -> Result<Deposit, Error> {
        let act = Act {
            permission: Permission::WithdrawalConfirm,
            name: AuditAction::DepositRevert,
            action: Action::RevertDeposit,
            posting: Posting::DepositRevert,
            record: Deposit::revert,
        };
        self.act(subject, id, act).await
    }
}
