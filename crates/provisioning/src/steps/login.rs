use std::sync::Arc;

use customer::primitives::Activity;
use identity::{IdentityError, IdentityProvider, NewLogin};

use super::{Facts, Step, StepDetail, StepError};
use crate::Proof;

/// The customer's login to the portal.
pub(super) struct Login {
    pub(super) identity: Arc<dyn IdentityProvider>,
}

#[async_trait::async_trait]
impl Step for Login {
    fn name(&self) -> &'static str {
        super::LOGIN
    }

    fn label(&self) -> &'static str {
        "Portal login"
    }

    fn undone_by(&self, activity: Activity) -> &'static [&'static str] {
        if activity.has_access() {
            &[]
        } else {
            &[super::ACCESS]
        }
    }

    fn dependency(&self) -> &'static str {
        "identity"
    }

    /// One that was made late is open, under the address of then.
    fn repaired_by(&self) -> Option<&'static str> {
        Some(super::ACCESS)
    }

    fn batch_size(&self) -> i64 {
        100
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let logins: Vec<NewLogin> = customers
            .iter()
            .map(|facts| NewLogin {
                customer_id: facts.customer.into(),
                email: facts.email.clone().unwrap_or_default(),
            })
            .collect();
        let made = self.identity.ensure_logins(&logins, proof).await;
        made.into_iter()
            .map(|login| login.map(|_| None).map_err(StepError::from))
            .collect()
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.identity.probe().await?)
    }
}

impl From<IdentityError> for StepError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unavailable(words) => StepError::Retry(words),
            IdentityError::NeedsPerson(words) => StepError::NeedsPerson(words),
            IdentityError::Lost => StepError::Lost,
        }
    }
}
