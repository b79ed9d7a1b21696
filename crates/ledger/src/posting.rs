//! The ways in which money moves. Each is a template in the ledger; each posts once for one document, however often it is
//! asked.
//!
//! | posting | settled | pending |
//! |---|---|---|
//! | `DEPOSIT` | omnibus → account | |
//! | `DEPOSIT_REVERT` | account → omnibus | |
//! | `WITHDRAWAL_RESERVE` | account → omnibus | omnibus → account |
//! | `WITHDRAWAL_CONFIRM` | | account → omnibus |
//! | `WITHDRAWAL_CANCEL` | omnibus → account | account → omnibus |
//! | `WITHDRAWAL_REVERT` | omnibus → account | |
//!
//! An arrow debits its left side and credits its right one. Each layer balances by itself, as the ledger demands, so
//! money that is reserved stands on both sides of the pending layer: what the bank holds is settled and pending together.

use cala_ledger::{
    TransactionId, TxTemplateId,
    errlanes::{Fail, lanes},
    posting::{ApplyPostingRejection, PostingInput, PostingRejection, ValidatePostingRejection},
    tx_template::Params,
    velocity::error::EnforceVelocityRejection,
};
use es_entity::AtomicOperation;
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    Ledger, LedgerError,
    balance::cents,
    error::violates,
    ids::{self, ledger_account},
};

/// A way in which money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Posting {
    /// Money comes in.
    Deposit,
    /// The counter-entry of a deposit; refused when the money is no longer on the account.
    DepositRevert,
    /// Money is set apart for a withdrawal: off the settled balance, onto the pending one.
    WithdrawalReserve,
    /// The money that was set apart leaves.
    WithdrawalConfirm,
    /// The money that was set apart comes back.
    WithdrawalCancel,
    /// The counter-entry of a confirmed withdrawal.
    WithdrawalRevert,
}

/// One side of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The customer's account.
    Account,
    /// The bank's omnibus account.
    Omnibus,
}

/// A layer of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Money that is there.
    Settled,
    /// Money that is reserved for withdrawals.
    Pending,
}

/// What a posting does on one layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leg {
    pub(crate) layer: Layer,
    pub(crate) debit: Side,
    pub(crate) credit: Side,
}

const fn leg(layer: Layer, debit: Side, credit: Side) -> Leg {
    Leg {
        layer,
        debit,
        credit,
    }
}

impl Posting {
    /// Every kind of posting.
    pub const ALL: [Self; 6] = [
        Self::Deposit,
        Self::DepositRevert,
        Self::WithdrawalReserve,
        Self::WithdrawalConfirm,
        Self::WithdrawalCancel,
        Self::WithdrawalRevert,
    ];

    /// The template's code in the ledger. Ids are derived from it: it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Deposit => "DEPOSIT",
            Self::DepositRevert => "DEPOSIT_REVERT",
            Self::WithdrawalReserve => "WITHDRAWAL_RESERVE",
            Self::WithdrawalConfirm => "WITHDRAWAL_CONFIRM",
            Self::WithdrawalCancel => "WITHDRAWAL_CANCEL",
            Self::WithdrawalRevert => "WITHDRAWAL_REVERT",
        }
    }

    /// What people read beside an entry.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deposit => "Deposit",
            Self::DepositRevert => "Deposit reverted",
            Self::WithdrawalReserve => "Withdrawal",
            Self::WithdrawalConfirm => "Withdrawal confirmed",
            Self::WithdrawalCancel => "Withdrawal cancelled",
            Self::WithdrawalRevert => "Withdrawal reverted",
        }
    }

    /// The table above. A template that stands in a ledger stays as it is: another movement is another code.
    #[rustfmt::skip]
    pub(crate) const fn legs(self) -> &'static [Leg] {
        use {Layer::{Pending, Settled}, Side::{Account, Omnibus}};
        const IN: Leg = leg(Settled, Omnibus, Account);
        const OUT: Leg = leg(Settled, Account, Omnibus);
        const RESERVED: Leg = leg(Pending, Omnibus, Account);
        const RELEASED: Leg = leg(Pending, Account, Omnibus);
        match self {
            Self::Deposit           => &[IN],
            Self::DepositRevert     => &[OUT],
            Self::WithdrawalReserve => &[OUT, RESERVED],
            Self::WithdrawalConfirm => &[RELEASED],
            Self::WithdrawalCancel  => &[IN, RELEASED],
            Self::WithdrawalRevert  => &[IN],
        }
    }

    pub(crate) fn of_template(id: TxTemplateId) -> Option<Self> {
        Self::ALL.into_iter().find(|p| ids::template(*p) == id)
    }
}

/// What moves, for which document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The customer whose money moves.
    pub customer_id: Uuid,
    /// The deposit or withdrawal that it is for; entries name it.
    pub document: Uuid,
    /// How much, in whole US cents; more than 0.
    pub cents: i64,
}

/// The second of the two unique keys that a transaction stands under; the ledger answers the first one's by name.
const TRANSACTION_EVENTS: &str = "cala_transaction_events_id_sequence_key";

/// Why the ledger did not post. Nothing was written, and the transaction it was asked in is of no more use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostingError {
    /// The account's own control refused: it would be overdrawn.
    #[error("the money on the account does not suffice")]
    Overdraft {
        /// So many US cents are missing.
        short: i64,
    },
    /// The account, or the ledger, takes no postings any more.
    #[error("the account takes no postings any more")]
    Locked,
    /// The customer has no account.
    #[error("the customer has no deposit account")]
    NoAccount,
    /// This was posted before.
    #[error("this was posted before")]
    Posted,
    /// The ledger did not take it for another reason.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The id under which a posting stands in the ledger, and what its template takes.
fn asked(posting: Posting, movement: Movement) -> Result<(Uuid, Params), LedgerError> {
    // The ledger would post a negative amount backwards.
    if movement.cents <= 0 {
        return Err(LedgerError::Invalid(
            "a movement is of more than 0 cents".to_owned(),
        ));
    }
    let mut params = Params::new();
    params.insert("account", ledger_account(movement.customer_id));
    params.insert("amount", Decimal::new(movement.cents, 2));
    params.insert("document", movement.document.to_string());
    Ok((ids::transaction(posting, movement.document), params))
}

impl Ledger {
    /// Posts in the caller's transaction; answers the id of the ledger's transaction, which is derived from posting and
    /// document, so that the same again is [`PostingError::Posted`].
    ///
    /// # Errors
    /// [`PostingError`]. The caller gives its transaction up.
    pub async fn post_in_op(
        &self,
        op: &mut impl AtomicOperation,
        posting: Posting,
        movement: Movement,
    ) -> Result<Uuid, PostingError> {
        let (id, params) = asked(posting, movement)?;
        self.ledger
            .post_transaction_in_op(op, TransactionId::from(id), posting.code(), params)
            .await
            .map_err(PostingError::from)?;
        Ok(id)
    }

    /// Posts many in the caller's transaction, in their order, or none: so many cost hardly more than one.
    ///
    /// # Errors
    /// When one of them is not to be posted, or the ledger does not answer. The caller gives its transaction up, and posts each by
    /// itself to learn which one it was.
    pub async fn post_all_in_op(
        &self,
        op: &mut impl AtomicOperation,
        posting: Posting,
        movements: impl IntoIterator<Item = Movement>,
    ) -> Result<(), LedgerError> {
        let batch = movements.into_iter().map(|movement| {
            let (id, params) = asked(posting, movement)?;
            Ok(PostingInput::new(
                TransactionId::from(id),
                posting.code(),
                params,
            ))
        });
        let batch = batch.collect::<Result<Vec<_>, LedgerError>>()?;
        self.ledger
            .post_transactions_in_op(op, batch)
            .await
            .map_err(LedgerError::from)?;
        Ok(())
    }
}

impl From<Fail<PostingRejection, lanes!(Transient, Fatal)>> for PostingError {
    fn from(fail: Fail<PostingRejection, lanes!(Transient, Fatal)>) -> Self {
        use {ApplyPostingRejection as Apply, ValidatePostingRejection as Validate};
        match &fail {
            Fail::Rejected(PostingRejection::Apply(Apply::Velocity(
                EnforceVelocityRejection::LimitExceeded(limit),
            ))) if limit.limit_id == ids::overdraft_limit() => {
                cents(limit.requested).map_or_else(Self::Ledger, |short| Self::Overdraft { short })
            }
            Fail::Rejected(PostingRejection::Apply(Apply::DuplicateTransactionId)) => Self::Posted,
            Fail::Rejected(PostingRejection::Validate(
                Validate::AccountLocked { .. } | Validate::JournalLocked { .. },
            )) => Self::Locked,
            Fail::Rejected(PostingRejection::Validate(Validate::AccountNotFound {
                account_id,
                ..
            })) if *account_id != ids::omnibus() => Self::NoAccount,
            // Which of the two keys of a transaction strikes first is not settled in one statement.
            Fail::Fatal(fatal) if violates(fatal) == Some(TRANSACTION_EVENTS) => Self::Posted,
            _ => Self::Ledger(fail.into()),
        }
    }
}
