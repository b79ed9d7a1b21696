//! What waits for whoever looks: the withdrawal that they confirm next.

use access::{AuditAction, AuditObject, Permission, Subject};
use kernel::{Amount, Decision, Error};

use super::Deposits;
use crate::{
    Withdrawal,
    document::{Document as _, Stored as _},
    lists,
    rules::{self, Action},
};

/// Of so many that wait longest, one is looked for that this subject may confirm.
const LOOKED_AT: usize = 20;

impl Deposits {
    /// The withdrawal that has waited longest of those that this subject may confirm as things stand; none when there is none, or
    /// the subject confirms nothing. That somebody looked at it is written down.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn next_to_confirm(&self, subject: &Subject) -> Result<Option<Withdrawal>, Error> {
        if !subject.may(Permission::WithdrawalConfirm) || !subject.may(Permission::DepositRead) {
            return Ok(None);
        }
        let look = self
            .look(subject, AuditAction::WithdrawalList, AuditObject::LIST)
            .await?;
        let waiting = lists::waiting(&self.pool, None, LOOKED_AT).await?;
        for row in waiting.rows {
            let Some(withdrawal) = Withdrawal::find(self, row.id).await? else {
                continue;
            };
            let facts = self.document_facts(subject, &withdrawal).await?;
            let may = rules::may(Action::ConfirmWithdrawal(withdrawal.status), facts);
            if may == Decision::Do {
                let row = withdrawal.row();
                look.at(row.objects(Withdrawal::KIND)).await?;
                return Ok(Some(withdrawal));
            }
        }
        Ok(None)
    }

    /// Above which amount a deposit is asked for twice, if this one is (`deposit.ask_above`).
    #[must_use]
    pub fn asks_twice(&self, amount: Amount) -> Option<Amount> {
        self.settings.ask_above.filter(|above| amount > *above)
    }
}
