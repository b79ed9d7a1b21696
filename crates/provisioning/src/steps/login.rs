//! The customer's login to the portal.

use std::sync::Arc;

use customer::primitives::Activity;
use identity::{IdentityError, IdentityProvider, NewLogin};

use super::{ACCESS, Facts, LOGIN, Ports, Step, StepDetail, StepError, StepInfo, StepOf};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: LOGIN,
    of: StepOf::Customers,
    label: "Portal login",
    dependency: "identity",
    after: None,
    standing: false,
    batch_size: 100,
    // One that was made late is open, under the address of then.
    repaired_by: Some(ACCESS),
};

/// The customer's login to the portal.
pub(super) struct Login {
    identity: Arc<dyn IdentityProvider>,
}

impl Login {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            identity: ports.identity.clone(),
        }
    }
}

#[async_trait::async_trait]
impl Step for Login {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    fn undone_by(&self, activity: Activity) -> &'static [&'static str] {
        if activity.has_access() {
            &[]
        } else {
            &[ACCESS]
        }
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
