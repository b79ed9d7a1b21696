//! The e-mail with the verification link, to a prospect.

use customer::{
    Onboarding,
    link_mail::{LinkMailKind, PreparedLinkMail},
    primitives::{CustomerType, ProspectId},
};
use futures::{StreamExt as _, future::BoxFuture, stream};
use kernel::Error;
use mail::{LinkEmail, LinkReason, Mailer, link_email};
use uuid::Uuid;

use super::{
    AT_ONCE, Facts, Ports, Step, StepDetail, StepError, StepInfo, StepOf, VERIFICATION_LINK,
    welcome_email,
};
use crate::Proof;

/// What the link comes from, beside the mail server.
const SUMSUB: &str = "sumsub";

/// What is so of this step.
pub(crate) const INFO: StepInfo = StepInfo {
    name: VERIFICATION_LINK,
    of: StepOf::Prospects,
    label: "Verification link by e-mail",
    dependency: "mail",
    after: None,
    standing: true,
    batch_size: 32,
    // One that came late says the same.
    repaired_by: None,
};

/// Mails a prospect what was asked for: the link, which is made when there is none that can be used.
pub(super) struct VerificationLink {
    onboarding: Onboarding,
    mailer: Mailer,
    public_url: url::Url,
    bank_name: String,
}

impl VerificationLink {
    pub(super) fn new(ports: &Ports) -> Self {
        Self {
            onboarding: ports.onboarding.clone(),
            mailer: ports.mailer.clone(),
            public_url: ports.portal_url.clone(),
            bank_name: ports.bank_name.clone(),
        }
    }

    /// Answers which mail went out.
    async fn send(&self, facts: &Facts, proof: &Proof) -> Result<StepDetail, StepError> {
        let prospect = Uuid::from(facts.customer);
        let Some(email) = &facts.email else {
            return Err(super::erased());
        };
        // Making a link is an effect, too.
        proof.still(prospect).await?;
        let prepared = self
            .onboarding
            .prepare_link_mail(ProspectId::from(prospect), email)
            .await
            .map_err(|error| not_prepared(facts, &error))?;
        let Some(prepared) = prepared else {
            return Ok(None);
        };
        let message = self.message(facts, email, &prepared)?;
        welcome_email::send(&self.mailer, message, facts, proof).await?;
        Ok(Some(prepared.id.to_string()))
    }

    fn message(
        &self,
        facts: &Facts,
        email: &str,
        prepared: &PreparedLinkMail,
    ) -> Result<mail::Message, StepError> {
        let url = self
            .public_url
            .join(&format!("verify/{}", prepared.token))
            .map_err(|error| StepError::NeedsPerson(format!("public.url is of no use: {error}")))?;
        Ok(link_email(LinkEmail {
            to: email,
            bank: &self.bank_name,
            url: &url,
            ends_at: prepared.ends_at,
            company: facts.customer_type != CustomerType::Individual,
            reason: reason(prepared.kind),
            comment: prepared.moderation_comment.as_deref(),
            mail_id: prepared.id,
        }))
    }
}

fn reason(kind: LinkMailKind) -> LinkReason {
    match kind {
        LinkMailKind::First | LinkMailKind::Moved => LinkReason::First,
        LinkMailKind::Retry => LinkReason::Retry,
        LinkMailKind::Reminder => LinkReason::Reminder,
        LinkMailKind::Ending => LinkReason::Ending,
        LinkMailKind::Fresh => LinkReason::Fresh,
    }
}

/// Why a mail could not be made ready. Sumsub's own words are for operators, and never in the log.
fn not_prepared(facts: &Facts, error: &Error) -> StepError {
    match error {
        Error::Outside(outside) => {
            tracing::warn!(prospect = %facts.customer, error = outside.log, "no verification link could be made");
            if outside.transient {
                StepError::Away {
                    dependency: SUMSUB,
                    words: outside.to_string(),
                }
            } else {
                StepError::NeedsPerson(outside.to_string())
            }
        }
        // The customer type was changed meanwhile, or it is a customer by now: it is looked at anew.
        Error::Refused(_) => StepError::Lost,
        error => {
            tracing::warn!(prospect = %facts.customer, %error, "a mail could not be made ready");
            StepError::Retry("our database does not answer; it is tried again".to_owned())
        }
    }
}

#[async_trait::async_trait]
impl Step for VerificationLink {
    fn info(&self) -> &StepInfo {
        &INFO
    }

    fn also_needs(&self) -> Option<&'static str> {
        Some(SUMSUB)
    }

    async fn run(&self, prospects: &[Facts], proof: &Proof) -> Vec<Result<StepDetail, StepError>> {
        let mut sends: Vec<BoxFuture<'_, Result<StepDetail, StepError>>> =
            Vec::with_capacity(prospects.len());
        for facts in prospects {
            sends.push(Box::pin(self.send(facts, proof)));
        }
        stream::iter(sends).buffered(AT_ONCE).collect().await
    }

    async fn probe(&self) -> Result<(), StepError> {
        Ok(self.mailer.probe().await?)
    }

    async fn probe_other(&self) -> Result<(), StepError> {
        let answers = self.onboarding.probe_sumsub().await;
        answers.map_err(|error| StepError::Retry(error.to_string()))
    }
}
