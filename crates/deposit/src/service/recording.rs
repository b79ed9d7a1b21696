//! Money comes in.

use access::{AuditAction, Permission, Subject};
use kernel::Error;
use ledger::Posting;

use super::{Deposits, moving::Act};
use crate::{Deposit, NewMovement, primitives::DepositId, rules::Action};

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
        let by = (Action::RecordDeposit, Posting::Deposit);
        self.make(subject, id, new, by).await
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
