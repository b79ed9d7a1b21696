//! The login's state and address follow the facts.

use std::{sync::Arc, time::Duration};

use customer::primitives::Activity;
use identity::{DesiredLogin, IdentityProvider, LoginState};
use uuid::Uuid;

use super::{
    ACCESS, Facts, LOGIN, Ports, Step, StepDetail, StepError, StepInfo, StepOf, ask_in_one_call,
};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: ACCESS,
    of: StepOf::Customers,
    label: "Portal access",
    dependency: "identity",
    after: Some(LOGIN),
    standing: true,
    batch_size: 100,
    repaired_by: Some(ACCESS),
};

/// Brings the login to what the facts say now: let in, locked out, gone; under the customer's e-mail.
pub(super) struct Access {
    identity: Arc<dyn IdentityProvider>,
    recheck_every: Duration,
}

impl Access {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            identity: ports.identity.clone(),
            recheck_every: ports.recheck_every,
        }
    }
}

#[async_trait::async_trait]
impl Step for Access {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    fn recheck_every(&self) -> Option<Duration> {
        Some(self.recheck_every)
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let wanted = customers
            .iter()
            .map(|facts| wanted(facts).map_err(Err))
            .collect();
        let outcomes = ask_in_one_call(wanted, async |wanted: &[DesiredLogin]| {
            let brought = self.identity.sync_logins(wanted, proof).await;
            brought
                .into_iter()
                .map(|one| one.map(|()| None).map_err(StepError::from))
                .collect()
        })
        .await;
        for (facts, outcomes) in customers.iter().zip(&outcomes) {
            if facts.is_recheck
                && outcomes.is_ok()
                && proof.last_effect(facts.customer.into()).is_some()
            {
                tracing::warn!(
                    customer = %facts.customer, state = facts.activity().name(),
                    "a login was not as the facts say, though nobody had asked for that here; it is again"
                );
            }
        }
        outcomes
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.identity.probe().await?)
    }
}

fn wanted(facts: &Facts) -> Result<DesiredLogin, StepError> {
    let state = match facts.activity() {
        Activity::Pending | Activity::Active => LoginState::Enabled,
        Activity::Inactive => LoginState::Disabled,
        Activity::Closed => LoginState::Deleted,
    };
    let email = match (&facts.email, state) {
        (Some(email), _) => email.clone(),
        (None, LoginState::Deleted) => String::new(),
        (None, LoginState::Enabled | LoginState::Disabled) => return Err(super::erased()),
    };
    Ok(DesiredLogin {
        customer_id: Uuid::from(facts.customer),
        email,
        state,
    })
}
