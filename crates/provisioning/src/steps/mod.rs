//! The steps. Each is safe to repeat: it looks before it creates.

mod deposit_account;
mod login;
mod welcome_email;

use std::{sync::Arc, time::Duration};

use customer::primitives::{CustomerId, CustomerType};
use user_onboarding::IdentityProvider;

/// What a step needs to know of a customer, read just before it runs.
#[derive(Clone)]
pub struct Facts {
    /// Whose step it is.
    pub customer: CustomerId,
    /// The short number.
    pub public_id: String,
    /// None once it is erased.
    pub email: Option<String>,
    /// Decides the ledger's account set.
    pub customer_type: CustomerType,
    /// Counted from 1.
    pub attempt: i32,
}

/// Why a step was not done. The words are for operators.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StepError {
    /// Worth a retry.
    #[error("{0}")]
    Retry(String),
    /// No retry mends it.
    #[error("{0}")]
    NeedsPerson(String),
}

/// What came of a step; never personal data.
pub type Done = Option<String>;

/// One step of provisioning.
#[async_trait::async_trait]
pub trait Step: Send + Sync + 'static {
    /// The name it is stored under.
    fn name(&self) -> &'static str;
    /// What people read.
    fn label(&self) -> &'static str;
    /// The name of the step that has to be done first.
    fn after(&self) -> Option<&'static str> {
        None
    }
    /// What it needs from outside; steps with one dependency are pulled forward together.
    fn dependency(&self) -> &'static str;
    /// How many customers one batch takes.
    fn batch_size(&self) -> i64;
    /// Does it for each customer; one answer each, in the same order. A bad one never fails its neighbours.
    async fn run(&self, customers: &[Facts]) -> Vec<Result<Done, StepError>>;
    /// A cheap look whether the dependency answers.
    async fn probe(&self) -> Result<(), StepError>;
}

/// The outside that the steps act on.
#[derive(Clone)]
pub struct Ports {
    /// Who keeps the customers' logins.
    pub identity: Arc<dyn IdentityProvider>,
    /// Sends the mails.
    pub mailer: mail::Mailer,
    /// The ledger's deposit accounts.
    pub deposits: deposit::Deposits,
    /// Where customers sign in; stands in the welcome e-mail.
    pub portal_url: url::Url,
    /// How long a temporary password opens the door.
    pub temporary_for: Duration,
}

/// Every step, in the order in which people read them.
#[must_use]
pub fn all(ports: &Ports) -> Vec<Arc<dyn Step>> {
    vec![
        Arc::new(login::Login {
            identity: ports.identity.clone(),
        }),
        Arc::new(welcome_email::WelcomeEmail::new(ports)),
        Arc::new(deposit_account::DepositAccount {
            deposits: ports.deposits.clone(),
        }),
    ]
}
