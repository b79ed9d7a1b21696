//! Money goes out: reserved by one, confirmed by another.

use access::{AuditAction, ObjectKind, Permission, Subject};
use es_entity::OpWithTime;
use kernel::{Error, run_uncancelled};
use ledger::Posting;

use super::{Deposits, references::Among};
use crate::{
    NewMovement, Withdrawal,
    primitives::{WithdrawalId, WithdrawalStatus},
    rules::{self, Action},
    withdrawals::NewWithdrawal,
};

/// What is done to a withdrawal: the row of the table, what is posted, what is recorded.
struct Act {
    permission: Permission,
    name: AuditAction,
    action: fn(WithdrawalStatus) -> Action,
    posting: Posting,
    record: fn(&mut Withdrawal, String),
}

impl Deposits {
    /// "Start a withdrawal": the money is reserved until somebody confirms or cancels. The same `id` again answers the
    /// withdrawal that it made.
    ///
    /// # Errors
    /// [`Error::NotEnough`] by the ledger's own control; [`Error::Refused`] by the table ([`rules::may`]),
    /// [`Error::Taken`]. Nothing is done then.
    pub async fn initiate_withdrawal(
        &self,
        subject: &Subject,
        id: WithdrawalId,
        new: &NewMovement,
    ) -> Result<Withdrawal, Error> {
        let (money, subject, new) = (self.clone(), subject.clone(), new.clone());
        run_uncancelled(async move { money.initiate(&subject, id, &new).await }).await
    }

    async fn initiate(
        &self,
        subject: &Subject,
        id: WithdrawalId,
        new: &NewMovement,
    ) -> Result<Withdrawal, Error> {
        let object = ObjectKind::Withdrawal.id(id);
        self.authorize(
            subject,
            Permission::DepositCreate,
            AuditAction::WithdrawalInitiate,
            object,
        )
        .await?;
        let (mut op, facts) = self.lock(new.customer).await?;
        let made = self
            .withdrawals
            .maybe_find_by_id_in_op(&mut op, id)
            .await
            .map_err(Error::store)?;
        if let Some(made) = made {
            let same = (made.customer_id, made.amount, made.reference())
                == (new.customer, new.amount, new.reference());
            return same
                .then_some(made)
                .ok_or(Error::refused(rules::OTHER_FORM));
        }
        rules::may(Action::InitiateWithdrawal, facts).allowed()?;
        self.reference_is_free(&mut op, Among::Withdrawals, new)
            .await?;
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        let withdrawal = NewWithdrawal {
            id,
            public_id: self.draw_public_id(&mut now).await?,
            customer_id: new.customer,
            account_id: ledger::account_id(new.customer.into()),
            amount: new.amount,
            reference: new.reference(),
            by: subject.as_text(),
        };
        let withdrawal = self
            .withdrawals
            .create_in_op(&mut now, withdrawal)
            .await
            .map_err(|error| Error::store_new(error, rules::OTHER_FORM))?;
        let what = (withdrawal.customer_id, id.into(), withdrawal.amount);
        self.post(&mut now, Posting::WithdrawalReserve, what)
            .await?;
        op.commit().await?;
        tracing::info!(withdrawal = %id, "withdrawal initiated");
        Ok(withdrawal)
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
        self.act(
            subject,
            id,
            Act {
                permission: Permission::WithdrawalConfirm,
                name: AuditAction::WithdrawalConfirm,
                action: Action::ConfirmWithdrawal,
                posting: Posting::WithdrawalConfirm,
                record: Withdrawal::confirm,
            },
        )
        .await
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
        self.act(
            subject,
            id,
            Act {
                permission: Permission::DepositCreate,
                name: AuditAction::WithdrawalCancel,
                action: Action::CancelWithdrawal,
                posting: Posting::WithdrawalCancel,
                record: Withdrawal::cancel,
            },
        )
        .await
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
        self.act(
            subject,
            id,
            Act {
                permission: Permission::WithdrawalConfirm,
                name: AuditAction::WithdrawalRevert,
                action: Action::RevertWithdrawal,
                posting: Posting::WithdrawalRevert,
                record: Withdrawal::revert,
            },
        )
        .await
    }

    async fn act(
        &self,
        subject: &Subject,
        id: WithdrawalId,
        act: Act,
    ) -> Result<Withdrawal, Error> {
        let (money, subject) = (self.clone(), subject.clone());
        run_uncancelled(async move { money.do_act(&subject, id, act).await }).await
    }

    async fn do_act(
        &self,
        subject: &Subject,
        id: WithdrawalId,
        act: Act,
    ) -> Result<Withdrawal, Error> {
        let object = ObjectKind::Withdrawal.id(id);
        self.authorize(subject, act.permission, act.name, object)
            .await?;
        let customer = self.find_withdrawal(id).await?.customer_id;
        let (mut op, facts) = self.lock(customer).await?;
        let mut withdrawal = self
            .withdrawals
            .find_by_id_in_op(&mut op, id)
            .await
            .map_err(Error::store)?;
        let maker = (withdrawal.initiated_by.as_str(), withdrawal.created_at());
        let facts = self.seen_by(&mut op, subject, maker, facts).await?;
        if !rules::may((act.action)(withdrawal.status), facts).allowed()? {
            return Ok(withdrawal);
        }
        (act.record)(&mut withdrawal, subject.as_text());
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        self.withdrawals
            .update_in_op(&mut now, &mut withdrawal)
            .await
            .map_err(Error::store)?;
        let what = (customer, id.into(), withdrawal.amount);
        self.post(&mut now, act.posting, what).await?;
        op.commit().await?;
        tracing::info!(withdrawal = %id, action = %act.name, "withdrawal acted on");
        Ok(withdrawal)
    }
}
