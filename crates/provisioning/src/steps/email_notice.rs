//! The notice that the e-mail was changed.

use std::sync::Arc;

use customer::{Onboarding, primitives::Activity};
use futures::{StreamExt as _, stream};
use identity::IdentityProvider;
use mail::{EmailChanged, MailError, Mailer, email_changed};
use uuid::Uuid;

use super::{
    ACCESS, AT_ONCE, EMAIL_NOTICE, Facts, Ports, Step, StepDetail, StepError, StepInfo, StepOf,
    welcome_email::{self, SendError},
};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: EMAIL_NOTICE,
    of: StepOf::Customers,
    label: "Notice of the changed e-mail",
    dependency: "mail",
    after: Some(ACCESS),
    standing: true,
    batch_size: 32,
    repaired_by: None,
};

/// Tells a person who has signed in before that the address was changed: at the new one and at each that it replaced.
/// Who has not signed in yet gets a new welcome e-mail instead.
pub(super) struct EmailNotice {
    identity: Arc<dyn IdentityProvider>,
    onboarding: Onboarding,
    mailer: Mailer,
    portal_url: url::Url,
}

impl EmailNotice {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            identity: ports.identity.clone(),
            onboarding: ports.onboarding.clone(),
            mailer: ports.mailer.clone(),
            portal_url: ports.portal_url.clone(),
        }
    }

    async fn tell(&self, facts: &Facts, proof: &Proof) -> Result<StepDetail, StepError> {
        // Erased: there is nobody left to tell.
        let Some(new) = &facts.email else {
            return Ok(None);
        };
        // The new address comes last: when it was what put the notice off, the others have it.
        let changes = match facts.deferred_for {
            Some(_) => 0,
            None => usize::try_from(facts.changes).unwrap_or(0),
        };
        let replaced = self
            .onboarding
            .emails_before(facts.customer, changes)
            .await
            .map_err(|error| {
                tracing::warn!(customer = %facts.customer, %error, "could not read the replaced addresses");
                StepError::Retry("our database does not answer; it is tried again".to_owned())
            })?;
        for old in &replaced {
            match self.send(facts, old, proof).await {
                // People change their address because the old one is no more, or full.
                Ok(())
                | Err(SendError::Mail(MailError::Refused(_) | MailError::Deferred { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.send(facts, new, proof).await?;
        Ok(None)
    }

    async fn send(&self, facts: &Facts, to: &str, proof: &Proof) -> Result<(), SendError> {
        let message = email_changed(EmailChanged {
            to,
            portal_url: &self.portal_url,
            customer_id: facts.customer.into(),
        });
        welcome_email::send(&self.mailer, message, facts, proof).await
    }
}

#[async_trait::async_trait]
impl Step for EmailNotice {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let ids: Vec<Uuid> = customers
            .iter()
            .map(|facts| facts.customer.into())
            .collect();
        let chosen = self.identity.passwords_chosen(&ids).await;
        let mut tells = Vec::with_capacity(customers.len());
        for (facts, chosen) in customers.iter().zip(chosen) {
            tells.push(Box::pin(async move {
                match chosen? {
                    true if facts.activity() != Activity::Closed => self.tell(facts, proof).await,
                    _ => Ok(None),
                }
            })
                as futures::future::BoxFuture<'_, Result<StepDetail, StepError>>);
        }
        stream::iter(tells).buffered(AT_ONCE).collect().await
    }

    async fn probe(&self) -> Result<(), StepError> {
        self.identity.probe().await?;
        Ok(self.mailer.probe().await?)
    }
}
