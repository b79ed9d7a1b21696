//! What every deposit account stands on: journal, account sets, omnibus account, overdraft control, postings.

use cala_ledger::{
    BalanceRollup, CalaLedger, DebitOrCredit,
    account::NewAccount,
    account_set::NewAccountSet,
    journal::NewJournal,
    velocity::{NewBalanceLimit, NewLimit, NewVelocityControl, NewVelocityLimit},
};
use es_entity::{AtomicOperation, DbOp};

use crate::{AccountCategory, LedgerError, ids, sums::sum_ids, templates};

const JOURNAL_CODE: &str = "USHER";
const OMNIBUS_CODE: &str = "OMNIBUS-USD";

/// Makes what is missing, in one transaction. Processes that start at once queue up at the journal's
/// unique id until the first has committed.
pub(crate) async fn ensure(ledger: &CalaLedger) -> Result<(), LedgerError> {
    let mut op = DbOp::init(ledger.pool()).await?;
    ensure_journal(ledger, &mut op).await?;
    ensure_sets(ledger, &mut op).await?;
    ensure_omnibus(ledger, &mut op).await?;
    ensure_overdraft_control(ledger, &mut op).await?;
    templates::ensure(ledger, &mut op).await?;
    ensure_sums(&mut op).await?;
    op.commit().await?;
    Ok(())
}

async fn ensure_journal(
    ledger: &CalaLedger,
    op: &mut impl AtomicOperation,
) -> Result<(), LedgerError> {
    let journal = NewJournal::builder()
        .id(ids::journal())
        .name("Usher")
        .code(JOURNAL_CODE)
        .description("Deposits in USD")
        .build();
    let stored = ledger.journals().ensure_in_op(op, journal).await?;
    if stored.into_inner().id() == ids::journal() {
        Ok(())
    } else {
        Err(taken("journal", JOURNAL_CODE))
    }
}

/// `EventuallyConsistent`: a posting writes no balance of a set. Together with the omnibus account's they would be the rows
/// that every posting of the bank queues for. What is on them we add up ourselves (`adding_up.rs`).
async fn ensure_sets(
    ledger: &CalaLedger,
    op: &mut impl AtomicOperation,
) -> Result<(), LedgerError> {
    let sets = ledger.account_sets();
    let new_set = |id, name: String| {
        NewAccountSet::builder()
            .id(id)
            .name(name)
            .journal_id(ids::journal())
            .normal_balance_type(DebitOrCredit::Credit)
            .balance_rollup(BalanceRollup::EventuallyConsistent)
            .build()
    };
    let deposits = new_set(ids::deposits_set(), "Deposits".to_owned());
    sets.ensure_in_op(op, deposits).await?;
    for category in AccountCategory::ALL {
        let name = format!("Deposits: {}", category.label());
        sets.ensure_in_op(op, new_set(ids::category_set(category), name))
            .await?;
    }
    let edges = AccountCategory::ALL.map(|c| (ids::deposits_set(), ids::category_set(c)));
    sets.ensure_member_sets_in_op(op, &edges).await?;
    Ok(())
}

async fn ensure_omnibus(
    ledger: &CalaLedger,
    op: &mut impl AtomicOperation,
) -> Result<(), LedgerError> {
    let omnibus = NewAccount::builder()
        .id(ids::omnibus())
        .code(OMNIBUS_CODE)
        .name("Omnibus account, USD")
        .normal_balance_type(DebitOrCredit::Debit)
        .balance_rollup(BalanceRollup::EventuallyConsistent)
        .build();
    let stored = ledger.accounts().ensure_in_op(op, omnibus).await?;
    if stored.into_inner().id() == ids::omnibus() {
        Ok(())
    } else {
        Err(taken("account", OMNIBUS_CODE))
    }
}

/// What the sums are added up in.
async fn ensure_sums(op: &mut impl AtomicOperation) -> Result<(), LedgerError> {
    sqlx::query!(
        "INSERT INTO ledger_sums (id) SELECT * FROM UNNEST($1::uuid[]) ON CONFLICT DO NOTHING",
        &sum_ids(),
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// Debits less credits on the settled layer may not exceed 0, in whatever currency. The limit is copied
/// onto each account when it is attached.
async fn ensure_overdraft_control(
    ledger: &CalaLedger,
    op: &mut impl AtomicOperation,
) -> Result<(), LedgerError> {
    let velocities = ledger.velocities();
    velocities
        .ensure_limit_in_op(op, overdraft_limit().map_err(not_cel)?)
        .await?;
    let control = NewVelocityControl::builder()
        .id(ids::overdraft_control())
        .name("Overdraft")
        .description("A deposit account is never overdrawn")
        .build()
        .map_err(not_cel)?;
    velocities.ensure_control_in_op(op, control).await?;
    velocities
        .ensure_limit_added_to_control_in_op(op, ids::overdraft_control(), ids::overdraft_limit())
        .await?;
    Ok(())
}

fn overdraft_limit() -> Result<NewVelocityLimit, impl std::fmt::Display> {
    let settled = NewBalanceLimit::builder()
        .layer("SETTLED")
        .amount("decimal('0')")
        .enforcement_direction("DEBIT")
        .always_active()
        .build()?;
    NewVelocityLimit::builder()
        .id(ids::overdraft_limit())
        .name("Overdraft")
        .description("Debits less credits on the settled layer are at most 0")
        .window(vec![])
        .limit(NewLimit::builder().balance(vec![settled]).build()?)
        .build()
}

fn not_cel(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Ledger(format!("the overdraft control: {error}"))
}

fn taken(what: &str, code: &str) -> LedgerError {
    LedgerError::Ledger(format!(
        "another {what} holds the code {code}: this ledger was not made by usher"
    ))
}
