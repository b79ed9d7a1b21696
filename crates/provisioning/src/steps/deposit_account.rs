use customer::primitives::CustomerType;
use deposit::{AccountCategory, DepositError, Deposits, NewDepositAccount};

use super::{Done, Facts, Step, StepError};

const NAME: &str = "deposit_account";

/// The customer's USD account on the ledger.
pub(super) struct DepositAccount {
    pub(super) deposits: Deposits,
}

#[async_trait::async_trait]
impl Step for DepositAccount {
    fn name(&self) -> &'static str {
        NAME
    }

    fn label(&self) -> &'static str {
        "Deposit account"
    }

    fn dependency(&self) -> &'static str {
        "ledger"
    }

    fn batch_size(&self) -> i64 {
        50
    }

    async fn run(&self, customers: &[Facts]) -> Vec<Result<Done, StepError>> {
        let accounts: Vec<NewDepositAccount> = customers
            .iter()
            .map(|facts| NewDepositAccount {
                customer_id: facts.customer.into(),
                public_id: facts.public_id.clone(),
                customer_type_key: category(facts.customer_type),
            })
            .collect();
        let opened = self.deposits.open_accounts(&accounts).await;
        opened
            .into_iter()
            .map(|account| Ok(Some(account?.code)))
            .collect()
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

impl From<DepositError> for StepError {
    fn from(error: DepositError) -> Self {
        if error.is_retryable() {
            StepError::Retry(error.to_string())
        } else {
            StepError::NeedsPerson(error.to_string())
        }
    }
}
