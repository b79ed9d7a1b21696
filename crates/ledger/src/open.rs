//! Opening accounts: many in one transaction, once each, a bad one never in its neighbours' way.

use std::collections::{HashMap, HashSet};

use cala_ledger::{
    DebitOrCredit,
    account::{NewAccount, error::CreateAccountRejection},
    velocity::{Params, error::AttachVelocityControlRejection},
};
use es_entity::{
    AtomicOperation, BatchIsolation as _, BisectBudget, DbOp, ItemOutcome,
    errlanes::{Fail, lanes},
};
use uuid::Uuid;

use crate::{
    AccountStatus, DepositAccount, Ledger, LedgerError, NewDepositAccount,
    ids::{self, account_code, account_id},
};

/// Advisory lock class of an account being opened, in the two-key space, in which `cala-ledger` 0.33 uses
/// the classes 1 to 5 and `job` 0.19 the class 1. Reads "dep1".
const OPENING_LOCK: i32 = 0x6465_7031;

/// What the ledger said to one probe of the batch; its sources tell a deadlock from a bad item.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("{0}")]
    Create(#[from] Fail<CreateAccountRejection, lanes!(Transient, Fatal)>),
    #[error("{0}")]
    Attach(#[from] Fail<AttachVelocityControlRejection, lanes!(Transient, Fatal)>),
}

/// How the items of a batch came out, by customer.
type Outcomes = HashMap<Uuid, Result<DepositAccount, LedgerError>>;

impl Ledger {
    /// Opens the accounts, all in one transaction, and answers in the order asked. An account that exists
    /// is answered as it stands. A bad item gets its own error; only a ledger that does not answer fails
    /// all that were to be opened. Safe to repeat and to call from many processes at once; the answer to
    /// an `Unavailable` may have been lost after the commit.
    ///
    /// Meant for batches of about 50: one costs hardly more statements than a single account.
    pub async fn open_accounts(
        &self,
        accounts: &[NewDepositAccount],
    ) -> Vec<Result<DepositAccount, LedgerError>> {
        let mut wanted: HashMap<Uuid, &NewDepositAccount> = HashMap::new();
        let refused: Vec<Option<LedgerError>> = accounts
            .iter()
            .map(|account| refusal(account, &mut wanted))
            .collect();

        let mut batch: Vec<NewDepositAccount> = wanted.into_values().cloned().collect();
        // One order for everybody: batches that overlap queue up instead of deadlocking.
        batch.sort_unstable_by_key(|account| account_id(account.customer_id));
        let outcomes = if batch.is_empty() {
            Ok(Outcomes::new())
        } else {
            self.open_batch(&batch).await
        };
        if let Err(error) = &outcomes {
            tracing::warn!(accounts = batch.len(), %error, "no account of the batch was opened");
        }

        accounts
            .iter()
            .zip(refused)
            .map(|(account, refusal)| match (refusal, &outcomes) {
                (Some(error), _) => Err(error),
                (None, Err(error)) => Err(error.clone()),
                (None, Ok(outcomes)) => outcomes
                    .get(&account.customer_id)
                    .cloned()
                    .unwrap_or_else(|| Err(LedgerError::Ledger("an account got lost".into()))),
            })
            .collect()
    }

    /// `batch` is sorted by account id and names each customer once.
    async fn open_batch(&self, batch: &[NewDepositAccount]) -> Result<Outcomes, LedgerError> {
        let mut op = DbOp::init(&self.pool).await?;
        lock(&mut op, batch).await?;
        let standing = Standing::look(&mut op, batch).await?;

        let mut outcomes = Outcomes::new();
        let mut existing = Vec::new();
        let mut fresh = Vec::new();
        for account in batch {
            match standing.verdict(account) {
                Verdict::Fresh => fresh.push(account.clone()),
                Verdict::Exists => existing.push(account.customer_id),
                Verdict::Conflict(error) => {
                    outcomes.insert(account.customer_id, Err(error));
                }
            }
        }
        if fresh.is_empty() {
            drop(op);
        } else {
            outcomes.extend(self.create(op, &fresh).await?);
        }
        if !existing.is_empty() {
            for (customer, account) in self.accounts_of(&existing).await? {
                outcomes.insert(customer, Ok(account));
            }
        }
        Ok(outcomes)
    }

    /// Creates and commits. A batch that fails is halved until each bad item stands alone.
    async fn create(
        &self,
        mut op: DbOp<'static>,
        fresh: &[NewDepositAccount],
    ) -> Result<Outcomes, LedgerError> {
        // Owned: a closure that borrows would keep the future from being `Send`.
        let deposits = self.clone();
        let probed = op
            .run_bisected(
                fresh,
                BisectBudget::FullResolution,
                async move |op, slice| deposits.create_in_op(op, slice).await,
            )
            .await?;
        op.commit().await?;
        let outcomes = fresh
            .iter()
            .zip(probed.items)
            .map(|(account, outcome)| {
                let result = match outcome {
                    ItemOutcome::Complete => Ok(opened(account)),
                    ItemOutcome::Failed(error) => Err(own_error(account, error)),
                    ItemOutcome::Unresolved => Err(LedgerError::Unavailable(
                        "the batch was given up before this account's turn".to_owned(),
                    )),
                };
                (account.customer_id, result)
            })
            .collect();
        Ok(outcomes)
    }

    async fn create_in_op(
        &self,
        op: &mut impl AtomicOperation,
        slice: &[NewDepositAccount],
    ) -> Result<(), OpenError> {
        let new_accounts = slice.iter().map(new_account).collect();
        let created = self
            .ledger
            .accounts()
            .create_all_in_op(op, new_accounts)
            .await?;
        let account_ids: Vec<_> = created.iter().map(|account| account.id()).collect();
        self.ledger
            .velocities()
            .attach_control_to_accounts_in_op(
                op,
                ids::overdraft_control(),
                &account_ids,
                Params::new(),
            )
            .await?;
        Ok(())
    }
}

/// What is wrong with an item before the ledger is asked; else it is noted as wanted.
fn refusal<'a>(
    account: &'a NewDepositAccount,
    wanted: &mut HashMap<Uuid, &'a NewDepositAccount>,
) -> Option<LedgerError> {
    let public_id = account.public_id.as_bytes();
    if !(1..=18).contains(&public_id.len()) || !public_id.iter().all(u8::is_ascii_digit) {
        return Some(LedgerError::Invalid(
            "an account number is made of a public id of 1 to 18 digits".to_owned(),
        ));
    }
    let first = wanted.entry(account.customer_id).or_insert(account);
    (*first != account).then(|| {
        LedgerError::Conflict(format!(
            "customer {} was given twice, with different account numbers or types",
            account.customer_id
        ))
    })
}

/// Holds back whoever opens one of the same accounts until we have committed.
async fn lock(
    op: &mut impl AtomicOperation,
    batch: &[NewDepositAccount],
) -> Result<(), LedgerError> {
    let account_ids: Vec<Uuid> = batch.iter().map(|a| account_id(a.customer_id)).collect();
    // MATERIALIZED keeps the sort below the lock call.
    sqlx::query!(
        r#"WITH ordered AS MATERIALIZED (
               SELECT DISTINCT hashtext(id::text) AS key FROM UNNEST($2::uuid[]) AS wanted(id) ORDER BY key
           )
           SELECT pg_advisory_xact_lock($1, key) FROM ordered"#,
        OPENING_LOCK,
        &account_ids,
    )
    .execute(op.as_executor())
    .await?;
    Ok(())
}

/// What already stands in the ledger under the ids and codes of a batch.
struct Standing {
    code_by_id: HashMap<Uuid, String>,
    codes: HashSet<String>,
}

enum Verdict {
    Fresh,
    Exists,
    Conflict(LedgerError),
}

impl Standing {
    async fn look(
        op: &mut impl AtomicOperation,
        batch: &[NewDepositAccount],
    ) -> Result<Self, LedgerError> {
        let account_ids: Vec<Uuid> = batch.iter().map(|a| account_id(a.customer_id)).collect();
        let codes: Vec<String> = batch.iter().map(|a| account_code(&a.public_id)).collect();
        let rows = sqlx::query!(
            "SELECT id, code FROM cala_accounts WHERE id = ANY($1) OR code = ANY($2)",
            &account_ids,
            &codes,
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(Self {
            codes: rows.iter().map(|row| row.code.clone()).collect(),
            code_by_id: rows.into_iter().map(|row| (row.id, row.code)).collect(),
        })
    }

    fn verdict(&self, account: &NewDepositAccount) -> Verdict {
        let code = account_code(&account.public_id);
        match self.code_by_id.get(&account_id(account.customer_id)) {
            Some(standing) if *standing == code => Verdict::Exists,
            Some(standing) => Verdict::Conflict(LedgerError::Conflict(format!(
                "customer {} already has the account {standing}, not {code}",
                account.customer_id
            ))),
            None if self.codes.contains(&code) => Verdict::Conflict(code_taken(&code)),
            None => Verdict::Fresh,
        }
    }
}

/// A liability of the bank: credits raise it. Its name carries no personal data.
fn new_account(account: &NewDepositAccount) -> NewAccount {
    let code = account_code(&account.public_id);
    NewAccount::builder()
        .id(ids::ledger_account(account.customer_id))
        .name(format!("Deposit account {code}"))
        .code(code)
        .normal_balance_type(DebitOrCredit::Credit)
        .initial_account_set(ids::category_set(account.customer_type_key))
        .build()
}

fn opened(account: &NewDepositAccount) -> DepositAccount {
    DepositAccount {
        id: account_id(account.customer_id),
        code: account_code(&account.public_id),
        settled: 0,
        pending: 0,
        status: AccountStatus::Active,
    }
}

fn own_error(account: &NewDepositAccount, error: OpenError) -> LedgerError {
    match error {
        OpenError::Create(Fail::Rejected(CreateAccountRejection::CodeAlreadyExists(_))) => {
            code_taken(&account_code(&account.public_id))
        }
        OpenError::Create(fail) => fail.into(),
        OpenError::Attach(fail) => fail.into(),
    }
}

fn code_taken(code: &str) -> LedgerError {
    LedgerError::Conflict(format!(
        "the account number {code} belongs to another customer's account"
    ))
}
