//! What is done about provisioning.

use access::Permission;
use async_graphql::{Context, Object};
use provisioning::WaitsFor;
use uuid::Uuid;

use super::{customer_now, is_customer, operations};
use crate::{
    customer::Customer,
    error::ApiError,
    request::{caller, services},
    step::{self, ProvisioningGroup},
};

operations! {
    /// A new welcome e-mail.
    WelcomeEmailResendInput {
        /// Whose.
        customer_id: Uuid,
    } => WelcomeEmailResendPayload {
        /// The customer; the mail is on its way.
        customer: Customer
    }

    /// Trying again what failed.
    ProvisioningRetryInput {
        /// Whose.
        customer_id: Uuid,
        /// Only this step, for example `login`; all that failed when absent.
        step: Option<String>,
    } => ProvisioningRetryPayload {
        /// The customer; what failed is being tried.
        customer: Customer
    }

    /// Trying again all that waits for the same.
    ProvisioningRetryAllInput {
        /// For what, as `provisioningBoard` names it: `person`, or what does not answer.
        waits_for: String,
    } => ProvisioningRetryAllPayload {
        /// What is not done yet.
        provisioning_board: Vec<ProvisioningGroup>
    }

    /// Linking a login that exists.
    ExistingLoginLinkInput {
        /// Whose it is.
        customer_id: Uuid,
    } => ExistingLoginLinkPayload {
        /// The customer; provisioning goes on.
        customer: Customer
    }
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct ProvisioningMutation;

#[Object]
impl ProvisioningMutation {
    /// Sends a new welcome e-mail with a new temporary password (CUSTOMER_UPDATE), until the person has chosen one.
    async fn welcome_email_resend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To whom.")] input: WelcomeEmailResendInput,
    ) -> Result<WelcomeEmailResendPayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        services(ctx)?
            .board
            .resend_welcome(&caller(ctx)?.subject, id)
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(WelcomeEmailResendPayload { customer })
    }

    /// Tries what failed at once, whatever its back-off (CUSTOMER_UPDATE).
    async fn provisioning_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For whom, and what.")] input: ProvisioningRetryInput,
    ) -> Result<ProvisioningRetryPayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        let (board, subject) = (&services(ctx)?.board, &caller(ctx)?.subject);
        match &input.step {
            Some(step) => board.retry_step(subject, id, step).await?,
            None => board.retry_now(subject, id).await?,
        }
        let customer = customer_now(ctx, id).await?;
        Ok(ProvisioningRetryPayload { customer })
    }

    /// Tries all that failed and waits for the same, for everybody (CUSTOMER_UPDATE).
    async fn provisioning_retry_all(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: ProvisioningRetryAllInput,
    ) -> Result<ProvisioningRetryAllPayload, ApiError> {
        let waits_for = WaitsFor::from_name(&input.waits_for);
        if !waits_for.can_be_retried() {
            let words = "What waits for another step goes on with that one.";
            return Err(ApiError::field("waitsFor", words));
        }
        services(ctx)?
            .board
            .retry_all(&caller(ctx)?.subject, &waits_for)
            .await?;
        let provisioning_board = step::board(ctx).await?;
        Ok(ProvisioningRetryAllPayload { provisioning_board })
    }

    /// Makes the login that has the customer's e-mail address the customer's (CUSTOMER_RESTORE): a person has decided that it
    /// is theirs. Offered when `userCanLinkExistingLogin`.
    async fn existing_login_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose it is.")] input: ExistingLoginLinkInput,
    ) -> Result<ExistingLoginLinkPayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerRestore).await?;
        services(ctx)?
            .board
            .link_existing_login(&caller(ctx)?.subject, id)
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(ExistingLoginLinkPayload { customer })
    }
}
