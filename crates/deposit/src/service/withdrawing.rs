//! Money goes out: reserved by one, confirmed by another.

use access::{AuditAction, Permission, Subject};
use kernel::Error;
use ledger::Posting;

use super::{Deposits, moving::Act};
use crate::{NewMovement, Withdrawal, primitives::WithdrawalId, rules::Action};

impl Deposits {
    /// "Start a withdrawal": the money is reserved until somebody confirms or cancels. The same `id` again answers the
    /// withdrawal that it made.
    ///
    /// # Errors
    /// [`Error::NotEnough`] by the ledger's own control; [`Error::Refused`] by the table ([`crate::rules::may`]),
    /// [`Error::Taken`]. Nothing is done then.
    pub async fn initiate_withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
        new: &NewMovement,
    ) -> Result<Withdrawal, Error> {
        let by = (Action::InitiateWithdrawal, Posting::WithdrawalReserve);
        self.make(subject, id, new, by).await
    }

    /// "Confirm": the reserved money leaves. Another than who started it confirms, unless the bank set it otherwise.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table.
    pub async fn confirm_withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
    ) -> Result<Withdrawal, Error> {
        let act = Act {
            permission: Permission::WithdrawalConfirm,
            name: AuditAction::WithdrawalConfirm,
            action: Action::ConfirmWithdrawal,
            posting: Posting::WithdrawalConfirm,
            record: Withdrawal::confirm,
        };
        self.act(subject, id, act).await
    }

    /// "Cancel": the reserved money is on the account again; also while it is frozen.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table.
    pub async fn cancel_withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
    ) -> Result<Withdrawal, Error> {
        let act = Act {
            permission: Permission::DepositCreate,
            name: AuditAction::WithdrawalCancel,
            action: Action::CancelWithdrawal,
            posting: Posting::WithdrawalCancel,
            record: Withdrawal::cancel,
        };
        self.act(subject, id, act).await
    }

    /// "Revert" a confirmed withdrawal by a counter-entry: the money is on the account again.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table.
    pub async fn revert_withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
    ) -> Result<Withdrawal, Error> {
        let act = Act {
            permission: Permission::WithdrawalConfirm,
            name: AuditAction::WithdrawalRevert,
            action: Action::RevertWithdrawal,
            posting: Posting::WithdrawalRevert,
            record: Withdrawal::revert,
        };
        self.act(subject, id, act).await
    }
}
