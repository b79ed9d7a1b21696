//! The e-mail with the portal's address and a temporary password.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt as _, future::BoxFuture, stream};
use identity::{IdentityProvider, PasswordOutcome, TemporaryPassword};
use mail::{MailError, Mailer, Message, Sent, welcome_email};

use super::{
    AT_ONCE, Facts, LOGIN, Ports, Step, StepDetail, StepError, StepInfo, StepOf, WELCOME_EMAIL,
};
use crate::Proof;

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: WELCOME_EMAIL,
    of: StepOf::Customers,
    label: "Welcome e-mail",
    dependency: "mail",
    after: Some(LOGIN),
    standing: false,
    batch_size: 64,
    // A mail that nobody may open any more is followed by another: the newest holds the password that works.
    repaired_by: Some(WELCOME_EMAIL),
};

/// The e-mail with the portal's address and a temporary password that nobody was told before: none is ever stored in clear.
pub(super) struct WelcomeEmail {
    identity: Arc<dyn IdentityProvider>,
    mailer: Mailer,
    portal_url: url::Url,
    temporary_for: Duration,
}

impl WelcomeEmail {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            identity: ports.identity.clone(),
            mailer: ports.mailer.clone(),
            portal_url: ports.portal_url.clone(),
            temporary_for: ports.temporary_for,
        }
    }

    async fn send(
        &self,
        facts: &Facts,
        password: &TemporaryPassword,
        proof: &Proof,
    ) -> Result<StepDetail, StepError> {
        let Some(email) = &facts.email else {
            return Err(super::erased());
        };
        let message = welcome_email(mail::WelcomeEmail {
            to: email,
            portal_url: &self.portal_url,
            login: email,
            temporary_password: password.expose(),
            valid_for: self.temporary_for,
            // One that was sent anew is no first one either.
            attempt: u32::try_from(facts.attempt.saturating_add(facts.generation)).unwrap_or(1),
            customer_id: facts.customer.into(),
        });
        send(&self.mailer, message, facts, proof).await?;
        Ok(None)
    }
}

#[async_trait::async_trait]
impl Step for WelcomeEmail {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    async fn run(&self, customers: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let ids: Vec<uuid::Uuid> = customers
            .iter()
            .map(|facts| facts.customer.into())
            .collect();
        let set = self.identity.set_temporary_passwords(&ids, proof).await;
        let mut sends: Vec<BoxFuture<'_, Result<StepDetail, StepError>>> =
            Vec::with_capacity(customers.len());
        for (facts, set) in customers.iter().zip(set) {
            sends.push(Box::pin(async move {
                match set? {
                    PasswordOutcome::Set(password) => self.send(facts, &password, proof).await,
                    PasswordOutcome::AlreadyChosen => {
                        Ok(Some("a password was chosen already".to_owned()))
                    }
                }
            }));
        }
        stream::iter(sends).buffered(AT_ONCE).collect().await
    }

    async fn probe(&self) -> Result<(), StepError> {
        // Without a password there is nothing to send.
        self.identity.probe().await?;
        Ok(self.mailer.probe().await?)
    }
}

/// Sends a mail that is still ours to send.
pub(super) async fn send(
    mailer: &Mailer,
    message: Message,
    facts: &Facts,
    proof: &Proof,
) -> Result<(), SendError> {
    let customer = facts.customer.into();
    let asked = AtomicBool::new(false);
    let sent = mailer
        .send_while(message, || async {
            let ours = proof.holds(customer).await;
            asked.fetch_or(ours, Ordering::Relaxed);
            ours
        })
        .await;
    // Whatever came: from `DATA` on the server may have it.
    if asked.into_inner() {
        proof.effect_ended(customer);
    }
    match sent? {
        Sent::Accepted => Ok(()),
        Sent::Withheld => Err(SendError::Lost),
    }
}

/// Why a mail didn't go out.
pub(super) enum SendError {
    Lost,
    Mail(MailError),
}

impl From<MailError> for SendError {
    fn from(error: MailError) -> Self {
        SendError::Mail(error)
    }
}

impl From<SendError> for StepError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Lost => StepError::Lost,
            SendError::Mail(error) => error.into(),
        }
    }
}

impl From<MailError> for StepError {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Unavailable(words) => StepError::Retry(words),
            MailError::Deferred { words, patience } => StepError::Deferred { words, patience },
            MailError::Refused(words) => StepError::NeedsPerson(words),
        }
    }
}
