//! What of a customer's waits to be decided: a withdrawal to confirm, a proposal to approve or deny.

use ::credit::rules as credit_rules;
use ::deposit::rules;
use access::Permission;
use kernel::Decision;

use super::record::CustomerRecord;
use crate::{
    admin::{
        AdminState, credit::operations::CreditOperation, deposits::operations::MoneyOperation,
        operation::Operation as _,
    },
    error_page::PageError,
    format::money,
    layout::Viewer,
};

/// The newest of each that waits.
pub struct Waiting {
    pub withdrawal: Option<Waits>,
    pub proposal: Option<Waits>,
}

/// One that waits.
pub struct Waits {
    /// The dialog in which this viewer decides it, and its button; none for who may not.
    pub decide: Option<(String, String)>,
    /// Where it is seen, and in which words.
    pub see: String,
    pub words: String,
}

impl Waiting {
    /// Of this customer, as far as the viewer may see it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
    ) -> Result<Self, PageError> {
        let withdrawal = if viewer.may(Permission::DepositRead) {
            withdrawal(state, viewer, record).await?
        } else {
            None
        };
        Ok(Self {
            withdrawal,
            proposal: proposal(state, viewer, record).await?,
        })
    }
}

async fn withdrawal(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
) -> Result<Option<Waits>, PageError> {
    let who = &viewer.subject;
    let deposits = &state.money;
    let found = deposits.newest_waiting_withdrawal_of(who, record.customer.id);
    let Some(row) = found.await? else {
        return Ok(None);
    };
    let operation = MoneyOperation::ConfirmWithdrawal;
    let amount = money(row.amount.cents());
    let may = if viewer.may(operation.words().permission) {
        let withdrawal = state.money.withdrawal(who, row.id).await?;
        let facts = state.money.document_facts(who, &withdrawal).await?;
        rules::may(rules::Action::ConfirmWithdrawal(withdrawal.status), facts) == Decision::Do
    } else {
        false
    };
    let number = row.public_id.to_string();
    Ok(Some(Waits {
        decide: may.then(|| {
            let address = operation.address(&record.own_path(), &number);
            (address, format!("Confirm {amount} for {}", record.called()))
        }),
        see: format!("/ledger/withdrawals/{number}"),
        words: format!("See the withdrawal of {amount}"),
    }))
}

async fn proposal(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
) -> Result<Option<Waits>, PageError> {
    let who = &viewer.subject;
    let found = state
        .credit
        .newest_open_proposal_to(who, record.customer.id);
    let Some(row) = found.await? else {
        return Ok(None);
    };
    let operation = CreditOperation::Approve;
    let amount = money(row.amount.cents());
    let may = if viewer.may(operation.words().permission) {
        let proposal = state.credit.proposal(who, row.id).await?;
        let facts = state.credit.proposal_facts(who, &proposal).await?;
        let may = credit_rules::may(credit_rules::Action::Approve(proposal.status), &facts);
        matches!(may, Decision::Do)
    } else {
        false
    };
    let id = row.id.to_string();
    Ok(Some(Waits {
        decide: may.then(|| {
            let address = operation.address(&record.own_path(), &id);
            (address, format!("Approve {amount} for {}", record.called()))
        }),
        see: format!("{}#proposal-{id}", record.own_path()),
        words: format!("See the proposal of {amount}"),
    }))
}
