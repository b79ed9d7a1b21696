//! Money comes in.

use access::{AuditAction, ObjectKind, Permission, Subject};
use es_entity::OpWithTime;
use kernel::{Error, run_uncancelled};
use ledger::Posting;

use super::{Deposits, references::Among};
use crate::{
    Deposit, NewMovement,
    deposits::NewDeposit,
    primitives::DepositId,
    rules::{self, Action},
};

impl Deposits {
    /// "Record a deposit": the money is on the account. The same `id` again answers the deposit that it made.
    ///
    /// # Errors
    /// [`Error::Refused`] by the table ([`rules::may`]), [`Error::Taken`]; nothing is done then.
    pub async fn record_deposit(
        &self,
        subject: &Subject,
        id: DepositId,
        new: &NewMovement,
    ) -> Result<Deposit, Error> {
        let (money, subject, new) = (self.clone(), subject.clone(), new.clone());
        run_uncancelled(async move { money.record(&subject, id, &new).await }).await
    }

    async fn record(
        &self,
        subject: &Subject,
        id: DepositId,
        new: &NewMovement,
    ) -> Result<Deposit, Error> {
        let object = ObjectKind::Deposit.id(id);
        self.authorize(
            subject,
            Permission::DepositCreate,
            AuditAction::DepositRecord,
            object,
        )
        .await?;
        let (mut op, facts) = self.lock(new.customer).await?;
        let made = self
            .deposits
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
        rules::may(Action::RecordDeposit, facts).allowed()?;
        self.reference_is_free(&mut op, Among::Ledger, new).await?;
        // The time from here on: under the lock, an account's deposits and entries are as old as their order says.
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        let deposit = NewDeposit {
            id,
            public_id: self.draw_public_id(&mut now).await?,
            customer_id: new.customer,
            account_id: ledger::account_id(new.customer.into()),
            amount: new.amount,
            reference: new.reference(),
            by: subject.as_text(),
        };
        let deposit = self
            .deposits
            .create_in_op(&mut now, deposit)
            .await
            .map_err(|error| Error::store_new(error, rules::OTHER_FORM))?;
        let what = (deposit.customer_id, id.into(), deposit.amount);
        self.post(&mut now, Posting::Deposit, what).await?;
        op.commit().await?;
        tracing::info!(deposit = %id, "deposit recorded");
        Ok(deposit)
    }

    /// "Revert" a deposit by a counter-entry. What is reverted already is answered as it stands.
    ///
    /// # Errors
    /// [`Error::NotEnough`] when the money is spent or reserved; [`Error::Refused`] by the table.
    pub async fn revert_deposit(&self, subject: &Subject, id: DepositId) -> Result<Deposit, Error> {
        let (money, subject) = (self.clone(), subject.clone());
        run_uncancelled(async move { money.take_back(&subject, id).await }).await
    }

    async fn take_back(&self, subject: &Subject, id: DepositId) -> Result<Deposit, Error> {
        let object = ObjectKind::Deposit.id(id);
        self.authorize(
            subject,
            Permission::WithdrawalConfirm,
            AuditAction::DepositRevert,
            object,
        )
        .await?;
        let customer = self.find_deposit(id).await?.customer_id;
        let (mut op, facts) = self.lock(customer).await?;
        let mut deposit = self
            .deposits
            .find_by_id_in_op(&mut op, id)
            .await
            .map_err(Error::store)?;
        let maker = (deposit.recorded_by.as_str(), deposit.created_at());
        let facts = self.seen_by(&mut op, subject, maker, facts).await?;
        if !rules::may(Action::RevertDeposit(deposit.status), facts).allowed()? {
            return Ok(deposit);
        }
        deposit.revert(subject.as_text());
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        self.deposits
            .update_in_op(&mut now, &mut deposit)
            .await
            .map_err(Error::store)?;
        let what = (customer, id.into(), deposit.amount);
        self.post(&mut now, Posting::DepositRevert, what).await?;
        op.commit().await?;
        tracing::info!(deposit = %id, "deposit reverted");
        Ok(deposit)
    }
}
