use std::{sync::Arc, time::Duration};

use customer::primitives::Activity;
use identity::{DesiredLogin, IdentityProvider, LoginState};
use uuid::Uuid;

use super::{Facts, Step, StepDetail, StepError, ask_in_one_call};
use crate::Proof;

/// What people read.
pub(crate) const LABEL: &str = "Portal access";
/// What it needs from outside.
pub(crate) const DEPENDENCY: &str = "identity";
/// Its place among a customer's steps, counted from 1 as in [`super::all`].
pub(crate) const POSITION: i32 = 4;

/// Brings the login to what the facts say now: let in, locked out, gone; under the customer's e-mail.
pub(super) struct Access {
    pub(super) identity: Arc<dyn IdentityProvider>,
    pub(super) recheck_every: Duration,
}

#[async_trait::async_trait]
impl Step for Access {
    fn name(&self) -> &'static str {
        super::ACCESS
    }

    fn label(&self) -> &'static str {
        LABEL
    }

    fn after(&self) -> Option<&'static str> {
        Some(super::LOGIN)
    }

    fn dependency(&self) -> &'static str {
        DEPENDENCY
    }

    fn is_standing(&self) -> bool {
        true
    }

    fn repaired_by(&self) -> Option<&'static str> {
        Some(super::ACCESS)
    }

    fn recheck_every(&self) -> Option<Duration> {
        Some(self.recheck_every)
    }

    fn batch_size(&self) -> i64 {
        100
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let wanted = customers
            .iter()
            .map(|facts| wanted(facts).map_err(Err))
            .collect();
        let came = ask_in_one_call(wanted, async |wanted: &[DesiredLogin]| {
            let brought = self.identity.sync_logins(wanted, proof).await;
            brought
                .into_iter()
                .map(|one| one.map(|()| None).map_err(StepError::from))
                .collect()
        })
        .await;
        for (facts, came) in customers.iter().zip(&came) {
            if facts.is_recheck
                && came.is_ok()
                && proof.last_effect(facts.customer.into()).is_some()
            {
                tracing::warn!(
                    customer = %facts.customer, state = facts.activity.name(),
                    "a login was not as the facts say, though nobody had asked for that here; it is again"
                );
            }
        }
        came
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.identity.probe().await?)
    }
}

fn wanted(facts: &Facts) -> Result<DesiredLogin, StepError> {
    let state = match facts.activity {
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
