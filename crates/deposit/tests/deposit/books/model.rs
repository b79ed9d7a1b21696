//! What should come of it, by simple sums.

use access::Subject;
use customer::primitives::{Activity, CustomerId, Verification};
use deposit::{DepositId, DepositStatus as D, Deposits, WithdrawalId, WithdrawalStatus as W};
use kernel::Error;
use proptest::{prelude::*, test_runner::TestCaseError};

use crate::bank::{Bank, admin, of, officer};

/// What may be done; deposits and withdrawals by their number, in the order in which they were asked for.
#[derive(Debug, Clone)]
pub enum Does {
    Deposit {
        who: usize,
        cents: i64,
        reference: Option<u8>,
    },
    RevertDeposit(usize),
    Initiate {
        who: usize,
        cents: i64,
    },
    Confirm(usize),
    Cancel(usize),
    RevertWithdrawal(usize),
    Freeze(usize),
    Unfreeze(usize),
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    Done,
    Refused,
    Overdraft,
    ReferenceTaken,
    /// In the middle, or nobody knows where.
    Killed,
}

struct Account {
    customer: CustomerId,
    settled: i64,
    pending: i64,
    frozen: bool,
}

struct Document<Id, Status> {
    id: Id,
    who: usize,
    cents: i64,
    /// Whoever was taken back no longer has it.
    reference: Option<u8>,
    status: Status,
}

pub struct Model {
    accounts: Vec<Account>,
    deposits: Vec<Document<DepositId, D>>,
    withdrawals: Vec<Document<WithdrawalId, W>>,
    officer: Subject,
    admin: Subject,
}

/// What the service is asked, so that it can be asked again.
#[derive(Clone)]
enum Asked {
    Record(DepositId, deposit::NewMovement),
    RevertDeposit(DepositId),
    Initiate(WithdrawalId, deposit::NewMovement),
    Confirm(WithdrawalId),
    Cancel(WithdrawalId),
    RevertWithdrawal(WithdrawalId),
}

async fn ask(money: &Deposits, asked: &Asked, (officer, admin): (&Subject, &Subject)) -> Ends {
    let result = match asked {
        Asked::Record(id, new) => money.record_deposit(officer, *id, new).await.map(drop),
        Asked::RevertDeposit(id) => money.revert_deposit(admin, *id).await.map(drop),
        Asked::Initiate(id, new) => money.initiate_withdrawal(officer, *id, new).await.map(drop),
        Asked::Confirm(id) => money.confirm_withdrawal(admin, *id).await.map(drop),
        Asked::Cancel(id) => money.cancel_withdrawal(officer, *id).await.map(drop),
        Asked::RevertWithdrawal(id) => money.revert_withdrawal(admin, *id).await.map(drop),
    };
    match result {
        Ok(()) => Ends::Done,
        Err(Error::Refused(_)) => Ends::Refused,
        Err(Error::NotEnough { .. }) => Ends::Overdraft,
        Err(Error::Taken { .. }) => Ends::ReferenceTaken,
        Err(error) if error.is_transient() => Ends::Killed,
        Err(other) => panic!("{other:?}"),
    }
}

impl Model {
    pub fn new(customers: [CustomerId; 3]) -> Self {
        let account = |customer| Account {
            customer,
            settled: 0,
            pending: 0,
            frozen: false,
        };
        Self {
            accounts: customers.into_iter().map(account).collect(),
            deposits: Vec::new(),
            withdrawals: Vec::new(),
            officer: officer(),
            admin: admin(),
        }
    }

    /// Does one thing, and compares; if `dies`, it is killed after so many round trips to the database, and asked for again.
    pub async fn step(
        &mut self,
        bank: &Bank,
        does: &Does,
        dies: Option<u64>,
    ) -> Result<(), TestCaseError> {
        let Some((asked, expected)) = self.foresee(bank, does).await else {
            return Ok(());
        };
        let subjects = (&self.officer, &self.admin);
        if let Some(after) = dies {
            let (money, asked) = (bank.deposits.clone(), asked.clone());
            let (officer, admin) = (self.officer.clone(), self.admin.clone());
            let doomed = tokio::spawn(async move { ask(&money, &asked, (&officer, &admin)).await });
            for _ in 0..after {
                sqlx::query("SELECT 1").execute(&bank.pool).await.unwrap();
            }
            bank.kill().await;
            let ended = doomed.await.unwrap();
            prop_assert!(ended == expected || ended == Ends::Killed, "{:?}", ended);
        }
        let ended = ask(&bank.deposits, &asked, subjects).await;
        prop_assert_eq!(ended, expected, "{:?}, death {:?}", does, dies);
        for account in &self.accounts {
            let stands = bank.on(account.customer).await;
            let should = (account.settled, account.pending);
            prop_assert_eq!(stands, should, "after {:?}, death {:?}", does, dies);
        }
        Ok(())
    }

    /// What is asked, and how it has to end; none when there is nothing to ask for.
    async fn foresee(&mut self, bank: &Bank, does: &Does) -> Option<(Asked, Ends)> {
        match *does {
            Does::Deposit {
                who,
                cents,
                reference,
            } => Some(self.deposit(who, cents, reference)),
            Does::Initiate { who, cents } => Some(self.initiate(who, cents)),
            Does::RevertDeposit(which) => self.revert_deposit(which),
            Does::Confirm(which) => self.on_withdrawal(which, Asked::Confirm, W::Confirmed),
            Does::Cancel(which) => self.on_withdrawal(which, Asked::Cancel, W::Cancelled),
            Does::RevertWithdrawal(which) => {
                self.on_withdrawal(which, Asked::RevertWithdrawal, W::Reverted)
            }
            Does::Freeze(who) | Does::Unfreeze(who) => {
                let frozen = matches!(does, Does::Freeze(_));
                let account = &mut self.accounts[who];
                account.frozen = frozen;
                let activity = if frozen {
                    Activity::Inactive
                } else {
                    Activity::Active
                };
                bank.set(account.customer, Verification::Verified, activity)
                    .await;
                None
            }
        }
    }

    fn deposit(&mut self, who: usize, cents: i64, reference: Option<u8>) -> (Asked, Ends) {
        let id = DepositId::new();
        let taken = self.deposits.iter().any(|other| {
            other.who == who
                && other.status == D::Confirmed
                && other.reference.is_some()
                && other.reference == reference
        });
        let account = &mut self.accounts[who];
        let typed = reference.map(|number| format!("WIRE-{number}"));
        let new = of(account.customer, cents, &typed.unwrap_or_default());
        let ends = if account.frozen {
            Ends::Refused
        } else if taken {
            Ends::ReferenceTaken
        } else {
            account.settled += cents;
            self.deposits.push(Document {
                id,
                who,
                cents,
                reference,
                status: D::Confirmed,
            });
            Ends::Done
        };
        (Asked::Record(id, new), ends)
    }

    fn initiate(&mut self, who: usize, cents: i64) -> (Asked, Ends) {
        let id = WithdrawalId::new();
        let account = &mut self.accounts[who];
        let new = of(account.customer, cents, "");
        let ends = if account.frozen {
            Ends::Refused
        } else if account.settled < cents {
            Ends::Overdraft
        } else {
            account.settled -= cents;
            account.pending += cents;
            self.withdrawals.push(Document {
                id,
                who,
                cents,
                reference: None,
                status: W::PendingConfirmation,
            });
            Ends::Done
        };
        (Asked::Initiate(id, new), ends)
    }

    fn revert_deposit(&mut self, which: usize) -> Option<(Asked, Ends)> {
        let deposit = self.deposits.get_mut(which)?;
        let account = &mut self.accounts[deposit.who];
        let ends = if deposit.status == D::Reverted {
            Ends::Done
        } else if account.frozen {
            Ends::Refused
        } else if account.settled < deposit.cents {
            Ends::Overdraft
        } else {
            account.settled -= deposit.cents;
            deposit.status = D::Reverted;
            Ends::Done
        };
        Some((Asked::RevertDeposit(deposit.id), ends))
    }

    fn on_withdrawal(
        &mut self,
        which: usize,
        asked: fn(WithdrawalId) -> Asked,
        to: W,
    ) -> Option<(Asked, Ends)> {
        let withdrawal = self.withdrawals.get_mut(which)?;
        let account = &mut self.accounts[withdrawal.who];
        // What comes onto the account, and what goes off the reserved.
        let (settled, pending) = match (withdrawal.status, to) {
            (from, to) if from == to => (0, 0),
            (W::PendingConfirmation, W::Confirmed) if !account.frozen => (0, withdrawal.cents),
            (W::PendingConfirmation, W::Cancelled) => (withdrawal.cents, withdrawal.cents),
            (W::Confirmed, W::Reverted) if !account.frozen => (withdrawal.cents, 0),
            _ => return Some((asked(withdrawal.id), Ends::Refused)),
        };
        account.settled += settled;
        account.pending -= pending;
        withdrawal.status = to;
        Some((asked(withdrawal.id), Ends::Done))
    }
}
