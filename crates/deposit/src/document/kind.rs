//! The two kinds of document, and what the rest of the house calls each.

use access::{AuditAction, ObjectKind};
use kernel::Kind;
use ledger::Posting;

use crate::{DEPOSIT, WITHDRAWAL};

/// A deposit or a withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// Money that comes onto an account.
    Deposit,
    /// Money that leaves an account.
    Withdrawal,
}

impl DocumentKind {
    pub(crate) const BOTH: [Self; 2] = [Self::Deposit, Self::Withdrawal];

    pub(crate) const fn withdrawal_if(withdrawal: bool) -> Self {
        if withdrawal {
            Self::Withdrawal
        } else {
            Self::Deposit
        }
    }

    /// Whose posting it is.
    pub(crate) const fn of(posting: Posting) -> Self {
        match posting {
            Posting::Deposit | Posting::DepositRevert => Self::Deposit,
            Posting::WithdrawalReserve
            | Posting::WithdrawalConfirm
            | Posting::WithdrawalCancel
            | Posting::WithdrawalRevert => Self::Withdrawal,
        }
    }

    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Deposit => DEPOSIT,
            Self::Withdrawal => WITHDRAWAL,
        }
    }

    /// What the audit log calls it.
    pub(crate) const fn object(self) -> ObjectKind {
        match self {
            Self::Deposit => ObjectKind::Deposit,
            Self::Withdrawal => ObjectKind::Withdrawal,
        }
    }

    /// What the audit log calls a look at one.
    pub(crate) const fn read(self) -> AuditAction {
        match self {
            Self::Deposit => AuditAction::DepositRead,
            Self::Withdrawal => AuditAction::WithdrawalRead,
        }
    }

    /// What the audit log calls a look at a list of them.
    pub(crate) const fn list(self) -> AuditAction {
        match self {
            Self::Deposit => AuditAction::DepositList,
            Self::Withdrawal => AuditAction::WithdrawalList,
        }
    }

    /// What the audit log calls keeping a list of them as a file.
    pub(crate) const fn download(self) -> AuditAction {
        match self {
            Self::Deposit => AuditAction::DepositDownload,
            Self::Withdrawal => AuditAction::WithdrawalDownload,
        }
    }

    /// What the audit log calls making one.
    pub(crate) const fn make(self) -> AuditAction {
        match self {
            Self::Deposit => AuditAction::DepositRecord,
            Self::Withdrawal => AuditAction::WithdrawalInitiate,
        }
    }
}
