//! The customer's account on the ledger.

use customer::primitives::{Activity, CustomerType};
use identity::Ownership as _;
use ledger::{AccountCategory, Ledger, LedgerError, NewDepositAccount};

use super::{
    DEPOSIT_ACCOUNT, Facts, Ports, Step, StepDetail, StepError, StepInfo, StepOf, ask_in_one_call,
};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: DEPOSIT_ACCOUNT,
    of: StepOf::Customers,
    label: "Deposit account",
    dependency: "ledger",
    after: None,
    standing: false,
    batch_size: 50,
    repaired_by: None,
};

/// The customer's USD account on the ledger.
pub(super) struct DepositAccount {
    deposits: Ledger,
}

impl DepositAccount {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            deposits: ports.deposits.clone(),
        }
    }
}

#[async_trait::async_trait]
impl Step for DepositAccount {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    fn undone_by(&self, activity: Activity) -> &'static [&'static str] {
        match activity {
            // Never one without the other: the erasure knows by the lock that the login's end is wanted (`erasure.rs`).
            Activity::Closed => &[super::ACCESS, super::ACCOUNT_LOCK],
            Activity::Pending | Activity::Active | Activity::Inactive => &[],
        }
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let ids: Vec<uuid::Uuid> = customers
            .iter()
            .map(|facts| facts.customer.into())
            .collect();
        let held = proof.held(&ids).await;
        let accounts = customers
            .iter()
            .zip(held)
            .map(|(facts, held)| match held {
                Ok(()) => Ok(NewDepositAccount {
                    customer_id: facts.customer.into(),
                    public_id: facts.public_id.clone(),
                    customer_type_key: category(facts.customer_type),
                }),
                Err(lost) => Err(Err(lost.into())),
            })
            .collect();
        ask_in_one_call(accounts, async |accounts: &[NewDepositAccount]| {
            let opened = self.deposits.open_accounts(accounts).await;
            opened
                .into_iter()
                .map(|account| Ok(Some(account?.code)))
                .collect()
        })
        .await
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.deposits.probe().await?)
    }
}

fn category(customer_type: CustomerType) -> AccountCategory {
    match customer_type {
        CustomerType::Individual => AccountCategory::Individual,
        CustomerType::GovernmentEntity => AccountCategory::GovernmentEntity,
        CustomerType::PrivateCompany => AccountCategory::PrivateCompany,
        CustomerType::Bank => AccountCategory::Bank,
        CustomerType::FinancialInstitution => AccountCategory::FinancialInstitution,
        CustomerType::ForeignAgencyOrSubsidiary => AccountCategory::ForeignAgencyOrSubsidiary,
        CustomerType::NonDomiciledCompany => AccountCategory::NonDomiciledCompany,
    }
}

impl From<LedgerError> for StepError {
    fn from(error: LedgerError) -> Self {
        // What the ledger itself said is for the log: people read what it means.
        match error {
            LedgerError::Unavailable(words) => {
                tracing::warn!(words, "the ledger does not answer");
                StepError::Retry("the ledger does not answer; it is tried again".to_owned())
            }
            LedgerError::Ledger(words) => {
                tracing::error!(words, "the ledger failed");
                StepError::Retry(
                    "the ledger failed; look at usher's log and run `usher doctor`".to_owned(),
                )
            }
            error @ (LedgerError::Conflict(_) | LedgerError::Invalid(_)) => {
                StepError::NeedsPerson(error.to_string())
            }
        }
    }
}
